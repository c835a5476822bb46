// Snapshots written as a dataset's files, cut in different ways, and removed in the end.

#ifndef ACTIONMATCH_TESTS_CORE_SUPPORT_STORED_FILES_H_
#define ACTIONMATCH_TESTS_CORE_SUPPORT_STORED_FILES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/simulation/simulate.h"
#include "core/snapshots/snapshots.h"
#include "core/snapshots/stored_rows.h"
#include "core/storage/files.h"
#include "core/storage/tensor_file.h"

namespace actionmatch {

// Three snapshots of this many points.
inline Snapshots ThreeGaussians(int64_t points) {
  Gaussians population;
  population.snapshots = 3;
  population.points = static_cast<int>(points);
  return *Simulate(population, 1);
}

class StoredFiles {
 public:
  enum class Layout { kTimeByTime, kInterleaved };

  // Rows time by time, or of all times in turn, in files of at most `rows_in_file`; numbered anew in that order. With
  // `weighted`, row i weighs 1 + i % 3.
  StoredFiles(const Snapshots& snapshots, int64_t rows_in_file, Layout layout = Layout::kTimeByTime,
              bool weighted = false, bool float32 = false)
      : builder_(snapshots.dimension) {
    std::string pattern = ::testing::TempDir() + "stored_files.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    int64_t longest = 0;
    for (const Snapshot& s : snapshots.at) longest = std::max(longest, s.points.count());
    Piece piece;
    const auto add = [&](const Snapshot& s, int64_t i) {
      if (layout == Layout::kTimeByTime && !piece.times.empty() && piece.times.back() != s.time) Flush(&piece, false);
      piece.times.push_back(s.time);
      piece.weights.push_back(weighted ? 1.0 + static_cast<double>(row_ % 3) : 1.0);
      for (double x : s.points.row(i)) piece.values.push_back(float32 ? static_cast<float>(x) : x);
      ++row_;
      if (static_cast<int64_t>(piece.times.size()) == rows_in_file) Flush(&piece, layout == Layout::kInterleaved);
    };
    piece.dimension = snapshots.dimension;
    piece.weighted = weighted;
    piece.float32 = float32;
    if (layout == Layout::kTimeByTime) {
      for (const Snapshot& s : snapshots.at) {
        for (int64_t i = 0; i < s.points.count(); ++i) add(s, i);
      }
    } else {
      for (int64_t i = 0; i < longest; ++i) {
        for (const Snapshot& s : snapshots.at) {
          if (i < s.points.count()) add(s, i);
        }
      }
    }
    Flush(&piece, layout == Layout::kInterleaved);
    in_memory_ = std::move(builder_).Build();
  }
  ~StoredFiles() { std::filesystem::remove_all(folder_); }
  StoredFiles(const StoredFiles&) = delete;
  StoredFiles& operator=(const StoredFiles&) = delete;

  const std::vector<std::string>& paths() const { return paths_; }
  // The same rows as a dataset in memory has them.
  const Snapshots& in_memory() const { return in_memory_; }
  std::shared_ptr<const StoredRows> Open() const {
    absl::StatusOr<StoredRows> rows = StoredRows::Open(paths_);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return std::make_shared<StoredRows>(*std::move(rows));
  }

 private:
  struct Piece {
    int64_t dimension = 0;
    bool weighted = false;
    bool float32 = false;
    std::vector<double> times, weights, values;
  };

  void Flush(Piece* piece, bool many_times) {
    const auto rows = static_cast<int64_t>(piece->times.size());
    if (rows == 0) return;
    TensorFile file;
    file.kind = "batch";
    const std::vector<float> narrow(piece->values.begin(), piece->values.end());
    file.arrays["points"] = piece->float32 ? Array::Of(absl::MakeConstSpan(narrow), {rows, piece->dimension})
                                           : Array::Of(absl::MakeConstSpan(piece->values), {rows, piece->dimension});
    if (many_times) {
      file.arrays["times"] = Array::Of(absl::MakeConstSpan(piece->times), {rows});
    } else {
      file.arrays["time"] = Array::Of(absl::MakeConstSpan(piece->times.data(), 1), {1});
    }
    if (piece->weighted) file.arrays["weights"] = Array::Of(absl::MakeConstSpan(piece->weights), {rows});
    paths_.push_back(absl::StrCat(folder_, "/", paths_.size()));
    EXPECT_TRUE(WriteFileUnsynced(paths_.back(), SerializeTensorFile(file)).ok());
    builder_.Add(piece->times, piece->weights, Points{piece->dimension, piece->values});
    piece->times.clear();
    piece->weights.clear();
    piece->values.clear();
  }

  std::string folder_;
  std::vector<std::string> paths_;
  SnapshotsBuilder builder_;
  Snapshots in_memory_;
  int64_t row_ = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_SUPPORT_STORED_FILES_H_
