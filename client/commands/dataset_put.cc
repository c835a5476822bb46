#include "client/commands/dataset_put.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/dataset_upload.h"
#include "client/commands/dataset_whiten.h"
#include "client/files/number_text.h"
#include "client/files/point_files.h"
#include "client/requests/remote_datasets.h"
#include "client/terminal/error_text.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

using Service = v1::DatasetService::Stub;

constexpr int64_t kMaxComponents = 65536;  // the server's limit

// Keeps the first `components` of each point.
absl::Status Truncate(int64_t components, PointTable* points) {
  if (components > points->dimension) {
    return Misuse(absl::StrCat("--components must be 1 to ", points->dimension, ", the components in the files, is ",
                               components));
  }
  std::vector<double> kept;
  kept.reserve(points->count() * components);
  for (int64_t row = 0; row < points->count(); ++row) {
    const auto begin = points->values.begin() + row * points->dimension;
    kept.insert(kept.end(), begin, begin + components);
  }
  points->values = std::move(kept);
  points->dimension = components;
  if (!points->names.empty()) points->names.resize(components);
  return absl::OkStatus();
}

// An error if the dataset that is there already has another transform, time unit or other names: a put of these rows
// would lose them without a word.
absl::Status CheckFits(const v1::Dataset& asked, const v1::Dataset& found) {
  if (found.transform().SerializeAsString() != asked.transform().SerializeAsString()) {
    return absl::AlreadyExistsError(absl::StrCat(found.name(),
                                                 " exists already, with another transform: choose another name, or "
                                                 "delete it first"));
  }
  if (!asked.time_unit().empty() && asked.time_unit() != found.time_unit()) {
    return absl::AlreadyExistsError(
        absl::StrCat(found.name(), " exists already, with ",
                     found.time_unit().empty() ? "no time unit" : absl::StrCat("time unit \"", found.time_unit(), "\""),
                     ", and keeps it: leave --time-unit out, or choose another name"));
  }
  const std::vector<std::string> names(asked.axis_names().begin(), asked.axis_names().end());
  const std::vector<std::string> kept(found.axis_names().begin(), found.axis_names().end());
  if (!names.empty() && !kept.empty() && names != kept) {
    return absl::AlreadyExistsError(absl::StrCat(found.name(), " exists already, with components ",
                                                 absl::StrJoin(kept, ", "), ", but the files have ",
                                                 absl::StrJoin(names, ", "), ": name them with --points-key"));
  }
  return absl::OkStatus();
}

// Makes the dataset, or finds the dataset of that name, to go on with it.
absl::StatusOr<v1::Dataset> MakeOrFind(Client& client, const v1::Dataset& asked, bool* made) {
  v1::CreateDatasetRequest request;
  *request.mutable_dataset() = asked;
  absl::StatusOr<v1::Dataset> dataset = client.Call(client.datasets(), &Service::CreateDataset, request);
  *made = dataset.ok();
  if (dataset.ok() || ReasonOf(dataset.status()) != v1::ERROR_REASON_DATASET_EXISTS) return dataset;
  dataset = GetDataset(client, asked.name());
  if (!dataset.ok()) return dataset.status();
  if (absl::Status status = CheckFits(asked, *dataset); !status.ok()) return status;
  return dataset;
}

// A dataset of float32 rounds numbers; points that rounding would change are refused.
absl::Status CheckExact(const v1::Dataset& dataset, const PointTable& points) {
  if (dataset.data_type() != v1::DATA_TYPE_FLOAT32 || points.single) return absl::OkStatus();
  const auto rounded = std::find_if(points.values.begin(), points.values.end(),
                                    [](double value) { return static_cast<float>(value) != value; });
  if (rounded == points.values.end()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(dataset.name(), " holds float32 numbers, and would round ", ExactNumber(*rounded), " to ",
                   ExactNumber(static_cast<float>(*rounded)),
                   ": round the rows yourself, in an NPZ or NPY file of float32, or choose another name"));
}

// The number of the first batch: 1 without --append and --append-from.
absl::StatusOr<int64_t> FirstNumber(const Arguments& arguments, const v1::Dataset& dataset) {
  const int64_t next = dataset.last_batch() + 1;
  const absl::StatusOr<std::optional<int64_t>> from = arguments.Integer("--append-from", 1, next);
  if (!from.ok()) return from.status();
  return from->value_or(arguments.Has("--append") ? next : 1);
}

