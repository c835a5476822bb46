// actionmatch trajectory ...

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/array_file.h"
#include "client/commands.h"
#include "client/output.h"
#include "client/plot.h"
#include "client/point_files.h"
#include "client/projection.h"
#include "client/tensor_values.h"
#include "client/trajectory_files.h"

namespace actionmatch {
namespace {

using Service = v1::TrajectoryService::Stub;

constexpr int64_t kRequestBytes = 8 << 20;
constexpr int64_t kPlotLines = 300;
constexpr int64_t kPlotDots = 1500;  // of each snapshot
constexpr int kPlotFrames = 60;

// At most about `most` of the rows, evenly spread over them.
PointTable Thinned(const PointTable& points, int64_t most) {
  PointTable thin = points;
  thin.values.clear();
  const int64_t every = (points.count() + most - 1) / most;
  for (int64_t row = 0; row < points.count(); row += every) {
    const auto begin = points.values.begin() + row * points.dimension;
    thin.values.insert(thin.values.end(), begin, begin + points.dimension);
  }
  return thin;
}

// The rows of a dataset, by time.
absl::StatusOr<std::map<double, PointTable>> ReadDataset(Client& client, const std::string& name) {
  std::map<double, PointTable> at;
  v1::ReadSnapshotsRequest request;
  request.set_dataset(name);
  const std::function<absl::Status(const v1::ReadSnapshotsResponse&)> take =
      [&](const v1::ReadSnapshotsResponse& response) {
        const v1::SnapshotBatch& batch = response.batch();
        const int64_t dimension = batch.points().shape(1);
        const std::vector<double> values = Values(batch.points());
        const std::vector<double> times = batch.has_times() ? Values(batch.times()) : std::vector<double>();
        for (int64_t row = 0; row < batch.points().shape(0); ++row) {
          PointTable& points = at[times.empty() ? batch.time() : times[row]];
          points.dimension = dimension;
          points.single = batch.points().data_type() == v1::DATA_TYPE_FLOAT32;
          points.values.insert(points.values.end(), values.begin() + row * dimension,
                               values.begin() + (row + 1) * dimension);
        }
        return absl::OkStatus();
      };
  absl::Status status = client.Stream(client.datasets(), &v1::DatasetService::Stub::ReadSnapshots, request, take);
  if (!status.ok()) return status;
  return at;
}

// Samples in as many calls as the size of a message asks for; a point's trajectory does not depend on the others.
absl::StatusOr<SampledTrajectories> Sample(Client& client, v1::SampleTrajectoriesRequest request,
                                           const PointTable& start, double start_time) {
  SampledTrajectories sampled;
  sampled.times.assign(request.times().begin(), request.times().end());
  sampled.count = start.count();
  sampled.dimension = start.dimension;
  sampled.single = start.single;
  sampled.points.resize(sampled.times.size() * sampled.count * sampled.dimension);
  sampled.log_weights.resize(sampled.times.size() * sampled.count);
  request.set_start_time(start_time);
  const int64_t rows_at_once = std::max<int64_t>(1, kRequestBytes / (start.dimension * 8));
  for (int64_t first = 0; first < start.count(); first += rows_at_once) {
    const int64_t rows = std::min(rows_at_once, start.count() - first);
    request.set_first_row(first);
    *request.mutable_points() =
        MakeTensor(absl::MakeConstSpan(start.values).subspan(first * start.dimension, rows * start.dimension),
                   {rows, start.dimension}, start.single);
    const std::function<absl::Status(const v1::SampleTrajectoriesResponse&)> take =
        [&](const v1::SampleTrajectoriesResponse& block) { return PutBlock(block, first, &sampled); };
    absl::Status status = client.Stream(client.trajectories(), &Service::SampleTrajectories, request, take);
    if (!status.ok()) return status;
  }
  return sampled;
}

constexpr char kMethods[] = "euler, heun, rk4, dopri5, euler_maruyama, stochastic_heun";

absl::Status SetSolver(const Arguments& arguments, v1::Solver* solver) {
  const absl::StatusOr<std::optional<int64_t>> steps = arguments.Integer("--steps", 1, 1000000);
  if (!steps.ok()) return steps.status();
  const absl::StatusOr<std::optional<double>> tolerance = arguments.Number("--tolerance");
  if (!tolerance.ok()) return tolerance.status();
  if (steps->has_value() && tolerance->has_value()) return Misuse("--steps and --tolerance exclude each other");
  if (steps->has_value()) solver->set_steps(static_cast<int32_t>(**steps));
  if (tolerance->has_value()) solver->set_tolerance(**tolerance);
  if (!arguments.Has("--method")) return absl::OkStatus();
  v1::Solver::Method method;
  if (!v1::Solver::Method_Parse(absl::StrCat("METHOD_", absl::AsciiStrToUpper(arguments.Get("--method"))), &method)) {
    return Misuse(absl::StrCat("--method must be one of ", kMethods, ", is \"", arguments.Get("--method"), "\""));
  }
  solver->set_method(method);
  return absl::OkStatus();
}

// Draws some of the trajectories, at more times than were asked for, over the snapshots.
absl::Status Draw(Client& client, const v1::Field& field, v1::SampleTrajectoriesRequest request,
                  const PointTable& start, double start_time, const std::map<double, PointTable>& snapshots,
                  const std::string& path) {
  const PointTable some = Thinned(start, kPlotLines);
  const auto [first, last] = std::minmax_element(request.times().begin(), request.times().end());
  const double low = std::min(*first, start_time);
  const double high = std::max(*last, start_time);
  request.clear_times();
  for (int i = 0; i <= kPlotFrames; ++i)
    request.add_times(i == kPlotFrames ? high : low + (high - low) * i / kPlotFrames);
  absl::StatusOr<SampledTrajectories> sampled = Sample(client, request, some, start_time);
  if (!sampled.ok()) return sampled.status();

  const int64_t dimension = start.dimension;
  std::map<double, PointTable> shown;
  std::vector<double> all = sampled->points;
  for (const auto& [time, points] : snapshots) {
    if (points.dimension != dimension) continue;
    shown[time] = Thinned(points, kPlotDots);
    all.insert(all.end(), shown[time].values.begin(), shown[time].values.end());
  }
  const std::vector<std::string> names = AxisNames({field.axis_names().begin(), field.axis_names().end()}, dimension);
  const Projection projection = FitProjection(all, dimension, names);
  const auto project = [&](const std::vector<double>& values, int64_t row) {
    const absl::Span<const double> x = absl::MakeConstSpan(values).subspan(row * dimension, dimension);
    return PlotPoint{projection.First(x), projection.Second(x)};
  };
  Plot plot;
  plot.title = absl::StrCat(ShortName(field.name()), ": trajectories from t = ", ShortNumber(start_time));
  plot.x_label = projection.a_name;
  plot.y_label = projection.b_name;
  plot.time_unit = field.time_unit();
  for (const auto& [time, points] : shown) {
    PlotSnapshot& snapshot = plot.snapshots.emplace_back();
    snapshot.time = time;
    for (int64_t row = 0; row < points.count(); ++row) snapshot.points.push_back(project(points.values, row));
  }
  for (int64_t row = 0; row < sampled->count; ++row) {
    std::vector<PlotPoint>& line = plot.lines.emplace_back();
    for (size_t frame = 0; frame < sampled->times.size(); ++frame) {
      line.push_back(project(sampled->points, static_cast<int64_t>(frame) * sampled->count + row));
    }
  }
  return WriteFile(path, RenderSvg(plot));
}

absl::Status SampleCommand(const Session& session, const Arguments& arguments) {
  const bool from_dataset = arguments.Has("--dataset");
  if (from_dataset == arguments.Has("--points")) return Misuse("give either --points FILE or --dataset NAME --at T");
  if (from_dataset != arguments.Has("--at")) return Misuse("--dataset and --at go together");
  if (from_dataset && arguments.Has("--start-time")) return Misuse("--start-time goes with --points");
  const std::string out = arguments.Get("--out");
  if (!absl::EndsWith(out, ".npz") && !absl::EndsWith(out, ".csv")) {
    return Misuse(absl::StrCat("--out must end in .npz or .csv, is \"", out, "\""));
  }
  v1::SampleTrajectoriesRequest request;
  request.set_field(ResourceName("fields", arguments.Get("FIELD")));
  request.set_extrapolate(arguments.Has("--extrapolate"));
  const absl::StatusOr<std::vector<double>> times = arguments.Numbers("--times");
  if (!times.ok()) return times.status();
  request.mutable_times()->Assign(times->begin(), times->end());
  if (absl::Status status = SetSolver(arguments, request.mutable_solver()); !status.ok()) return status;
  const absl::StatusOr<uint64_t> seed = arguments.Seed();
  if (!seed.ok()) return seed.status();
  request.set_seed(*seed);
  const absl::StatusOr<std::optional<double>> resample = arguments.Number("--resample-below");
  if (!resample.ok()) return resample.status();
  request.set_resample_below(resample->value_or(0));
  const absl::StatusOr<std::optional<int64_t>> member = arguments.Integer("--member", 0, 31);
  if (!member.ok()) return member.status();
  if (member->has_value()) request.set_member(static_cast<int32_t>(**member));

  v1::GetFieldRequest get;
  get.set_name(request.field());
  absl::StatusOr<v1::Field> field =
      session.client.Call(session.client.fields(), &v1::FieldService::Stub::GetField, get);
  if (!field.ok()) return field.status();

  PointTable start;
  double start_time = field->start_time();
  std::map<double, PointTable> snapshots;
  if (from_dataset) {
    const std::string name = ResourceName("datasets", arguments.Get("--dataset"));
    absl::StatusOr<std::map<double, PointTable>> read = ReadDataset(session.client, name);
    if (!read.ok()) return read.status();
    snapshots = *std::move(read);
    const absl::StatusOr<std::optional<double>> at = arguments.Number("--at");
    if (!at.ok()) return at.status();
    start_time = **at;
    const auto found = snapshots.find(start_time);
    if (found == snapshots.end()) {
      std::string known;
      for (const auto& [time, points] : snapshots) absl::StrAppend(&known, known.empty() ? "" : ", ", time);
      return absl::InvalidArgumentError(
          absl::StrCat("--at ", start_time, ": ", name, " has no points at that time; its times are ", known));
    }
    start = found->second;
  } else {
    std::vector<std::string> keys;
    if (arguments.Has("--points-key")) keys = absl::StrSplit(arguments.Get("--points-key"), ',');
    absl::StatusOr<PointTable> points = ReadPoints(arguments.Get("--points"), keys);
    if (!points.ok()) return points.status();
    start = *std::move(points);
    const absl::StatusOr<std::optional<double>> given = arguments.Number("--start-time");
    if (!given.ok()) return given.status();
    start_time = given->value_or(start_time);
  }
  const absl::StatusOr<SampledTrajectories> sampled = Sample(session.client, request, start, start_time);
  if (!sampled.ok()) return sampled.status();
  const std::vector<std::string> names =
      AxisNames({field->axis_names().begin(), field->axis_names().end()}, start.dimension);
  if (absl::Status status = WriteTrajectories(out, names, *sampled); !status.ok()) return status;
  Say(absl::StrCat("wrote ", sampled->count, " trajectories at ", sampled->times.size(), " times to ", out));
  if (!arguments.Has("--plot")) return absl::OkStatus();
  absl::Status status = Draw(session.client, *field, request, start, start_time, snapshots, arguments.Get("--plot"));
  if (status.ok()) Say(absl::StrCat("drew them in ", arguments.Get("--plot")));
  return status;
}

}  // namespace

const Noun& TrajectoryCommands() {
  static const auto* noun = new Noun{
      "trajectory",
      "points pushed through a field over time",
      {
          {"sample",
           "Push points through a field and write where they are at the asked times.",
           {{"FIELD", "", "the field", true},
            {"--points", "FILE", "start points: .csv, .npy or .npz"},
            {"--points-key", "K", "array of the points, or columns (K1,K2,...)"},
            {"--start-time", "T", "the time of those points [the field's first]"},
            {"--dataset", "NAME", "or start from a dataset's points"},
            {"--at", "T", "at this time"},
            {"--times", "T1,T2,...", "the frames, in any order, before or after the start", true},
            {"--steps", "N", "fixed steps from the start to the furthest time"},
            {"--tolerance", "E", "or the largest local error, in standardised units [1e-5]"},
            {"--method", "M",
             "euler, heun, rk4, dopri5, euler_maruyama or stochastic_heun [dopri5; with --steps rk4; for fields with "
             "noise stochastic_heun]"},
            {"--seed", "N", "seed of the noise and of resampling [0]"},
            {"--resample-below", "S", "draw points anew by weight where fewer than this share of them count [0]"},
            {"--member", "M", "follow this member of an ensemble, from 0 [the mean of all]"},
            {"--extrapolate", "", "allow times outside those the field was trained on"},
            {"--out", "FILE", "file ending in .npz or .csv", true},
            {"--plot", "FILE", "also draw them, as SVG; with --dataset over its snapshots"}},
           SampleCommand,
           "NPZ: times [F], points [F, N, D], log_weights [F, N]. CSV: time, id, log_weight and the components."},
      }};
  return *noun;
}

}  // namespace actionmatch
