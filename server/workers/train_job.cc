#include "server/workers/train_job.h"

#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/training/trainer.h"
#include "server/messages/convert.h"
#include "server/messages/train_spec_message.h"
#include "server/process/log.h"
#include "server/store/database.h"

namespace actionmatch {
namespace {

constexpr absl::Duration kLoadingInterval = absl::Seconds(1);  // between two records of the share that was read
constexpr int kStoringTries = 120;                             // ten minutes in all
constexpr absl::Duration kStoringPause = absl::Seconds(5);
constexpr absl::Duration kStopInterval = absl::Milliseconds(100);  // between two checks whether to stop

// Renews a lease from a thread of its own, until it is lost or this object ends.
class LeaseKeeper {
 public:
  LeaseKeeper(Store& store, const Lease& lease, absl::Duration lease_time)
      : thread_([this, &store, lease, lease_time] {
          while (!done_.WaitForNotificationWithTimeout(lease_time / 3)) {
            const absl::Status status = store.RenewLease(lease, lease_time);
            if (status.ok()) continue;
            LogWarning("lease_not_renewed", {{"job", lease.job}, {"error", status.message()}});
            if (absl::IsAborted(status)) return;
          }
        }) {}
  ~LeaseKeeper() {
    done_.Notify();
    thread_.join();
  }

 private:
  absl::Notification done_;
  std::thread thread_;
};

v1::Job::Phase ToProto(Phase phase) { return phase == Phase::kPath ? v1::Job::PHASE_PATH : v1::Job::PHASE_TRAINING; }

// A dataset's rows: in memory, or in their files if there are too many.
struct JobRows {
  Snapshots loaded;
  std::shared_ptr<const StoredRows> stored;  // null: `loaded` holds all rows
};

absl::StatusOr<JobRows> OpenJobRows(Store& store, const v1::Dataset& dataset, int64_t last_batch,
                                    int64_t in_memory_bytes) {
  const int64_t bytes_per_row =
      dataset.dimension() * (dataset.data_type() == v1::DATA_TYPE_FLOAT32 ? sizeof(float) : sizeof(double));
  JobRows rows;
  if (dataset.row_count() * bytes_per_row > in_memory_bytes) {
    absl::StatusOr<StoredRows> stored = store.OpenRows(dataset, last_batch);
    if (!stored.ok()) return stored.status();
    // The job may be bound to fewer rows than the dataset has by now.
    const std::vector<int64_t>& counts = stored->shape().counts;
    if (std::accumulate(counts.begin(), counts.end(), int64_t{0}) * bytes_per_row > in_memory_bytes) {
      rows.stored = std::make_shared<StoredRows>(*std::move(stored));
      return rows;
    }
  }
  absl::StatusOr<Snapshots> loaded = store.LoadSnapshots(dataset, last_batch);
  if (!loaded.ok()) return loaded.status();
  rows.loaded = *std::move(loaded);
  return rows;
}

// Whether a failed write may succeed later: the disk is full, or the database busy, for a while.
bool MayPass(const absl::Status& status) { return absl::IsResourceExhausted(status) || IsBusy(status); }

// OK for a record that could not be written now but may be later: training goes on, and the next record comes.
absl::Status Spare(const Lease& lease, absl::string_view event, const absl::Status& status) {
  if (!MayPass(status)) return status;
  LogWarning(event, {{"job", lease.job}, {"attempt", lease.attempt}, {"error", status.message()}});
  return absl::OkStatus();
}

// Stores the field and ends the job. Tries for ten minutes if the error may pass: hours of training are worth it. An
// error of `check` ends the tries.
absl::Status StoreField(Store& store, const Lease& lease, const Field& field,
                        const std::function<absl::Status()>& check) {
  const std::string bytes = field.Serialize();
  const v1::Field described = Describe(field, bytes);
  for (int tries = 1;; ++tries) {
    const absl::Status status = store.FinishJob(lease, described, bytes);
    if (!MayPass(status)) return status;
    LogWarning("field_not_stored", {{"job", lease.job},
                                    {"attempt", lease.attempt},
                                    {"tries", tries},
                                    {"of", kStoringTries},
                                    {"error", status.message()}});
    if (tries == kStoringTries) return status;
    for (const absl::Time next = absl::Now() + kStoringPause; absl::Now() < next; absl::SleepFor(kStopInterval)) {
      if (absl::Status stopped = check(); !stopped.ok()) return stopped;
    }
  }
}

// The dataset's part of a field's provenance.
Provenance ProvenanceOf(const v1::Job& job, const v1::Dataset& dataset) {
  Provenance provenance;
  provenance.dataset = job.dataset();
  provenance.dataset_uid = job.dataset_uid();
  provenance.last_batch = job.last_batch();
  provenance.content_hash = job.content_hash();
  provenance.axis_names.assign(dataset.axis_names().begin(), dataset.axis_names().end());
  provenance.time_unit = dataset.time_unit();
  provenance.transform.emplace(dataset.transform().scale().begin(), dataset.transform().scale().end());
  return provenance;
}

// The training of a claimed job, with its records in the store.
class JobTraining {
 public:
  JobTraining(Store& store, const ClaimedJob& claimed, const WorkOptions& options, const std::atomic<bool>& stop)
      : store_(store), job_(claimed.job), lease_(claimed.lease), options_(options), stop_(stop) {}

