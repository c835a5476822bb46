#include "server/services/trajectory_service.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/trajectory/integrate.h"
#include "core/trajectory/resample.h"
#include "server/messages/ensemble_member.h"
#include "server/messages/error_reasons.h"
#include "server/messages/names.h"
#include "server/messages/solver.h"
#include "server/messages/tensor.h"
#include "server/messages/violations.h"
#include "server/services/field_points.h"

namespace actionmatch {
namespace {

constexpr int64_t kBlockBytes = 1 << 20;
constexpr int64_t kMaxBytes = int64_t{1} << 30;

// Points at one time, and the data type of the answer.
struct Start {
  Points points;
  double time = 0;
  v1::DataType type = v1::DATA_TYPE_FLOAT64;
};

// The points that a dataset has at one of its times.
absl::StatusOr<Start> FromDataset(const Call& call, Store& store, const v1::DatasetStart& asked,
                                  const v1::Field& field) {
  if (absl::Status status = CheckName(asked.dataset(), "datasets", "dataset.dataset"); !status.ok()) return status;
  absl::StatusOr<v1::Dataset> dataset = store.GetDataset(asked.dataset());
  if (!dataset.ok()) return dataset.status();
  std::string times;
  bool known = false;
  for (const v1::SnapshotSummary& summary : dataset->snapshots()) {
    known = known || summary.time() == asked.time();
    if (times.size() < 200) absl::StrAppend(&times, times.empty() ? "" : ", ", summary.time());
  }
  if (!known) {
    return ErrorOf(v1::ERROR_REASON_NO_SUCH_TIME, {{"dataset", asked.dataset()}, {"time", absl::StrCat(asked.time())}},
                   absl::StrCat("dataset.time is ", asked.time(), ", which is no time of ", asked.dataset(),
                                "; its times are ", times, (dataset->snapshots_size() > 20 ? ", ..." : "")));
  }
  if (absl::Status status = CheckFieldPoints(field, *dataset); !status.ok()) return status;
  absl::StatusOr<Snapshots> snapshots =
      store.LoadSnapshots(*dataset, dataset->last_batch(), [&call] { return call.Check(); });
  if (!snapshots.ok()) return snapshots.status();
  for (Snapshot& snapshot : snapshots->at) {
    if (snapshot.time == asked.time()) return Start{std::move(snapshot.points), asked.time(), dataset->data_type()};
  }
  return absl::InternalError(absl::StrCat(asked.dataset(), " has no rows at time ", asked.time()));
}

absl::StatusOr<Start> StartOf(const Call& call, Store& store, const v1::SampleTrajectoriesRequest& request,
                              const v1::Field& field) {
  switch (request.start_case()) {
    case v1::SampleTrajectoriesRequest::kPoints: {
      absl::StatusOr<Points> points = ToPoints(request.points(), field.dimension(), "points");
      if (!points.ok()) return points.status();
      return Start{*std::move(points), request.has_start_time() ? request.start_time() : field.start_time(),
                   request.points().data_type()};
    }
    case v1::SampleTrajectoriesRequest::kDataset:
      if (request.has_start_time()) {
        return InvalidField("start_time", "goes with points: with dataset, set dataset.time");
      }
      return FromDataset(call, store, request.dataset(), field);
    case v1::SampleTrajectoriesRequest::START_NOT_SET:
      break;
  }
  return InvalidField("points", "or dataset is required: where the trajectories start");
}

// Cuts a trajectory into the stream's messages.
class FrameBlocks {
 public:
  FrameBlocks(Trajectory trajectory, v1::DataType type) : trajectory_(std::move(trajectory)), type_(type) {
    const int64_t row_bytes =
        trajectory_.points.front().dimension * ElementSize(type_) + static_cast<int64_t>(sizeof(double));
    rows_at_once_ = std::max<int64_t>(1, kBlockBytes / row_bytes);
  }

  Produced Next(v1::SampleTrajectoriesResponse* response) {
    if (frame_ == trajectory_.times.size()) return Produced::kEnd;
    const Points& points = trajectory_.points[frame_];
    const int64_t rows = std::min(rows_at_once_, points.count() - row_);
    response->set_frame(static_cast<int32_t>(frame_));
    response->set_time(trajectory_.times[frame_]);
    response->set_first_row(row_);
    *response->mutable_points() =
        ToTensor(absl::MakeConstSpan(points.values).subspan(row_ * points.dimension, rows * points.dimension),
                 {rows, points.dimension}, type_);
    *response->mutable_log_weights() = ToTensor(
        absl::MakeConstSpan(trajectory_.log_weights[frame_]).subspan(row_, rows), {rows}, v1::DATA_TYPE_FLOAT64);
    response->set_effective_sample_size(EffectiveSampleSize(trajectory_.log_weights[frame_]));
    row_ += rows;
    if (row_ == points.count()) {
      row_ = 0;
      ++frame_;
    }
    return Produced::kMessage;
  }

