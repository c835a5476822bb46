// StoredRows: the rows of a dataset that is too large for memory, read from its files when they are wanted.
//
// A file is a tensor file of kind "batch": "points" [n, D] float32 or float64; "time" [1] of all its rows, or "times"
// [n]; and "weights" [n], without which each weight is 1.
//
// Files are read into buffers, not mapped: then only what was asked for is resident, and a disk that fails is an error,
// not a signal. Memory holds only the index: a few words for each file and time. A file of many times is read as a
// whole range for the few rows of one time in it, so batches of one time each are read fastest.

#ifndef ACTIONMATCH_CORE_SNAPSHOTS_STORED_ROWS_H_
#define ACTIONMATCH_CORE_SNAPSHOTS_STORED_ROWS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/snapshots/snapshots.h"
#include "core/storage/tensor_file.h"

namespace actionmatch {

// Thread-safe after Open; every reading call blocks on disk. Errors name the file: DATA_LOSS if it is damaged,
// NOT_FOUND if it is gone.
class StoredRows {
 public:
  // Opens files in dataset order; their rows are numbered from 0 on. Reads their headers and times.
  static absl::StatusOr<StoredRows> Open(const std::vector<std::string>& paths);

  const DatasetShape& shape() const { return shape_; }
  int64_t bytes_per_row() const { return bytes_per_row_; }  // of points, as stored

  // Visits every row in dataset order, file by file, without its point: times[i] is the time of row first + i.
  absl::Status ForEachTimes(const std::function<void(int64_t first, const std::vector<double>& times)>& visit) const;

  // One whole file. weights: [n].
  struct Rows {
    int64_t first = 0;  // row number
    std::vector<double> times;
    std::vector<double> weights;
    Points points;
  };
  // Visits every row in dataset order, file by file, and checks the checksums. An error of `visit` ends the work and is
  // returned.
  absl::Status ForEachFile(const std::function<absl::Status(const Rows& rows, double fraction)>& visit) const;

  // Appends the rows of time k (of the shape) from the begin-th to before the end-th, in dataset order, if keep(row
  // number) is true.
  absl::Status Append(size_t k, int64_t begin, int64_t end, const std::function<bool(int64_t row)>& keep,
                      Snapshot* snapshot) const;

 private:
  struct File {
    std::string path;
    int64_t first = 0;  // row number
    int64_t rows = 0;
    TensorIndex::Place points;
    int64_t times_offset = -1;  // -1: all rows have `time`
    double time = 0;
    int64_t weights_offset = -1;  // -1: all weights are 1
    int64_t data_offset = 0;
    std::string sha256;
  };
  // The rows of one time in one file.
  struct Run {
    size_t file = 0;
    int64_t before = 0;  // rows of this time in earlier files
    int64_t count = 0;
  };

  static absl::StatusOr<File> OpenFile(const std::string& path);
  absl::Status ReadTimes(const File& file, std::vector<double>* times) const;
  absl::Status AppendRun(const Run& run, double time, int64_t begin, int64_t end,
                         const std::function<bool(int64_t row)>& keep, Snapshot* snapshot) const;

  DatasetShape shape_;
  int64_t bytes_per_row_ = 0;
  std::vector<File> files_;
  std::vector<std::vector<Run>> runs_;  // [times]
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SNAPSHOTS_STORED_ROWS_H_