// The error of a put of `count` rows that was cut off. It says how to go on.
absl::Status CutOff(const Sent& sent, int64_t count, bool append, int64_t first_number) {
  std::string text =
      absl::StrCat("at least ", sent.rows, " of ", count, " rows are stored: to send the rest, repeat the command");
  if (append) absl::StrAppend(&text, " with --append-from ", first_number, " in place of --append");
  if (sent.status.ok()) return Interrupted(absl::StrCat("interrupted: ", text));
  return WithMore(sent.status, absl::StrCat("; ", text));
}

// Deletes the dataset that a put made, unless rows are in it.
void DeleteIfEmpty(Client& client, const std::string& name) {
  const absl::StatusOr<v1::Dataset> dataset = GetDataset(client, name);
  if (!dataset.ok() || dataset->last_batch() > 0) return;
  v1::DeleteDatasetRequest request;
  request.set_name(name);
  const auto deleted = client.Call(client.datasets(), &Service::DeleteDataset, request);
  if (!deleted.ok()) Say(absl::StrCat(name, " stays behind empty: ", ErrorText(deleted.status())));
}

}  // namespace

absl::StatusOr<v1::Dataset> PutDataset(const Session& session, const Arguments& arguments) {
  if (arguments.Has("--whiten") && arguments.Has("--like")) return Misuse("--whiten and --like exclude each other");
  for (const char* flag : {"--time-key", "--weights-key"}) {
    if (arguments.Has(flag) && arguments.Get(flag).empty()) return Misuse(absl::StrCat(flag, " is empty"));
  }
  FileKeys keys;
  keys.time = arguments.Get("--time-key");
  keys.weights = arguments.Get("--weights-key");
  absl::StatusOr<std::vector<std::string>> points_keys = arguments.Names("--points-key");
  if (!points_keys.ok()) return points_keys.status();
  keys.points = *std::move(points_keys);
  const absl::StatusOr<std::optional<int64_t>> components = arguments.Integer("--components", 1, kMaxComponents);
  if (!components.ok()) return components.status();
  absl::StatusOr<SnapshotTable> table = ReadSnapshots(arguments.All("FILE"), keys);
  if (!table.ok()) return table.status();
  if (components->has_value()) {
    if (absl::Status status = Truncate(**components, &table->points); !status.ok()) return status;
  }
  if (table->points.dimension > kMaxComponents) {
    return Misuse(absl::StrCat("the files have ", table->points.dimension, " components, at most ", kMaxComponents,
                               " are taken: reduce them first, or keep the first N with --components N"));
  }
  if (!table->left_out.empty()) Say(absl::StrCat("left out (text): ", absl::StrJoin(table->left_out, ", ")));
  v1::Dataset asked;
  asked.set_name(ResourceName("datasets", arguments.Get("NAME")));
  asked.set_time_unit(arguments.Get("--time-unit"));
  asked.set_dimension(static_cast<int32_t>(table->points.dimension));
  asked.set_data_type(table->points.single ? v1::DATA_TYPE_FLOAT32 : v1::DATA_TYPE_FLOAT64);
  for (const std::string& name : table->points.names) asked.add_axis_names(name);
  if (absl::Status status = Whiten(session, arguments, &table->points, &asked); !status.ok()) return status;
  bool made = false;
  const absl::StatusOr<v1::Dataset> dataset = MakeOrFind(session.client, asked, &made);
  if (!dataset.ok()) return dataset.status();
  if (absl::Status status = CheckExact(*dataset, table->points); !status.ok()) return status;
  table->points.single = dataset->data_type() == v1::DATA_TYPE_FLOAT32;
  const absl::StatusOr<int64_t> first_number = FirstNumber(arguments, *dataset);
  if (!first_number.ok()) return first_number.status();
  const int64_t count = table->points.count();
  const Sent sent = Upload(session.client, *table, *dataset, *first_number);
  if (sent.status.ok() && sent.rows == count) return GetDataset(session.client, dataset->name());
  if (made) DeleteIfEmpty(session.client, dataset->name());
  const bool append = arguments.Has("--append") || arguments.Has("--append-from");
  if (ReasonOf(sent.status) == v1::ERROR_REASON_BATCH_DIFFERS) return sent.status;
  // A server that is lost may have stored more rows than it acknowledged.
  const bool some = sent.rows > 0 || sent.status.ok() || absl::IsUnavailable(sent.status);
  return some ? CutOff(sent, count, append, *first_number) : sent.status;
}

}  // namespace actionmatch
