// Store: the only state that server and workers share. Rows (datasets, jobs, fields, progress) are in a Database;
// numbers are in Blobs (blob_names.h has their layout). A blob is durable before the row that names it is written. In a
// data folder both lie side by side, the rows in actionmatch.db.
//
// A blob without a row (from a crash between the two) is never read. In the folder of a dataset or job that has a row,
// the blob is removed with the folder; any other is removed when a server starts (RemoveOrphans).
//
// Names in arguments are resource names ("datasets/eb"), which the caller has checked (server/messages/names.h). Every
// error names the resource and the remedy: NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED (etag or lost
// lease), INVALID_ARGUMENT (page token, reused request id), DATA_LOSS (damaged file), UNAVAILABLE (the database does
// not answer).
//
// Thread-safe: any thread may call any method, in any number of processes on the same data folder. All methods may
// block on disk: never call them from a gRPC reaction.

#ifndef ACTIONMATCH_SERVER_STORE_STORE_H_
#define ACTIONMATCH_SERVER_STORE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "actionmatch/v1/dataset.pb.h"
#include "actionmatch/v1/field.pb.h"
#include "actionmatch/v1/job.pb.h"
#include "core/snapshots/snapshots.h"
#include "core/snapshots/stored_rows.h"
#include "server/store/records.h"

namespace actionmatch {

class AppendState;
class Blobs;
class Database;

class Store {
 public:
  // A store on SQLite and files in `data_dir`. Makes the folder and the schema where they are missing;
  // FAILED_PRECONDITION, naming both versions, if the schema has another version than this program's.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& data_dir);
  // A store in memory, which ends with the object.
  static absl::StatusOr<std::unique_ptr<Store>> OpenInMemory();
  // A store on rows and numbers that other stores may use at the same time.
  static absl::StatusOr<std::unique_ptr<Store>> Over(std::shared_ptr<Database> database, std::shared_ptr<Blobs> blobs);
  ~Store();

  // --- Datasets ---
  // `dataset` holds the caller's fields; uid, etag and times are set here. The dataset has `batches`, checked and
  // numbered from 1, from its start: both are made, or neither.
  absl::StatusOr<v1::Dataset> CreateDataset(const v1::Dataset& dataset, absl::Span<const v1::SnapshotBatch> batches,
                                            const RequestKey& request, const BeforeBatch& before_batch = {});
  absl::StatusOr<v1::Dataset> GetDataset(absl::string_view name);
  absl::StatusOr<Page<v1::Dataset>> ListDatasets(int page_size, absl::string_view page_token);
  absl::Status DeleteDataset(absl::string_view name, absl::string_view etag);
  // The numbers that an append added: 0 for batches that were stored before.
  struct Added {
    int64_t rows = 0;
    int64_t bytes = 0;  // of their points
  };
  // Appends batches in their order. The caller has checked each batch alone (snapshot_batch.h); this checks it against
  // the dataset. Durable on return, one sync for all. Stops at the first batch that is refused, and returns its error:
  // the batches before it stay. In both cases `acknowledged` tells how far the dataset is durable, and `added` counts
  // the rows and bytes that this call stored. Reads the batches that CatchUp would read, if CatchUp was not called
  // before.
  absl::Status AppendBatches(absl::string_view name, absl::Span<const v1::SnapshotBatch> batches,
                             v1::AppendSnapshotsResponse* acknowledged, Added* added,
                             const BeforeBatch& before_batch = {});
  // Whether an append of batches up to `number` would first have to read many others, for the content hash. It would if
  // it is this process's first append to a dataset that has many batches. CatchUp reads them apart from an append; it
  // returns false if another thread is reading them. If it is stopped half-way, the next call goes on from there.
  absl::StatusOr<bool> IsFarBehind(absl::string_view name, int64_t number);
  absl::StatusOr<bool> CatchUp(absl::string_view name, const BeforeBatch& before_batch);
  // NOT_FOUND if the dataset is no longer there.
  absl::StatusOr<v1::SnapshotBatch> ReadBatch(const v1::Dataset& dataset, int64_t number);
  // Batches 1 to last_batch as the core's snapshots.
  absl::StatusOr<Snapshots> LoadSnapshots(const v1::Dataset& dataset, int64_t last_batch,
                                          const BeforeBatch& before_batch = {});
  // The rows of batches 1 to last_batch in their files, for datasets that are too large for memory.
  absl::StatusOr<StoredRows> OpenRows(const v1::Dataset& dataset, int64_t last_batch);

