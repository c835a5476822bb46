#include "client/commands/trajectory_plot.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "client/files/file_bytes.h"
#include "client/files/number_text.h"
#include "client/plot/plot.h"
#include "client/plot/projection.h"
#include "client/requests/sample_trajectories.h"
#include "client/terminal/session.h"

namespace actionmatch {
namespace {

constexpr int64_t kPlotLines = 300;
constexpr int64_t kPlotDots = 1500;  // the most dots of a snapshot
constexpr int kPlotFrames = 60;

// At most `most` of the rows, evenly spread over them.
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

}  // namespace

PointsByTime ByTime(const SnapshotTable& table) {
  PointsByTime at;
  const int64_t dimension = table.points.dimension;
  for (int64_t row = 0; row < table.points.count(); ++row) {
    PointTable& points = at[table.times[row]];
    points.dimension = dimension;
    points.single = table.points.single;
    const auto begin = table.points.values.begin() + row * dimension;
    points.values.insert(points.values.end(), begin, begin + dimension);
  }
  return at;
}

absl::Status DrawTrajectories(Client& client, const v1::Field& field, v1::SampleTrajectoriesRequest request,
                              const PointTable& start, double start_time, const PointsByTime& snapshots,
                              const std::string& path) {
  const PointTable some = Thinned(start, kPlotLines);
  const auto [first, last] = std::minmax_element(request.times().begin(), request.times().end());
  const double low = std::min(*first, start_time);
  const double high = std::max(*last, start_time);
  request.clear_times();
  request.clear_resample_below();  // a line follows one point
  for (int i = 0; i <= kPlotFrames; ++i)
    request.add_times(i == kPlotFrames ? high : low + (high - low) * i / kPlotFrames);
  absl::StatusOr<SampledTrajectories> sampled = SampleFrom(client, request, some, start_time);
  if (!sampled.ok()) return sampled.status();

  const int64_t dimension = start.dimension;
  PointsByTime shown;
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
  plot.title = absl::StrCat(ShortName(field.name()), ": trajectories from t = ", ExactNumber(start_time));
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

}  // namespace actionmatch
