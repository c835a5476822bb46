#include "server/train_job.h"

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "core/trainer.h"
#include "server/convert.h"
#include "server/log.h"

namespace actionmatch {
namespace {

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

// Trains and stores the field; the job's end is the caller's, unless it is OK.
absl::Status Train(Store& store, const ClaimedJob& claimed, const WorkOptions& options, const std::atomic<bool>& stop) {
  const Lease& lease = claimed.lease;
  const v1::Job& job = claimed.job;
  absl::StatusOr<v1::Dataset> dataset = store.GetDataset(job.dataset());
  if (!dataset.ok()) return dataset.status();
  absl::StatusOr<Snapshots> snapshots = store.LoadSnapshots(*dataset, job.last_batch());
  if (!snapshots.ok()) return snapshots.status();
  absl::StatusOr<TrainSpec> spec = ToCore(job.train());
  if (!spec.ok()) return spec.status();

  Provenance provenance;
  provenance.dataset = job.dataset();
  provenance.dataset_uid = job.dataset_uid();
  provenance.last_batch = job.last_batch();
  provenance.content_hash = job.content_hash();
  provenance.axis_names.assign(dataset->axis_names().begin(), dataset->axis_names().end());
  provenance.time_unit = dataset->time_unit();
  TrainerOptions trainer_options;
  trainer_options.threads = options.threads;
  absl::StatusOr<std::unique_ptr<Trainer>> trainer = Trainer::Create(*spec, *snapshots, provenance, trainer_options);
  if (!trainer.ok()) return trainer.status();
  v1::ResolvedChoices resolved;
  resolved.set_path(actionmatch::ToProto((*trainer)->provenance().path));
  resolved.set_path_reason((*trainer)->provenance().path_reason);
  resolved.set_form(actionmatch::ToProto((*trainer)->provenance().form));

  absl::StatusOr<std::optional<std::string>> checkpoint = store.ReadCheckpoint(lease);
  if (!checkpoint.ok()) return checkpoint.status();
  if (checkpoint->has_value()) {
    if (absl::Status status = (*trainer)->Resume(**checkpoint); !status.ok()) {
      // The bits do not depend on where training goes on from, so a lost checkpoint only costs time.
      LogWarning("checkpoint_unusable", {{"job", lease.job}, {"error", status.message()}});
      trainer = Trainer::Create(*spec, *snapshots, provenance, trainer_options);
      if (!trainer.ok()) return trainer.status();
    }
  }

  TrainerHooks hooks;
  hooks.before_step = [&]() -> absl::Status {
    if (stop) return absl::UnavailableError("the worker was asked to stop");
    const absl::Status held = store.CheckLease(lease);
    // A database that is busy for a moment is no reason to stop; the lease keeper notices if it lasts.
    return absl::IsUnavailable(held) ? absl::OkStatus() : held;
  };
  hooks.on_phase = [&](Phase phase, double fraction) -> absl::Status {
    if (absl::Status status = hooks.before_step(); !status.ok()) return status;
    return store.RecordPhase(lease, ToProto(phase), fraction, resolved);
  };
  hooks.on_progress = [&](const Progress& progress) {
    return store.RecordProgress(lease, actionmatch::ToProto(progress));
  };
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t step) {
    return store.WriteCheckpoint(lease, bytes, step);
  };
  absl::StatusOr<std::shared_ptr<const Field>> field = (*trainer)->Run(hooks);
  if (!field.ok()) return field.status();
  if (absl::Status status = store.RecordPhase(lease, v1::Job::PHASE_STORING, 0, resolved); !status.ok()) return status;
  const std::string bytes = (*field)->Serialize();
  return store.FinishJob(lease, Describe(**field, bytes), bytes);
}

}  // namespace

absl::Status TrainJob(Store& store, const ClaimedJob& claimed, const WorkOptions& options,
                      const std::atomic<bool>& stop) {
  const Lease& lease = claimed.lease;
  absl::Status status;
  {
    const LeaseKeeper keeper(store, lease, options.lease_time);
    // The one place where a training run's exceptions (LibTorch's, out of memory) become an error.
    try {
      status = Train(store, claimed, options, stop);
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
    case absl::StatusCode::kAborted:  // another worker has it
      break;
    case absl::StatusCode::kCancelled:
      written = store.FinishCancelled(lease);
      break;
    case absl::StatusCode::kUnavailable:
      written = store.ReleaseJob(lease);
      break;
    default:
      written = store.FailJob(lease, status.message());
  }
  if (!written.ok()) LogError("job_end_not_written", {{"job", lease.job}, {"error", written.message()}});
  return status;
}

}  // namespace actionmatch
