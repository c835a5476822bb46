// Jobs in the store, as callers see them.

#include "server/store/store_jobs.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/messages/error_reasons.h"
#include "server/process/log.h"
#include "server/process/uid.h"
#include "server/store/blob_names.h"
#include "server/store/blobs.h"
#include "server/store/database.h"
#include "server/store/resource_rows.h"
#include "server/store/store.h"
#include "server/store/store_fields.h"

namespace actionmatch {
namespace {

// Whether a worker has the job at this time, under a lease that has not run out.
bool IsHeld(Sql& sql, const std::string& uid, int64_t now) {
  int count = 0;
  sql.Find("SELECT COUNT(*) FROM jobs WHERE uid = :uid AND worker <> '' AND lease_until > :now", {uid, now}, {&count});
  return count > 0;
}

}  // namespace

bool HasEnded(v1::Job::State state) {
  return state == v1::Job::STATE_SUCCEEDED || state == v1::Job::STATE_FAILED || state == v1::Job::STATE_CANCELLED;
}

void SaveJob(Sql& sql, v1::Job* job) {
  job->set_etag(NewEtag());
  *job->mutable_update_time() = Now();
  const std::string text = Encode(*job);
  const int state = job->state();
  const int cancel_requested = job->cancel_requested() ? 1 : 0;
  sql.Run("UPDATE jobs SET state = :state, cancel_requested = :cancel, message = :message WHERE uid = :uid",
          {state, cancel_requested, text, job->uid()});
}

JobEnd EndJob(Sql& sql, v1::Job* job, v1::Job::State state, absl::string_view error) {
  job->set_state(state);
  job->set_phase(v1::Job::PHASE_UNSPECIFIED);
  job->set_phase_fraction(0);
  job->set_error(std::string(error));
  *job->mutable_end_time() = Now();
  SaveJob(sql, job);
  JobEnd end{*job, ""};
  sql.Find("SELECT call FROM jobs WHERE uid = :uid", {job->uid()}, {&end.call});
  return end;
}

void SettleEnd(const JobEnd& end, Blobs& blobs) {
  LogInfo("job_ended", {{"job", end.job.name()},
                        {"state", v1::Job::State_Name(end.job.state()).substr(sizeof("STATE_") - 1)},
                        {"attempt", end.job.attempt()},
                        {"request_id", end.call},
                        {"message", end.job.error()}});
  blobs.Remove(JobFolder(end.job.uid())).IgnoreError();
}

absl::StatusOr<std::optional<v1::Job>> Store::FindJob(const RequestKey& request) {
  v1::Job made;
  absl::StatusOr<bool> known = false;
  absl::Status status = database_->Read([&](Sql& sql) {
    known = FindRequest(sql, kJobs, request, &made);
    return known.status();
  });
  if (!status.ok()) return status;
  return *known ? std::make_optional(std::move(made)) : std::nullopt;
}

absl::StatusOr<v1::Job> Store::CreateJob(const v1::Job& job, const RequestKey& request) {
  v1::Job made = job;
  made.set_uid(NewUid());
  made.set_state(v1::Job::STATE_QUEUED);
  *made.mutable_create_time() = Now();
  absl::StatusOr<bool> known = false;
  absl::Status status = database_->Write([&](Sql& sql) {
    known = FindRequest(sql, kJobs, request, &made);
    if (!known.ok() || *known) return known.status();
    if (HasRow(sql, kJobs, made.name())) return AlreadyExists(kJobs, made.name());
    v1::Dataset dataset;
    if (absl::Status status = ReadRow(sql, kDatasets, made.dataset(), &dataset); !status.ok()) return status;
    if (dataset.uid() != made.dataset_uid()) {
      return ErrorOf(v1::ERROR_REASON_DATASET_REPLACED, {{"dataset", made.dataset()}},
                     absl::StrCat(made.dataset(), " was deleted and made anew: create the job again"));
    }
    if (absl::Status status = CheckFieldNameIsFree(sql, made.fields(0)); !status.ok()) return status;
    int64_t last = 0;
    sql.Find("SELECT COALESCE(MAX(sequence), 0) FROM jobs", {}, {&last});
    sql.Run(
        "INSERT INTO jobs (name, uid, sequence, state, dataset_uid, field, attempt, cancel_requested, worker,"
        " lease_until, losses, released, checkpoint, call, message)"
        " VALUES (:name, :uid, :sequence, 0, :dataset, :field, 0, 0, '', 0, 0, 0, '', :call, '')",
        {made.name(), made.uid(), last + 1, made.dataset_uid(), made.fields(0), request.call});
    SaveJob(sql, &made);
    RecordRequest(sql, kJobs, request, made.uid());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (!*known) LogInfo("job_queued", {{"job", made.name()}, {"dataset", made.dataset()}, {"request_id", request.call}});
  return made;
}

absl::StatusOr<v1::Job> Store::GetJob(absl::string_view name) { return ReadNamed<v1::Job>(*database_, kJobs, name); }

absl::StatusOr<Page<v1::Job>> Store::ListJobs(int page_size, absl::string_view page_token) {
  const absl::StatusOr<std::string> key = LastKey(kJobs, page_token);
  if (!key.ok()) return key.status();
  int64_t before = std::numeric_limits<int64_t>::max();
  if (!key->empty() && !absl::SimpleAtoi(*key, &before)) {
    return ErrorOf(v1::ERROR_REASON_INVALID_PAGE_TOKEN, {}, "page_token is damaged: start again with an empty one");
  }
  std::vector<std::string> rows;
  std::vector<int64_t> sequences;
  absl::Status status = database_->Read([&](Sql& sql) {
    std::string row;
    int64_t sequence = 0;
    sql.ForEach("SELECT message, sequence FROM jobs WHERE sequence < :before ORDER BY sequence DESC LIMIT :count",
                {before, page_size + 1}, {&row, &sequence}, [&] {
                  rows.push_back(row);
                  sequences.push_back(sequence);
                  return true;
                });
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  // The next page begins below the last job of this page.
  return ToPage<v1::Job>(kJobs, rows, page_size,
                         [&](const v1::Job&, size_t index) { return absl::StrCat(sequences[index]); });
}

absl::StatusOr<v1::Job> Store::CancelJob(absl::string_view name) {
  v1::Job job;
  std::optional<JobEnd> end;
  absl::Status status = database_->Write([&](Sql& sql) {
    if (absl::Status status = ReadRow(sql, kJobs, name, &job); !status.ok()) return status;
    if (HasEnded(job.state())) return absl::OkStatus();
    const bool asked = job.cancel_requested();
    job.set_cancel_requested(true);
    // No worker would end this job. A worker whose lease has run out can write nothing once the job has ended.
    if (!IsHeld(sql, job.uid(), database_->NowMillis(sql))) {
      end = EndJob(sql, &job, v1::Job::STATE_CANCELLED, "");
    } else if (!asked) {
      SaveJob(sql, &job);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (end) SettleEnd(*end, *blobs_);
  return job;
}

absl::Status Store::DeleteJob(absl::string_view name, absl::string_view etag) {
  v1::Job job;
  absl::Status status = database_->Write([&](Sql& sql) {
    if (absl::Status status = ReadRow(sql, kJobs, name, &job); !status.ok()) return status;
    if (absl::Status status = CheckEtag(etag, job.etag(), name); !status.ok()) return status;
    if (!HasEnded(job.state())) {
      return ErrorOf(v1::ERROR_REASON_JOB_NOT_ENDED, {{"job", std::string(name)}},
                     absl::StrCat(name, " has not ended: cancel it first, or wait for its end"));
    }
    sql.Run("DELETE FROM progress WHERE job_uid = :uid", {job.uid()});
    sql.Run("DELETE FROM jobs WHERE uid = :uid", {job.uid()});
    ForgetRequest(sql, job.uid());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  blobs_->Remove(JobFolder(job.uid())).IgnoreError();
  return absl::OkStatus();
}

absl::StatusOr<ProgressPart> Store::ReadProgress(absl::string_view job_uid, int64_t from_step, size_t most_bytes) {
  const std::string uid(job_uid);
  ProgressPart part;
  absl::Status status = database_->Read([&](Sql& sql) {
    part = ProgressPart();
    size_t bytes = 0;
    absl::Status decoded;
    std::string row;
    sql.ForEach("SELECT message FROM progress WHERE job_uid = :uid AND step >= :step ORDER BY step", {uid, from_step},
                {&row}, [&] {
                  v1::Progress progress;
                  decoded = Decode(row, &progress);
                  if (!decoded.ok()) return false;
                  bytes += progress.ByteSizeLong();
                  part.more = bytes > most_bytes && !part.progress.empty();
                  if (!part.more) part.progress.push_back(std::move(progress));
                  return !part.more;
                });
    return decoded;
  });
  if (!status.ok()) return status;
  return part;
}

}  // namespace actionmatch
