#include "server/messages/snapshot_batch.h"

#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/storage/tensor_file.h"
#include "server/messages/tensor.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

absl::Status CheckRowVector(const v1::Tensor& tensor, int64_t rows, absl::string_view field) {
  if (absl::Status status = CheckTensor(tensor, 1, field); !status.ok()) return status;
  if (tensor.data_type() != v1::DATA_TYPE_FLOAT64) {
    return InvalidField(absl::StrCat(field, ".data_type"), "must be DATA_TYPE_FLOAT64");
  }
  if (tensor.shape(0) != rows) {
    return InvalidField(field, absl::StrCat("has ", tensor.shape(0), " elements, but batch.points has ", rows,
                                            " rows: give one for each row"));
  }
  return absl::OkStatus();
}

// The elements of a checked FLOAT64 tensor.
std::vector<double> Doubles(const v1::Tensor& tensor) {
  std::vector<double> values(tensor.data().size() / sizeof(double));
  std::memcpy(values.data(), tensor.data().data(), tensor.data().size());
  return values;
}

Array ToArray(const v1::Tensor& tensor) {
  Array array;
  array.type = tensor.data_type() == v1::DATA_TYPE_FLOAT32 ? Array::Type::kFloat32 : Array::Type::kFloat64;
  array.shape.assign(tensor.shape().begin(), tensor.shape().end());
  array.bytes = tensor.data();
  return array;
}

v1::Tensor FromArray(const Array& array) {
  v1::Tensor tensor;
  tensor.set_data_type(array.type == Array::Type::kFloat32 ? v1::DATA_TYPE_FLOAT32 : v1::DATA_TYPE_FLOAT64);
  for (const int64_t length : array.shape) tensor.add_shape(length);
  tensor.set_data(array.bytes);
  return tensor;
}

}  // namespace

absl::Status CheckBatch(const v1::SnapshotBatch& batch) {
  if (batch.number() < 1) {
    return InvalidField("batch.number", absl::StrCat("must be at least 1, is ", batch.number(),
                                                     ": number a dataset's batches 1, 2, 3, ..."));
  }
  if (batch.row_ids_size() > 0) return NotSupported("batch.row_ids", "is not supported yet: leave it empty");
  if (batch.has_velocities()) return NotSupported("batch.velocities", "is not supported yet: leave it unset");
  if (!batch.condition().empty()) return NotSupported("batch.condition", "is not supported yet: leave it empty");
  if (absl::Status status = CheckTensor(batch.points(), 2, "batch.points"); !status.ok()) return status;
  if (batch.points().shape(1) > kMaxComponents) {
    return InvalidField("batch.points", absl::StrCat("has ", batch.points().shape(1),
                                                     " components; a point may have at most ", kMaxComponents));
  }
  const int64_t rows = batch.points().shape(0);
  switch (batch.observed_case()) {
    case v1::SnapshotBatch::kTime:
      if (!std::isfinite(batch.time())) return InvalidField("batch.time", "must be finite");
      break;
    case v1::SnapshotBatch::kTimes:
      if (absl::Status status = CheckRowVector(batch.times(), rows, "batch.times"); !status.ok()) return status;
      break;
    case v1::SnapshotBatch::OBSERVED_NOT_SET:
      return InvalidField(
          "batch.time",
          "is required: set the time at which the points were observed, or batch.times with one for each "
          "row");
  }
  if (batch.has_weights()) {
    if (absl::Status status = CheckRowVector(batch.weights(), rows, "batch.weights"); !status.ok()) return status;
    const std::vector<double> weights = Doubles(batch.weights());
    for (size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] < 0) {
        return InvalidField(absl::StrCat("batch.weights[", i, "]"),
                            absl::StrCat("must be at least 0, is ", weights[i]));
      }
    }
  }
  return absl::OkStatus();
}

int64_t RowCount(const v1::SnapshotBatch& batch) { return batch.points().shape(0); }
int64_t Dimension(const v1::SnapshotBatch& batch) { return batch.points().shape(1); }

std::vector<double> RowTimes(const v1::SnapshotBatch& batch) {
  if (batch.has_times()) return Doubles(batch.times());
  return std::vector<double>(RowCount(batch), batch.time());
}

std::vector<double> RowWeights(const v1::SnapshotBatch& batch) {
  if (batch.has_weights()) return Doubles(batch.weights());
  return std::vector<double>(RowCount(batch), 1.0);
}

std::string SerializeBatch(const v1::SnapshotBatch& batch) {
  TensorFile file;
  file.kind = "batch";
  file.metadata["number"] = absl::StrCat(batch.number());
  file.arrays["points"] = ToArray(batch.points());
  if (batch.has_times()) {
    file.arrays["times"] = ToArray(batch.times());
  } else {
    file.arrays["time"] = Array::Of(std::vector<double>{batch.time()}, {1});
  }
  if (batch.has_weights()) file.arrays["weights"] = ToArray(batch.weights());
  return SerializeTensorFile(file);
}

absl::StatusOr<v1::SnapshotBatch> ParseBatch(absl::string_view bytes) {
  absl::StatusOr<TensorFile> file = ParseTensorFile(bytes, "batch");
  if (!file.ok()) return file.status();
  v1::SnapshotBatch batch;
  int64_t number = 0;
  if (const auto it = file->metadata.find("number");
      it == file->metadata.end() || !absl::SimpleAtoi(it->second, &number)) {
    return absl::InvalidArgumentError("the file's metadata has no batch number");
  }
  batch.set_number(number);
  for (const auto& [name, array] : file->arrays) {
    if (name == "points") *batch.mutable_points() = FromArray(array);
    if (name == "time") batch.set_time(array.Doubles().at(0));
    if (name == "times") *batch.mutable_times() = FromArray(array);
    if (name == "weights") *batch.mutable_weights() = FromArray(array);
  }
  if (absl::Status status = CheckBatch(batch); !status.ok()) return status;
  return batch;
}

std::string ContentBytes(const v1::SnapshotBatch& batch) {
  const std::vector<double> times = RowTimes(batch);
  const std::vector<double> weights = RowWeights(batch);
  const std::string& points = batch.points().data();
  const size_t stride = points.size() / times.size();
  std::string bytes;
  bytes.reserve(times.size() * (2 * sizeof(double) + stride));
  for (size_t i = 0; i < times.size(); ++i) {
    bytes.append(reinterpret_cast<const char*>(&times[i]), sizeof(double));
    bytes.append(reinterpret_cast<const char*>(&weights[i]), sizeof(double));
    bytes.append(points, i * stride, stride);
  }
  return bytes;
}

std::string BatchHash(const v1::SnapshotBatch& batch) {
  return Sha256Hex(absl::StrCat(batch.number(), " ", static_cast<int>(batch.points().data_type()), " ",
                                Dimension(batch), "\n", ContentBytes(batch)));
}

void AddTo(SnapshotsBuilder& builder, const v1::SnapshotBatch& batch) {
  Points points;
  points.dimension = Dimension(batch);
  points.values = ToArray(batch.points()).Doubles();
  builder.Add(RowTimes(batch), batch.has_weights() ? RowWeights(batch) : std::vector<double>(), points);
}

}  // namespace actionmatch
