#include "core/snapshots/stored_rows.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/storage/files.h"

namespace actionmatch {
namespace {

constexpr int64_t kDouble = sizeof(double);

// Converts stored numbers to doubles.
template <typename T>
void Convert(const char* bytes, int64_t count, double* out) {
  for (int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    out[i] = value;
  }
}

void Convert(Array::Type type, const char* bytes, int64_t count, double* out) {
  if (type == Array::Type::kFloat32) return Convert<float>(bytes, count, out);
  Convert<double>(bytes, count, out);
}

absl::Status ReadDoubles(const std::string& path, int64_t offset, int64_t count, std::vector<double>* out) {
  out->resize(static_cast<size_t>(count));
  return ReadFilePart(path, offset, {reinterpret_cast<char*>(out->data()), static_cast<size_t>(count * kDouble)});
}

absl::Status Named(const std::string& path, const absl::Status& status) {
  return {status.code(), absl::StrCat(path, ": ", status.message())};
}

bool IsVector(const TensorIndex::Place& place, int64_t rows) {
  return place.type == Array::Type::kFloat64 && place.shape == std::vector<int64_t>{rows};
}

}  // namespace

absl::StatusOr<StoredRows::File> StoredRows::OpenFile(const std::string& path) {
  const absl::StatusOr<TensorIndex> index = IndexTensorFile(path, "batch");
  if (!index.ok()) return Named(path, index.status());
  File file;
  file.path = path;
  file.data_offset = index->data_offset;
  file.sha256 = index->data_sha256;
  const auto find = [&](const char* name) {
    const auto found = index->arrays.find(name);
    return found == index->arrays.end() ? nullptr : &found->second;
  };
  const TensorIndex::Place* points = find("points");
  const TensorIndex::Place* time = find("time");
  const TensorIndex::Place* times = find("times");
  const TensorIndex::Place* weights = find("weights");
  const bool numbers = points != nullptr && points->shape.size() == 2 &&
                       (points->type == Array::Type::kFloat32 || points->type == Array::Type::kFloat64);
  if (!numbers || (time == nullptr) == (times == nullptr) || (time != nullptr && !IsVector(*time, 1)) ||
      (times != nullptr && !IsVector(*times, points->shape[0])) ||
      (weights != nullptr && !IsVector(*weights, points->shape[0]))) {
    return absl::DataLossError(absl::StrCat(path, " does not hold points, times and weights that fit together"));
  }
  file.points = *points;
  file.rows = points->shape[0];
  if (weights != nullptr) file.weights_offset = weights->offset;
  if (times != nullptr) {
    file.times_offset = times->offset;
    return file;
  }
  std::vector<double> one;
  if (absl::Status status = ReadDoubles(path, time->offset, 1, &one); !status.ok()) return status;
  file.time = one[0] + 0.0;  // -0 is 0
  return file;
}

absl::StatusOr<StoredRows> StoredRows::Open(const std::vector<std::string>& paths) {
  StoredRows rows;
  int64_t first = 0;
  for (const std::string& path : paths) {
    absl::StatusOr<File> file = OpenFile(path);
    if (!file.ok()) return file.status();
    file->first = first;
    first += file->rows;
    const int64_t dimension = file->points.shape[1];
    if (!rows.files_.empty() && dimension != rows.shape_.dimension) {
      return absl::DataLossError(
          absl::StrCat(path, " has points of ", dimension, " components, the files before of ", rows.shape_.dimension));
    }
    rows.shape_.dimension = dimension;
    if (file->rows > 0) rows.bytes_per_row_ = std::max(rows.bytes_per_row_, file->points.bytes / file->rows);
    rows.files_.push_back(*std::move(file));
  }
  std::map<double, std::vector<Run>> runs;
  size_t f = 0;
  absl::Status status = rows.ForEachTimes([&](int64_t, const std::vector<double>& times) {
    for (size_t i = 0; i < times.size();) {
      std::vector<Run>& of_time = runs[times[i]];
      if (of_time.empty() || of_time.back().file != f) {
        of_time.push_back({f, of_time.empty() ? 0 : of_time.back().before + of_time.back().count, 0});
      }
      size_t next = i;
      while (next < times.size() && times[next] == times[i]) ++next;
      of_time.back().count += static_cast<int64_t>(next - i);
      i = next;
    }
    ++f;
  });
  if (!status.ok()) return status;
  for (auto& [time, of_time] : runs) {
    rows.shape_.times.push_back(time);
    rows.shape_.counts.push_back(of_time.back().before + of_time.back().count);
    rows.runs_.push_back(std::move(of_time));
  }
  return rows;
}

absl::Status StoredRows::ReadTimes(const File& file, std::vector<double>* times) const {
  if (file.times_offset < 0) {
    times->assign(static_cast<size_t>(file.rows), file.time);
    return absl::OkStatus();
  }
  absl::Status status = ReadDoubles(file.path, file.times_offset, file.rows, times);
  for (double& time : *times) time += 0.0;  // -0 is 0
  return status;
}

absl::Status StoredRows::ForEachTimes(
    const std::function<void(int64_t first, const std::vector<double>& times)>& visit) const {
  std::vector<double> times;
  for (const File& file : files_) {
    if (absl::Status status = ReadTimes(file, &times); !status.ok()) return status;
    visit(file.first, times);
  }
  return absl::OkStatus();
}

absl::Status StoredRows::ForEachFile(
    const std::function<absl::Status(const Rows& rows, double fraction)>& visit) const {
  Rows rows;
  for (size_t f = 0; f < files_.size(); ++f) {
    const File& file = files_[f];
    const absl::StatusOr<std::string> bytes = ReadWholeFile(file.path);
    if (!bytes.ok()) return bytes.status();
    if (static_cast<int64_t>(bytes->size()) < file.data_offset ||
        Sha256Hex(absl::string_view(*bytes).substr(file.data_offset)) != file.sha256) {
      return absl::DataLossError(absl::StrCat(file.path, " is damaged (checksum of the data); restore it from a copy"));
    }
    rows.first = file.first;
    if (absl::Status status = ReadTimes(file, &rows.times); !status.ok()) return status;
    rows.weights.assign(static_cast<size_t>(file.rows), 1.0);
    if (file.weights_offset >= 0) {
      std::memcpy(rows.weights.data(), bytes->data() + file.weights_offset, file.rows * sizeof(double));
    }
    rows.points.dimension = shape_.dimension;
    rows.points.values.resize(static_cast<size_t>(file.rows * shape_.dimension));
    Convert(file.points.type, bytes->data() + file.points.offset, file.rows * shape_.dimension,
            rows.points.values.data());
    absl::Status status = visit(rows, static_cast<double>(f + 1) / static_cast<double>(files_.size()));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status StoredRows::Append(size_t k, int64_t begin, int64_t end, const std::function<bool(int64_t row)>& keep,
                                Snapshot* snapshot) const {
  const std::vector<Run>& runs = runs_[k];
  auto run = std::upper_bound(runs.begin(), runs.end(), begin, [](int64_t b, const Run& r) { return b < r.before; });
  for (--run; run != runs.end() && run->before < end; ++run) {
    const int64_t from = std::max<int64_t>(0, begin - run->before);
    const int64_t to = std::min(run->count, end - run->before);
    if (absl::Status status = AppendRun(*run, shape_.times[k], from, to, keep, snapshot); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status StoredRows::AppendRun(const Run& run, double time, int64_t begin, int64_t end,
                                   const std::function<bool(int64_t row)>& keep, Snapshot* snapshot) const {
  const File& file = files_[run.file];
  std::vector<int64_t> kept;  // places in the file
  int64_t first = begin;
  int64_t last = end;  // the range that is read
  if (file.times_offset >= 0) {
    std::vector<double> times;
    if (absl::Status status = ReadTimes(file, &times); !status.ok()) return status;
    int64_t ordinal = 0;
    for (int64_t i = 0; i < file.rows && ordinal < end; ++i) {
      if (times[i] != time) continue;
      if (ordinal == begin) first = i;
      if (ordinal >= begin && keep(file.first + i)) kept.push_back(i);
      last = i + 1;
      ++ordinal;
    }
  } else {
    for (int64_t i = begin; i < end; ++i) {
      if (keep(file.first + i)) kept.push_back(i);
    }
  }
  if (kept.empty()) return absl::OkStatus();
  const int64_t stride = file.points.bytes / file.rows;
  std::vector<char> bytes(static_cast<size_t>((last - first) * stride));
  absl::Status status = ReadFilePart(file.path, file.points.offset + first * stride, absl::MakeSpan(bytes));
  if (!status.ok()) return status;
  std::vector<double> weights(static_cast<size_t>(last - first), 1.0);
  if (file.weights_offset >= 0) {
    status = ReadDoubles(file.path, file.weights_offset + first * kDouble, last - first, &weights);
    if (!status.ok()) return status;
  }
  std::vector<double>& values = snapshot->points.values;
  for (int64_t i : kept) {
    const size_t filled = values.size();
    values.resize(filled + static_cast<size_t>(shape_.dimension));
    Convert(file.points.type, bytes.data() + (i - first) * stride, shape_.dimension, values.data() + filled);
    snapshot->weights.push_back(weights[i - first]);
    snapshot->rows.push_back(file.first + i);
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
