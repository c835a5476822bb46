// The store's methods for workers: claims, leases, progress, checkpoints, ends of jobs.

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "server/store/blob_names.h"
#include "server/store/blobs.h"
#include "server/store/database.h"
#include "server/store/resource_rows.h"
#include "server/store/store.h"
#include "server/store/store_fields.h"
#include "server/store/store_jobs.h"

namespace actionmatch {
namespace {

absl::Status LostLease(const Lease& lease) {
  return absl::AbortedError(absl::StrCat("attempt ", lease.attempt, " at ", lease.job,
                                         " no longer holds the job: another worker does, or it ended"));
}

// Reads the job if the lease still holds the job.
absl::Status ReadHeld(Sql& sql, const Lease& lease, v1::Job* job) {
  std::string text;
  if (!sql.Find("SELECT message FROM jobs WHERE uid = :uid AND attempt = :attempt AND state = :running",
                {lease.job_uid, lease.attempt, v1::Job::STATE_RUNNING}, {&text})) {
    return LostLease(lease);
  }
  return Decode(text, job);
}

// Changes the job in one transaction, if the lease still holds the job.
absl::Status Change(Database& database, const Lease& lease, const std::function<absl::Status(Sql&, v1::Job&)>& change) {
  return database.Write([&](Sql& sql) {
    v1::Job job;
    if (absl::Status status = ReadHeld(sql, lease, &job); !status.ok()) return status;
    return change(sql, job);
  });
}

// Ends the job in one transaction, if the lease still holds the job; `before`, if any, comes first in the transaction.
absl::Status End(Database& database, Blobs& blobs, const Lease& lease, v1::Job::State state, absl::string_view error,
                 const std::function<absl::Status(Sql&, v1::Job&)>& before = nullptr) {
  JobEnd end;
  absl::Status status = Change(database, lease, [&](Sql& sql, v1::Job& job) {
    if (before) {
      if (absl::Status status = before(sql, job); !status.ok()) return status;
    }
    end = EndJob(sql, &job, state, error);
    return absl::OkStatus();
  });
  if (status.ok()) SettleEnd(end, blobs);
  return status;
}

absl::Status CancelAsked(const Lease& lease) {
  return absl::CancelledError(absl::StrCat(lease.job, " was asked to stop"));
}

// Why a job is not handed out again. error: why its last worker gave up; empty if that worker was lost.
std::string LossesInARow(int losses, absl::string_view error) {
  const std::string text =
      absl::StrCat(losses, " workers in a row were lost or gave up without reaching a new checkpoint. The last ");
  if (!error.empty()) return absl::StrCat(text, "gave up: ", error);
  return absl::StrCat(text,
                      "was lost. Out of memory? Try a smaller potential.hidden, training.batch_size or "
                      "path.plan_points, or a shorter training.checkpoint_interval");
}

void AddToCounter(Sql& sql, const std::string& counter, double by) {
  sql.Run(
      "INSERT INTO counters (name, value) VALUES (:name, :by)"
      " ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value",
      {counter, by});
}

}  // namespace

absl::StatusOr<std::optional<ClaimedJob>> Store::ClaimJob(absl::string_view worker, absl::Duration lease_time) {
  const std::string name(worker);
  std::optional<ClaimedJob> claimed;
  std::vector<JobEnd> ends;
  const auto claim = [&](Sql& sql) {
    claimed.reset();
    ends.clear();
    for (;;) {
      const std::optional<Database::Claim> row = database_->ClaimOldest(sql, name, lease_time);
      if (!row) return absl::OkStatus();
      v1::Job job;
      if (absl::Status status = Decode(row->message, &job); !status.ok()) return status;
      int losses = row->losses;
      const bool lost = job.state() == v1::Job::STATE_RUNNING && row->released == 0;
      if (lost) {
        ++losses;
        job.clear_error();
        AddToCounter(sql, "lease_losses", 1);
      }
      sql.Run("UPDATE jobs SET losses = :losses, released = 0 WHERE uid = :uid", {losses, job.uid()});
      if (job.cancel_requested()) {
        ends.push_back(EndJob(sql, &job, v1::Job::STATE_CANCELLED, ""));
        continue;
      }
      if (losses >= kMaxLosses) {
        const std::string why = LossesInARow(losses, job.error());
        ends.push_back(EndJob(sql, &job, v1::Job::STATE_FAILED, why));
        continue;
      }
      job.set_state(v1::Job::STATE_RUNNING);
      job.set_attempt(row->attempt);
      job.set_phase(v1::Job::PHASE_LOADING);
      job.set_phase_fraction(0);
      if (!job.has_start_time()) *job.mutable_start_time() = Now();
      SaveJob(sql, &job);
      claimed = ClaimedJob{{job.name(), job.uid(), row->attempt}, job, row->call};
      return absl::OkStatus();
    }
  };
  // Read first: most polls find nothing, and should not take the write lock.
  bool claimable = false;
  absl::Status status = database_->Read([&](Sql& sql) {
    claimable = database_->HasClaimable(sql);
    return absl::OkStatus();
  });
  if (status.ok() && claimable) status = database_->Write(claim);
  if (!status.ok()) return status;
  for (const JobEnd& end : ends) SettleEnd(end, *blobs_);
  return claimed;
}

absl::Status Store::RenewLease(const Lease& lease, absl::Duration lease_time) {
  return Change(*database_, lease, [&](Sql& sql, const v1::Job&) {
    const int64_t until = database_->NowMillis(sql) + absl::ToInt64Milliseconds(lease_time);
    sql.Run("UPDATE jobs SET lease_until = :until WHERE uid = :uid", {until, lease.job_uid});
    return absl::OkStatus();
  });
}

absl::Status Store::CheckLease(const Lease& lease) {
  return database_->Read([&](Sql& sql) {
    int cancel_requested = 0;
    if (!sql.Find("SELECT cancel_requested FROM jobs WHERE uid = :uid AND attempt = :attempt AND state = :running",
                  {lease.job_uid, lease.attempt, v1::Job::STATE_RUNNING}, {&cancel_requested})) {
      return LostLease(lease);
    }
    return cancel_requested != 0 ? CancelAsked(lease) : absl::OkStatus();
  });
}

absl::Status Store::RecordPhase(const Lease& lease, v1::Job::Phase phase, double fraction,
                                const v1::ResolvedChoices& resolved) {
  return Change(*database_, lease, [&](Sql& sql, v1::Job& job) {
    job.set_phase(phase);
    job.set_phase_fraction(fraction);
    *job.mutable_resolved() = resolved;
    SaveJob(sql, &job);
    return absl::OkStatus();
  });
}

absl::Status Store::RecordProgress(const Lease& lease, const v1::Progress& progress) {
  return Change(*database_, lease, [&](Sql& sql, v1::Job& job) {
    // Steps that are taken again after a resume are not counted twice.
    const auto steps = static_cast<double>(std::max<int64_t>(0, progress.step() - job.progress().step()));
    if (steps > 0) {
      AddToCounter(sql, "training_steps", steps);
      AddToCounter(sql, "training_seconds", steps * progress.step_seconds());
    }
    const std::string text = Encode(progress);
    const int64_t step = progress.step();
    sql.Run(
        "INSERT INTO progress (job_uid, step, recorded, message) VALUES (:uid, :step, :recorded, :message)"
        " ON CONFLICT (job_uid, step) DO UPDATE SET recorded = excluded.recorded, message = excluded.message",
        {job.uid(), step, database_->NowMillis(sql), text});
    *job.mutable_progress() = progress;
    if (progress.total_steps() > 0) {
      job.set_phase_fraction(static_cast<double>(step) / static_cast<double>(progress.total_steps()));
    }
    SaveJob(sql, &job);
    return absl::OkStatus();
  });
}

absl::Status Store::WriteCheckpoint(const Lease& lease, absl::string_view bytes, int64_t step) {
  const std::string folder = JobFolder(lease.job_uid);
  const std::string blob = CheckpointBlob(lease.attempt, step);
  if (absl::Status status = blobs_->Put(absl::StrCat(folder, "/", blob), bytes); !status.ok()) return status;
  std::string earlier;
  absl::Status status = Change(*database_, lease, [&](Sql& sql, v1::Job& job) {
    sql.Find("SELECT checkpoint FROM jobs WHERE uid = :uid", {job.uid()}, {&earlier});
    sql.Run("UPDATE jobs SET checkpoint = :blob, losses = 0 WHERE uid = :uid", {blob, job.uid()});
    if (!job.error().empty()) {
      job.clear_error();
      SaveJob(sql, &job);
    }
    return absl::OkStatus();
  });
  const std::string& useless = status.ok() ? earlier : blob;
  if (!useless.empty() && (useless != blob || !status.ok())) {
    blobs_->Remove(absl::StrCat(folder, "/", useless)).IgnoreError();
  }
  return status;
}

absl::StatusOr<std::optional<std::string>> Store::ReadCheckpoint(const Lease& lease) {
  std::string blob;
  absl::Status status = database_->Read([&](Sql& sql) {
    const bool held = sql.Find("SELECT checkpoint FROM jobs WHERE uid = :uid AND attempt = :attempt",
                               {lease.job_uid, lease.attempt}, {&blob});
    return held ? absl::OkStatus() : LostLease(lease);
  });
  if (!status.ok()) return status;
  if (blob.empty()) return std::nullopt;
  absl::StatusOr<std::string> bytes = blobs_->Get(absl::StrCat(JobFolder(lease.job_uid), "/", blob));
  if (!bytes.ok()) return bytes.status();
  return std::optional<std::string>(*std::move(bytes));
}

absl::Status Store::FinishJob(const Lease& lease, const v1::Field& field, absl::string_view bytes) {
  v1::Field made = NewField(field);
  if (absl::Status status = blobs_->Put(FieldBlob(made.uid()), bytes); !status.ok()) return status;
  const auto store_field = [&](Sql& sql, v1::Job& job) {
    if (job.cancel_requested()) return CancelAsked(lease);
    made.set_name(job.fields(0));
    made.set_job(job.name());
    *made.mutable_labels() = job.labels();
    made.set_owner(job.owner());
    return InsertField(sql, made);
  };
  absl::Status status = End(*database_, *blobs_, lease, v1::Job::STATE_SUCCEEDED, "", store_field);
  if (!status.ok()) blobs_->Remove(FieldBlob(made.uid())).IgnoreError();
  return status;
}

absl::Status Store::FailJob(const Lease& lease, absl::string_view error) {
  return End(*database_, *blobs_, lease, v1::Job::STATE_FAILED, error);
}

absl::Status Store::FinishCancelled(const Lease& lease) {
  return End(*database_, *blobs_, lease, v1::Job::STATE_CANCELLED, "");
}

absl::Status Store::ReleaseJob(const Lease& lease) {
  return Change(*database_, lease, [&](Sql& sql, v1::Job& job) {
    sql.Run("UPDATE jobs SET released = 1, lease_until = 0, worker = '' WHERE uid = :uid", {job.uid()});
    return absl::OkStatus();
  });
}

absl::Status Store::GiveUpJob(const Lease& lease, absl::string_view error) {
  return Change(*database_, lease, [&](Sql& sql, v1::Job& job) {
    int losses = 0;
    sql.Find("SELECT losses FROM jobs WHERE uid = :uid", {job.uid()}, {&losses});
    const int64_t until = database_->NowMillis(sql) + absl::ToInt64Milliseconds(absl::Seconds(1 << losses));
    sql.Run("UPDATE jobs SET losses = losses + 1, released = 1, lease_until = :until, worker = '' WHERE uid = :uid",
            {until, job.uid()});
    job.set_error(std::string(error));
    SaveJob(sql, &job);
    return absl::OkStatus();
  });
}

absl::Status Store::ExpireLeases(absl::string_view worker) {
  const std::string name(worker);
  return database_->Write([&](Sql& sql) {
    sql.Run("UPDATE jobs SET lease_until = 0 WHERE worker = :worker AND state = :running",
            {name, v1::Job::STATE_RUNNING});
    return absl::OkStatus();
  });
}

}  // namespace actionmatch