  // Trains and stores the field. OK: the job has ended. After an error the caller ends the job.
  absl::Status Run() {
    absl::StatusOr<v1::Dataset> dataset = store_.GetDataset(job_.dataset());
    if (!dataset.ok()) return dataset.status();
    const absl::StatusOr<JobRows> rows = OpenJobRows(store_, *dataset, job_.last_batch(), options_.in_memory_bytes);
    if (!rows.ok()) return rows.status();
    const absl::StatusOr<TrainSpec> spec = ToCore(job_.train());
    if (!spec.ok()) return spec.status();
    const Provenance provenance = ProvenanceOf(job_, *dataset);
    absl::StatusOr<std::unique_ptr<Trainer>> trainer = MakeTrainer(*spec, *rows, provenance);
    if (!trainer.ok()) return trainer.status();
    resolved_ = actionmatch::ToProto((*trainer)->provenance());
    absl::StatusOr<std::optional<std::string>> checkpoint = store_.ReadCheckpoint(lease_);
    if (!checkpoint.ok()) return checkpoint.status();
    if (checkpoint->has_value()) {
      if (absl::Status status = (*trainer)->Resume(**checkpoint); !status.ok()) {
        // The bits do not depend on where training goes on from, so a lost checkpoint only costs time.
        LogWarning("checkpoint_unusable", {{"job", lease_.job}, {"error", status.message()}});
        trainer = MakeTrainer(*spec, *rows, provenance);
        if (!trainer.ok()) return trainer.status();
      }
    }
    const absl::StatusOr<std::shared_ptr<const Field>> field = (*trainer)->Run(Hooks());
    if (!field.ok()) return field.status();
    if (absl::Status status = RecordPhase(v1::Job::PHASE_STORING, 0, resolved_); !status.ok()) return status;
    return StoreField(store_, lease_, **field, [this] { return Check(); });
  }

 private:
  absl::StatusOr<std::unique_ptr<Trainer>> MakeTrainer(const TrainSpec& spec, const JobRows& rows,
                                                       const Provenance& provenance) {
    TrainerOptions options;
    options.threads = options_.threads;
    options.device = options_.device;
    if (rows.stored == nullptr) return Trainer::Create(spec, rows.loaded, provenance, options);
    absl::Time recorded = absl::InfinitePast();
    return Trainer::Create(spec, rows.stored, provenance, options, [&](double fraction) -> absl::Status {
      if (absl::Status status = Check(); !status.ok()) return status;
      if (absl::Now() - recorded < kLoadingInterval) return absl::OkStatus();
      recorded = absl::Now();
      return RecordPhase(v1::Job::PHASE_LOADING, fraction, {});
    });
  }

  // An error if training must stop.
  absl::Status Check() const {
    if (stop_) return absl::UnavailableError("the worker was asked to stop");
    const absl::Status held = store_.CheckLease(lease_);
    // A database that is busy for a moment is no reason to stop; the lease keeper notices if this lasts.
    return absl::IsUnavailable(held) ? absl::OkStatus() : held;
  }

  absl::Status RecordPhase(v1::Job::Phase phase, double fraction, const v1::ResolvedChoices& resolved) const {
    return Spare(lease_, "phase_not_recorded", store_.RecordPhase(lease_, phase, fraction, resolved));
  }

  TrainerHooks Hooks() {
    TrainerHooks hooks;
    hooks.before_step = [this] { return Check(); };
    hooks.on_phase = [this](Phase phase, double fraction) -> absl::Status {
      if (absl::Status status = Check(); !status.ok()) return status;
      return RecordPhase(ToProto(phase), fraction, resolved_);
    };
    hooks.on_progress = [this](const Progress& progress) {
      return Spare(lease_, "progress_not_recorded", store_.RecordProgress(lease_, actionmatch::ToProto(progress)));
    };
    hooks.on_checkpoint = [this](const std::string& bytes, int64_t step) {
      return Spare(lease_, "checkpoint_not_written", store_.WriteCheckpoint(lease_, bytes, step));
    };
    return hooks;
  }

  Store& store_;
  const v1::Job& job_;
  const Lease& lease_;
  const WorkOptions& options_;
  const std::atomic<bool>& stop_;
  v1::ResolvedChoices resolved_;  // empty until the trainer is made
};

}  // namespace

absl::Status TrainJob(Store& store, const ClaimedJob& claimed, const WorkOptions& options,
                      const std::atomic<bool>& stop) {
  const Lease& lease = claimed.lease;
  absl::Status status;
  {
    const LeaseKeeper keeper(store, lease, options.lease_time);
    // Only here do exceptions of a training (LibTorch's, out of memory) become an error.
    try {
      status = JobTraining(store, claimed, options, stop).Run();
    } catch (const std::bad_alloc&) {
      status = absl::ResourceExhaustedError(
          "out of memory: try a smaller potential.hidden, training.batch_size or path.plan_points");
    } catch (const std::exception& error) {
      status = absl::InternalError(error.what());
    }
  }
  absl::Status written;
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kAborted:  // another worker has the job, or it ended
      break;
    case absl::StatusCode::kCancelled:
      written = store.FinishCancelled(lease);
      break;
    case absl::StatusCode::kUnavailable:
      written = stop || IsBusy(status) ? store.ReleaseJob(lease) : store.GiveUpJob(lease, status.message());
      break;
    default:
      written = store.FailJob(lease, status.message());
  }
  if (!written.ok()) LogError("job_end_not_written", {{"job", lease.job}, {"error", written.message()}});
  return status;
}

}  // namespace actionmatch
