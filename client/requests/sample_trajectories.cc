#include "client/requests/sample_trajectories.h"

#include <algorithm>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/files/number_text.h"
#include "client/requests/remote_datasets.h"
#include "client/requests/row_pieces.h"
#include "client/requests/trajectory_blocks.h"
#include "client/terminal/error_text.h"

namespace actionmatch {
namespace {

using Service = v1::TrajectoryService::Stub;

constexpr int64_t kRequestBytes = 8 << 20;

SampledTrajectories RoomFor(const v1::SampleTrajectoriesRequest& request, int64_t count, int64_t dimension,
                            bool single) {
  SampledTrajectories sampled;
  sampled.times.assign(request.times().begin(), request.times().end());
  sampled.count = count;
  sampled.dimension = dimension;
  sampled.single = single;
  sampled.points.resize(sampled.times.size() * count * dimension);
  sampled.log_weights.resize(sampled.times.size() * count);
  return sampled;
}

// Makes one call, for `rows` points from point `first` on.
absl::Status Receive(Client& client, const v1::SampleTrajectoriesRequest& request, int64_t first, int64_t rows,
                     SampledTrajectories* sampled) {
  int64_t received = 0;
  const std::function<absl::Status(const v1::SampleTrajectoriesResponse&)> take =
      [&](const v1::SampleTrajectoriesResponse& block) {
        received += block.points().shape(0);
        return PutBlock(block, first, sampled);
      };
  absl::Status status = client.Stream(client.trajectories(), &Service::SampleTrajectories, request, take);
  if (!status.ok()) return status;
  // A dataset may have been replaced by another since its points were counted.
  const int64_t expected = rows * request.times_size();
  if (received == expected) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat("the server sent ", received, " positions instead of ", expected, ": try again"));
}

// The dataset's rows at one time.
absl::StatusOr<PointTable> ReadPointsAt(Client& client, const v1::Dataset& dataset, double time) {
  const absl::StatusOr<SnapshotTable> rows = ReadRows(client, dataset);
  if (!rows.ok()) return rows.status();
  PointTable points = rows->points;
  points.values.clear();
  for (int64_t row = 0; row < rows->points.count(); ++row) {
    if (rows->times[row] != time) continue;
    const auto begin = rows->points.values.begin() + row * points.dimension;
    points.values.insert(points.values.end(), begin, begin + points.dimension);
  }
  return points;
}

}  // namespace

absl::StatusOr<SampledTrajectories> SampleFrom(Client& client, v1::SampleTrajectoriesRequest request,
                                               const PointTable& start, double start_time) {
  SampledTrajectories sampled = RoomFor(request, start.count(), start.dimension, start.single);
  request.set_start_time(start_time);
  const auto send = [&](int64_t first, int64_t rows) {
    request.set_first_row(first);
    *request.mutable_points() = PieceOf(start, first, rows);
    return Receive(client, request, first, rows, &sampled);
  };
  absl::Status status;
  if (request.resample_below() > 0) {
    status = send(0, start.count());
    if (IsTooLarge(status)) {
      status = WithMore(
          status,
          ": --resample-below needs all points in one message: start from fewer points or from a --dataset, or raise "
          "the server's --max-message-bytes");
    }
  } else {
    status = SendInPieces(start.count(), std::max<int64_t>(1, kRequestBytes / (start.dimension * 8)), send);
  }
  if (!status.ok()) return status;
  return sampled;
}

absl::StatusOr<SampledTrajectories> SampleFrom(Client& client, v1::SampleTrajectoriesRequest request,
                                               const v1::Dataset& dataset, double time) {
  const auto found = std::find_if(dataset.snapshots().begin(), dataset.snapshots().end(),
                                  [&](const v1::SnapshotSummary& snapshot) { return snapshot.time() == time; });
  if (found == dataset.snapshots().end()) {
    std::string known;
    for (const v1::SnapshotSummary& snapshot : dataset.snapshots()) {
      absl::StrAppend(&known, known.empty() ? "" : ", ", ExactNumber(snapshot.time()));
    }
    return absl::InvalidArgumentError(absl::StrCat("--at ", ExactNumber(time), ": ", dataset.name(),
                                                   " has no points at that time; its times are ", known));
  }
  SampledTrajectories sampled =
      RoomFor(request, found->count(), dataset.dimension(), dataset.data_type() == v1::DATA_TYPE_FLOAT32);
  request.mutable_dataset()->set_dataset(dataset.name());
  request.mutable_dataset()->set_time(time);
  absl::Status status = Receive(client, request, 0, sampled.count, &sampled);
  if (status.ok()) return sampled;
  if (!IsTooLarge(status) || request.resample_below() > 0) return status;
  // Too many points for one call, but pieces of them pass.
  const absl::StatusOr<PointTable> points = ReadPointsAt(client, dataset, time);
  if (!points.ok()) return points.status();
  return SampleFrom(client, request, *points, time);
}

}  // namespace actionmatch