 private:
  const Trajectory trajectory_;
  const v1::DataType type_;
  int64_t rows_at_once_ = 1;
  size_t frame_ = 0;
  int64_t row_ = 0;
};

absl::StatusOr<std::shared_ptr<FrameBlocks>> Sample(const Call& call, Store& store, FieldCache& fields,
                                                    TrainingSpec::Device device,
                                                    const v1::SampleTrajectoriesRequest& request) {
  if (absl::Status status = CheckName(request.field(), "fields", "field"); !status.ok()) return status;
  if (!(request.resample_below() >= 0 && request.resample_below() <= 1)) {
    return InvalidField("resample_below", absl::StrCat("must be 0 to 1, is ", request.resample_below()));
  }
  if (request.first_row() < 0) {
    return InvalidField("first_row", absl::StrCat("must be at least 0, is ", request.first_row()));
  }
  if (request.times().empty()) return InvalidField("times", "is required: at least one");
  for (int i = 0; i < request.times_size(); ++i) {
    if (!std::isfinite(request.times(i))) return InvalidField(absl::StrCat("times[", i, "]"), "must be finite");
  }
  if (request.has_start_time() && !std::isfinite(request.start_time())) {
    return InvalidField("start_time", "must be finite");
  }
  absl::StatusOr<LoadedField> loaded = fields.Load(request.field());
  if (!loaded.ok()) return loaded.status();
  const Field& field = *loaded->field;
  absl::StatusOr<SampleOptions> options = ToOptions(request.solver(), field.dynamics());
  if (!options.ok()) return options.status();
  absl::StatusOr<Start> start = StartOf(call, store, request, loaded->row);
  if (!start.ok()) return start.status();
  const double bytes = static_cast<double>(request.times_size()) * static_cast<double>(start->points.count()) *
                       static_cast<double>(field.dimension() + 1) * sizeof(double);
  if (bytes > static_cast<double>(kMaxBytes)) {
    return ErrorOf(v1::ERROR_REASON_ANSWER_TOO_LARGE,
                   {{"bytes", absl::StrCat(bytes)}, {"limit", absl::StrCat(kMaxBytes)}},
                   absl::StrCat("times x points x components would take ", bytes, " bytes, the limit is ", kMaxBytes,
                                ": ask for fewer times or points at once"));
  }
  options->extrapolate = request.extrapolate();
  options->seed = request.seed();
  options->first_row = request.first_row();
  options->resample_below = request.resample_below();
  const absl::StatusOr<int> member = MemberOf(request, field);
  if (!member.ok()) return member.status();
  options->member = *member;
  options->device = device;
  options->threads = call.runtime().compute.FairThreads();
  options->before_step = [&call] { return call.Check(); };
  const std::vector<double> times(request.times().begin(), request.times().end());
  absl::StatusOr<Trajectory> trajectory = Sample(field, start->points, start->time, times, *options);
  if (!trajectory.ok()) return trajectory.status();
  return std::make_shared<FrameBlocks>(*std::move(trajectory), start->type);
}

}  // namespace

grpc::ServerWriteReactor<v1::SampleTrajectoriesResponse>* TrajectoryServiceImpl::SampleTrajectories(
    grpc::CallbackServerContext* context, const v1::SampleTrajectoriesRequest* request) {
  const auto open = [this, request](const Call& call) -> absl::StatusOr<Producer<v1::SampleTrajectoriesResponse>> {
    absl::StatusOr<std::shared_ptr<FrameBlocks>> blocks = Sample(call, store_, fields_, device_, *request);
    if (!blocks.ok()) return blocks.status();
    return [blocks = *blocks](v1::SampleTrajectoriesResponse* response) -> absl::StatusOr<Produced> {
      return blocks->Next(response);
    };
  };
  return new StreamReactor<v1::SampleTrajectoriesResponse>(runtime_, context, "TrajectoryService/SampleTrajectories",
                                                           runtime_.compute, open);
}

}  // namespace actionmatch
