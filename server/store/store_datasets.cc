// Datasets in the store.

#include <map>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/messages/error_reasons.h"
#include "server/messages/snapshot_batch.h"
#include "server/messages/violations.h"
#include "server/process/uid.h"
#include "server/store/blob_names.h"
#include "server/store/blobs.h"
#include "server/store/database.h"
#include "server/store/resource_rows.h"
#include "server/store/running_hashes.h"
#include "server/store/store.h"

namespace actionmatch {
namespace {

// An append may read this many batches for the content hash, on a thread that other calls wait for.
constexpr int64_t kFewBatches = 8;

// The most times of a dataset: their summaries are part of the Dataset message.
constexpr int kMaxTimes = 10000;

struct PlannedBatch {
  const v1::SnapshotBatch* batch;
  std::string hash;
};

std::string NameOfBatch(const v1::Dataset& dataset, int64_t number, absl::string_view hash) {
  return absl::StrCat(DatasetFolder(dataset.uid()), "/", BatchBlob(number, hash));
}

// Checks that a batch has the dataset's dimension and data type, and as many components as its axis names and its
// scale.
absl::Status CheckFits(const v1::Dataset& dataset, const v1::SnapshotBatch& batch) {
  if (dataset.dimension() != 0 && Dimension(batch) != dataset.dimension()) {
    return InvalidField("batch.points",
                        absl::StrCat("has ", Dimension(batch), " components, but ", dataset.name(), " has dimension ",
                                     dataset.dimension(), ": send points of shape [n, ", dataset.dimension(), "]"));
  }
  if (dataset.data_type() != v1::DATA_TYPE_UNSPECIFIED && batch.points().data_type() != dataset.data_type()) {
    return InvalidField("batch.points",
                        absl::StrCat("is ", v1::DataType_Name(batch.points().data_type()), ", but ", dataset.name(),
                                     " stores ", v1::DataType_Name(dataset.data_type()), ": send that type"));
  }
  if (dataset.axis_names_size() != 0 && dataset.axis_names_size() != Dimension(batch)) {
    return InvalidField("batch.points", absl::StrCat("has ", Dimension(batch), " components, but ", dataset.name(),
                                                     " names ", dataset.axis_names_size(), " axes"));
  }
  const int scales = dataset.transform().scale_size();
  if (scales != 0 && scales != Dimension(batch)) {
    return InvalidField("batch.points", absl::StrCat("has ", Dimension(batch), " components, but ",
                                                     "dataset.transform.scale of ", dataset.name(), " has ", scales,
                                                     " entries: send points of shape [n, ", scales, "]"));
  }
  return absl::OkStatus();
}

// Counts a batch into the dataset's summaries, which are in the order of time.
absl::Status Summarise(const v1::SnapshotBatch& batch, v1::Dataset* dataset) {
  std::map<double, std::pair<int64_t, double>> at;
  for (const v1::SnapshotSummary& summary : dataset->snapshots()) {
    at[summary.time()] = {summary.count(), summary.weight_sum()};
  }
  const std::vector<double> times = RowTimes(batch);
  const std::vector<double> weights = RowWeights(batch);
  for (size_t i = 0; i < times.size(); ++i) {
    auto& [count, weight_sum] = at[times[i]];
    ++count;
    weight_sum += weights[i];
  }
  if (at.size() > kMaxTimes) {
    return ErrorOf(
        v1::ERROR_REASON_TOO_MANY_TIMES,
        {{"dataset", dataset->name()}, {"times", absl::StrCat(at.size())}, {"limit", absl::StrCat(kMaxTimes)}},
        absl::StrCat(dataset->name(), " would have ", at.size(), " distinct times; the limit is ", kMaxTimes,
                     ": round times to the moments of observation"));
  }
  dataset->clear_snapshots();
  for (const auto& [time, summary] : at) {
    v1::SnapshotSummary* out = dataset->add_snapshots();
    out->set_time(time);
    out->set_count(summary.first);
    out->set_weight_sum(summary.second);
  }
  return absl::OkStatus();
}

// Adds a batch that fits to the dataset's description; the caller sets the hash.
absl::Status Admit(const v1::SnapshotBatch& batch, v1::Dataset* dataset) {
  if (absl::Status status = CheckFits(*dataset, batch); !status.ok()) return status;
  if (absl::Status status = Summarise(batch, dataset); !status.ok()) return status;
  dataset->set_dimension(static_cast<int32_t>(Dimension(batch)));
  dataset->set_data_type(batch.points().data_type());
  dataset->set_last_batch(batch.number());
  dataset->set_row_count(dataset->row_count() + RowCount(batch));
  return absl::OkStatus();
}

absl::Status Ask(const BeforeBatch& before_batch) { return before_batch ? before_batch() : absl::OkStatus(); }

// Makes the batches' numbers durable.
absl::Status PutBatches(Blobs& blobs, const std::string& dataset_uid, const std::vector<PlannedBatch>& planned,
                        const BeforeBatch& before_batch) {
  if (planned.empty()) return absl::OkStatus();
  std::string bytes;
  const auto make = [&](int64_t i) -> absl::StatusOr<Blobs::Blob> {
    if (absl::Status status = Ask(before_batch); !status.ok()) return status;
    const PlannedBatch& plan = planned[i];
    bytes = SerializeBatch(*plan.batch);
    return Blobs::Blob{BatchBlob(plan.batch->number(), plan.hash), bytes};
  };
  return blobs.PutGroup(DatasetFolder(dataset_uid), static_cast<int64_t>(planned.size()), make);
}

void InsertBatches(Sql& sql, const std::string& dataset_uid, const std::vector<PlannedBatch>& planned) {
  for (const PlannedBatch& plan : planned) {
    sql.Run("INSERT INTO batches (dataset_uid, number, hash) VALUES (:uid, :number, :hash)",
            {dataset_uid, plan.batch->number(), plan.hash});
  }
}

void Touch(v1::Dataset* dataset) {
  dataset->set_etag(NewEtag());
  *dataset->mutable_update_time() = Now();
}

absl::StatusOr<std::string> StoredHash(Database& database, const std::string& dataset_uid, int64_t number) {
  std::string hash;
  absl::Status status = database.Read([&](Sql& sql) {
    if (!sql.Find("SELECT hash FROM batches WHERE dataset_uid = :uid AND number = :number", {dataset_uid, number},
                  {&hash})) {
      return ErrorOf(v1::ERROR_REASON_BATCH_NOT_FOUND, {{"batch", absl::StrCat(number)}},
                     absl::StrCat("batch ", number,
                                  " is not there: the dataset was deleted, or the batch "
                                  "was never acknowledged"));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return hash;
}

// Adds the batches up to the dataset's last one to the hash.
absl::Status ReadOn(Store& store, const v1::Dataset& dataset, const BeforeBatch& before_batch,
                    AppendState::Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mutex) {
  while (entry.last_batch < dataset.last_batch()) {
    if (absl::Status status = Ask(before_batch); !status.ok()) return status;
    const absl::StatusOr<v1::SnapshotBatch> batch = store.ReadBatch(dataset, entry.last_batch + 1);
    if (!batch.ok()) return batch.status();
    entry.hash.Update(ContentBytes(*batch));
    ++entry.last_batch;
  }
  return absl::OkStatus();
}

// Checks that a batch has the same content as the dataset's batch of that number. `planned`: the new batches before it.
absl::Status CheckRepeated(Database& database, const v1::Dataset& before, const v1::Dataset& after, int64_t number,
                           const std::string& hash, const std::vector<PlannedBatch>& planned) {
  const absl::StatusOr<std::string> stored = number > before.last_batch()
                                                 ? planned[number - before.last_batch() - 1].hash
                                                 : StoredHash(database, before.uid(), number);
  if (!stored.ok()) return stored.status();
  if (*stored == hash) return absl::OkStatus();
  return ErrorOf(
      v1::ERROR_REASON_BATCH_DIFFERS,
      {{"dataset", before.name()}, {"batch", absl::StrCat(number)}, {"expected", absl::StrCat(after.last_batch() + 1)}},
      absl::StrCat("batch ", number, " of ", before.name(),
                   " is stored already with other content: to add rows, number the batch ", after.last_batch() + 1));
}

// Plans the batches that are new to the dataset, up to the first batch that is refused, whose error is returned.
// `after` becomes the dataset with the planned batches.
absl::Status PlanAppends(Database& database, const v1::Dataset& before, absl::Span<const v1::SnapshotBatch> batches,
                         std::vector<PlannedBatch>* planned, v1::Dataset* after) {
  for (const v1::SnapshotBatch& batch : batches) {
    const int64_t next = after->last_batch() + 1;
    if (batch.number() > next) {
      return ErrorOf(
          v1::ERROR_REASON_BATCH_GAP,
          {{"dataset", before.name()}, {"batch", absl::StrCat(batch.number())}, {"expected", absl::StrCat(next)}},
          absl::StrCat("batch.number is ", batch.number(), ", but the next batch of ", before.name(), " is ", next,
                       ": send batches in order, without gaps"));
    }
    std::string hash = BatchHash(batch);
    if (batch.number() < next) {
      const absl::Status same = CheckRepeated(database, before, *after, batch.number(), hash, *planned);
      if (!same.ok()) return same;
      continue;
    }
    const absl::Status admitted = Admit(batch, after);
    if (!admitted.ok()) return admitted;
    planned->push_back({&batch, std::move(hash)});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Dataset> Store::CreateDataset(const v1::Dataset& dataset,
                                                 absl::Span<const v1::SnapshotBatch> batches, const RequestKey& request,
                                                 const BeforeBatch& before_batch) {
  v1::Dataset made = dataset;
  made.set_uid(NewUid());
  made.clear_snapshots();
  made.set_last_batch(0);
  made.set_row_count(0);
  StreamingHash hash;
  std::vector<PlannedBatch> planned;
  for (const v1::SnapshotBatch& batch : batches) {
    if (absl::Status status = Ask(before_batch); !status.ok()) return status;
    if (absl::Status status = Admit(batch, &made); !status.ok()) return status;
    hash.Update(ContentBytes(batch));
    planned.push_back({&batch, BatchHash(batch)});
  }
  made.set_content_hash(hash.Hex());
  Touch(&made);
  *made.mutable_create_time() = made.update_time();
  const std::string uid = made.uid();
  bool inserted = false;
  const auto insert = [&](Sql& sql) {
    const absl::StatusOr<bool> known = FindRequest(sql, kDatasets, request, &made);
    if (!known.ok() || *known) return known.status();
    if (HasRow(sql, kDatasets, made.name())) return AlreadyExists(kDatasets, made.name());
    const std::string text = Encode(made);
    sql.Run("INSERT INTO datasets (name, uid, message) VALUES (:name, :uid, :message)",
            {made.name(), made.uid(), text});
    InsertBatches(sql, made.uid(), planned);
    RecordRequest(sql, kDatasets, request, made.uid());
    inserted = true;
    return absl::OkStatus();
  };
  absl::Status status = PutBatches(*blobs_, uid, planned, before_batch);
  if (status.ok()) status = database_->Write(insert);
  // A folder that cannot be removed is never read, since no row names it, and is removed when a server starts.
  if (!status.ok() || !inserted) blobs_->Remove(DatasetFolder(uid)).IgnoreError();
  if (!status.ok()) return status;
  return made;
}

absl::StatusOr<v1::Dataset> Store::GetDataset(absl::string_view name) {
  return ReadNamed<v1::Dataset>(*database_, kDatasets, name);
}

absl::StatusOr<Page<v1::Dataset>> Store::ListDatasets(int page_size, absl::string_view page_token) {
  return ListNamed<v1::Dataset>(*database_, kDatasets, page_size, page_token);
}

absl::Status Store::DeleteDataset(absl::string_view name, absl::string_view etag) {
  v1::Dataset dataset;
  absl::Status status = database_->Write([&](Sql& sql) {
    if (absl::Status status = ReadRow(sql, kDatasets, name, &dataset); !status.ok()) return status;
    if (absl::Status status = CheckEtag(etag, dataset.etag(), name); !status.ok()) return status;
    std::string job;
    if (sql.Find("SELECT name FROM jobs WHERE dataset_uid = :uid AND state <= :running LIMIT 1",
                 {dataset.uid(), v1::Job::STATE_RUNNING}, {&job})) {
      return ErrorOf(
          v1::ERROR_REASON_DATASET_IN_USE, {{"dataset", std::string(name)}, {"job", job}},
          absl::StrCat(name, " is in use by ", job, ", which has not ended: cancel the job or wait for its end"));
    }
    sql.Run("DELETE FROM batches WHERE dataset_uid = :uid", {dataset.uid()});
    sql.Run("DELETE FROM datasets WHERE uid = :uid", {dataset.uid()});
    ForgetRequest(sql, dataset.uid());
    return absl::OkStatus();
  });
  if (status.ok()) blobs_->Remove(DatasetFolder(dataset.uid())).IgnoreError();
  return status;
}

absl::Status Store::AppendBatches(absl::string_view name, absl::Span<const v1::SnapshotBatch> batches,
                                  v1::AppendSnapshotsResponse* acknowledged, Added* added,
                                  const BeforeBatch& before_batch) {
  *added = Added();
  absl::StatusOr<v1::Dataset> found = GetDataset(name);
  if (!found.ok()) return found.status();
  const std::string uid = found->uid();
  const std::shared_ptr<AppendState::Entry> entry = append_state_->Find(uid);
  absl::MutexLock lock(&entry->mutex);

  // Others of this process may have appended while the lock was not held.
  found = GetDataset(name);
  if (!found.ok()) return found.status();
  if (found->uid() != uid)
    return ErrorOf(v1::ERROR_REASON_DATASET_REPLACED, {{"dataset", std::string(name)}},
                   absl::StrCat(name, " was deleted and made anew: start over"));
  const v1::Dataset before = *found;
  v1::Dataset after = before;
  acknowledged->set_acknowledged_batch(before.last_batch());
  acknowledged->set_row_count(before.row_count());

  std::vector<PlannedBatch> planned;
  const absl::Status refusal = PlanAppends(*database_, before, batches, &planned, &after);
  if (planned.empty()) return refusal;

  if (absl::Status status = ReadOn(*this, before, before_batch, *entry); !status.ok()) return status;
  StreamingHash hash = entry->hash;
  for (const PlannedBatch& plan : planned) hash.Update(ContentBytes(*plan.batch));
  after.set_content_hash(hash.Hex());
  Touch(&after);

  if (absl::Status status = PutBatches(*blobs_, uid, planned, {}); !status.ok()) return status;
  absl::Status status = database_->Write([&](Sql& sql) {
    v1::Dataset current;
    if (absl::Status status = ReadRow(sql, kDatasets, name, &current); !status.ok()) return status;
    if (current.etag() != before.etag()) {
      return ErrorOf(v1::ERROR_REASON_WRITE_CONFLICT, {{"dataset", std::string(name)}},
                     absl::StrCat(name, " was changed by another server meanwhile: send the batches again"));
    }
    InsertBatches(sql, uid, planned);
    const std::string text = Encode(after);
    sql.Run("UPDATE datasets SET message = :message WHERE uid = :uid", {text, uid});
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  entry->hash = hash;
  entry->last_batch = after.last_batch();
  acknowledged->set_acknowledged_batch(after.last_batch());
  acknowledged->set_row_count(after.row_count());
  for (const PlannedBatch& plan : planned) {
    added->rows += RowCount(*plan.batch);
    added->bytes += static_cast<int64_t>(plan.batch->points().data().size());
  }
  return refusal;
}

absl::StatusOr<bool> Store::IsFarBehind(absl::string_view name, int64_t number) {
  const absl::StatusOr<v1::Dataset> dataset = GetDataset(name);
  if (!dataset.ok()) return dataset.status();
  if (number <= dataset->last_batch()) return false;
  return dataset->last_batch() - append_state_->Find(dataset->uid())->last_batch > kFewBatches;
}

absl::StatusOr<bool> Store::CatchUp(absl::string_view name,
                                    const BeforeBatch& before_batch) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const absl::StatusOr<v1::Dataset> dataset = GetDataset(name);
  if (!dataset.ok()) return dataset.status();
  const std::shared_ptr<AppendState::Entry> entry = append_state_->Find(dataset->uid());
  if (!entry->mutex.TryLock()) return false;
  const absl::Cleanup unlock = [&entry] { entry->mutex.Unlock(); };
  if (absl::Status status = ReadOn(*this, *dataset, before_batch, *entry); !status.ok()) return status;
  return true;
}

absl::StatusOr<v1::SnapshotBatch> Store::ReadBatch(const v1::Dataset& dataset, int64_t number) {
  absl::StatusOr<std::string> hash = StoredHash(*database_, dataset.uid(), number);
  if (!hash.ok()) return hash.status();
  const std::string blob = NameOfBatch(dataset, number, *hash);
  absl::StatusOr<std::string> bytes = blobs_->Get(blob);
  absl::StatusOr<v1::SnapshotBatch> batch = bytes.ok() ? ParseBatch(*bytes) : bytes.status();
  if (!batch.ok()) {
    // A delete removes the row first, then the file.
    if (hash = StoredHash(*database_, dataset.uid(), number); !hash.ok()) return hash.status();
    return ErrorOf(kDataDamaged, {},
                   absl::StrCat("batch ", number, " of ", dataset.name(), " cannot be read from ", blob, ": ",
                                batch.status().message(), ": restore the file from a backup"));
  }
  return batch;
}

absl::StatusOr<Snapshots> Store::LoadSnapshots(const v1::Dataset& dataset, int64_t last_batch,
                                               const BeforeBatch& before_batch) {
  SnapshotsBuilder builder(dataset.dimension());
  for (int64_t number = 1; number <= last_batch; ++number) {
    if (absl::Status status = Ask(before_batch); !status.ok()) return status;
    absl::StatusOr<v1::SnapshotBatch> batch = ReadBatch(dataset, number);
    if (!batch.ok()) return batch.status();
    AddTo(builder, *batch);
  }
  return std::move(builder).Build();
}

absl::StatusOr<StoredRows> Store::OpenRows(const v1::Dataset& dataset, int64_t last_batch) {
  std::vector<std::string> paths;
  for (int64_t number = 1; number <= last_batch; ++number) {
    const absl::StatusOr<std::string> hash = StoredHash(*database_, dataset.uid(), number);
    if (!hash.ok()) return hash.status();
    absl::StatusOr<std::string> path = blobs_->LocalPath(NameOfBatch(dataset, number, *hash));
    if (!path.ok()) return path.status();
    paths.push_back(*std::move(path));
  }
  return StoredRows::Open(paths);
}

}  // namespace actionmatch