  // --- Jobs ---
  // `job` holds the caller's fields, checked, the complete spec, and the state of the dataset that the job is bound to
  // (dataset_uid, last_batch, content_hash). Reserves the field's name and queues the job in one transaction. The job
  // is logged once it is durable.
  absl::StatusOr<v1::Job> CreateJob(const v1::Job& job, const RequestKey& request);
  // The job that CreateJob made for this request, if the job is still there.
  absl::StatusOr<std::optional<v1::Job>> FindJob(const RequestKey& request);
  absl::StatusOr<v1::Job> GetJob(absl::string_view name);
  absl::StatusOr<Page<v1::Job>> ListJobs(int page_size, absl::string_view page_token);
  // Ends a job that no worker holds; asks the worker of any other job to stop.
  absl::StatusOr<v1::Job> CancelJob(absl::string_view name);
  absl::Status DeleteJob(absl::string_view name, absl::string_view etag);
  // Recorded progress with step >= from_step: at most `most_bytes`, but at least one record.
  absl::StatusOr<ProgressPart> ReadProgress(absl::string_view job_uid, int64_t from_step, size_t most_bytes);

  // --- Work: the methods that only workers call ---
  // Claims the oldest job that is QUEUED, or RUNNING with an expired lease; nullopt if there is none. A job whose
  // workers were lost or gave up `kMaxLosses` times in a row without a new checkpoint is not handed out again: it
  // FAILS.
  static constexpr int kMaxLosses = 5;
  absl::StatusOr<std::optional<ClaimedJob>> ClaimJob(absl::string_view worker, absl::Duration lease_time);
  // ABORTED once another worker has claimed the job or it has ended.
  absl::Status RenewLease(const Lease& lease, absl::Duration lease_time);
  // ABORTED as for RenewLease, and CANCELLED once the job was asked to stop. Renews nothing, and is cheap enough to
  // call before every training step.
  absl::Status CheckLease(const Lease& lease);
  absl::Status RecordPhase(const Lease& lease, v1::Job::Phase phase, double fraction,
                           const v1::ResolvedChoices& resolved);
  absl::Status RecordProgress(const Lease& lease, const v1::Progress& progress);
  absl::Status WriteCheckpoint(const Lease& lease, absl::string_view bytes, int64_t step);
  absl::StatusOr<std::optional<std::string>> ReadCheckpoint(const Lease& lease);
  // Stores the field's file and row and ends the job SUCCEEDED, all or nothing. CANCELLED if the job was asked to stop.
  absl::Status FinishJob(const Lease& lease, const v1::Field& field, absl::string_view bytes);
  absl::Status FailJob(const Lease& lease, absl::string_view error);
  absl::Status FinishCancelled(const Lease& lease);
  // Lets go of a job without ending it, for a worker that is asked to stop. The next claim goes on from the job's
  // checkpoint.
  absl::Status ReleaseJob(const Lease& lease);
  // Lets go of a job that the worker could not go on with. This counts as a loss, `error` is the job's error until the
  // next checkpoint, and the next claim comes 1, 2, 4, ... seconds later.
  absl::Status GiveUpJob(const Lease& lease, absl::string_view error);
  // Frees the jobs of a worker that has ended at once, before its leases run out. For a caller that has seen the worker
  // end.
  absl::Status ExpireLeases(absl::string_view worker);

  // --- Fields ---
  // `field` holds all but uid, etag and create_time.
  absl::StatusOr<v1::Field> CreateField(const v1::Field& field, absl::string_view bytes);
  absl::StatusOr<v1::Field> GetField(absl::string_view name);
  absl::StatusOr<Page<v1::Field>> ListFields(int page_size, absl::string_view page_token);
  absl::Status DeleteField(absl::string_view name, absl::string_view etag);
  // NOT_FOUND if the field is no longer there.
  absl::StatusOr<std::string> ReadFieldFile(const v1::Field& field);

  // --- Files ---
  // Removes, and logs, the files and folders of datasets, jobs and fields that have no row, if nothing has changed in
  // them for `age`. `age` must be long enough for a process that writes a file to write its row too. If there are no
  // rows at all, nothing is removed: the files may be all that is left of a lost database.
  absl::Status RemoveOrphans(absl::Duration age);

  // --- Figures for /metrics ---
  struct Counts {
    std::map<v1::Job::State, int64_t> jobs;
    int64_t datasets = 0;
    int64_t fields = 0;
    int64_t lease_losses = 0;                     // claims of a job whose earlier worker was lost
    int64_t training_steps = 0;                   // over all jobs
    double training_seconds = 0;                  // time in those steps
    int64_t free_bytes = 0;                       // room left for numbers; also 0 if the room is not known
    std::optional<v1::Progress> latest_progress;  // recorded last, over all jobs
  };
  absl::StatusOr<Counts> Count();
  // OK if the database answers and numbers can be written.
  absl::Status Check();

 private:
  Store(std::shared_ptr<Database> database, std::shared_ptr<Blobs> blobs);

  const std::shared_ptr<Database> database_;         // thread-safe
  const std::shared_ptr<Blobs> blobs_;               // thread-safe
  const std::unique_ptr<AppendState> append_state_;  // thread-safe
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_STORE_H_
