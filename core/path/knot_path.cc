#include "core/path/knot_path.h"

#include <algorithm>
#include <cmath>

namespace actionmatch {
std::vector<StandardisedSnapshot> StandardiseAll(const Snapshots& snapshots, const Standardisation& standardisation) {
  std::vector<StandardisedSnapshot> knots;
  for (const Snapshot& s : snapshots.at) {
    std::vector<float> y;
    y.reserve(s.points.values.size());
    for (size_t i = 0; i < s.points.values.size(); ++i) {
      const double mean = standardisation.mean[i % static_cast<size_t>(snapshots.dimension)];
      y.push_back(static_cast<float>((s.points.values[i] - mean) / standardisation.scale));
    }
    knots.push_back({standardisation.Tau(s.time), s.mass, std::move(y), Discrete(s.weights)});
  }
  return knots;
}

void KnotPath::DrawBoundary(const StandardisedSnapshot& knot, int64_t rows, Random& random,
                            std::vector<float>* out) const {
  std::vector<int32_t> drawn;
  knot.rows.Draw(rows, random, &drawn);
  out->resize(static_cast<size_t>(rows * dimension_));
  for (int64_t i = 0; i < rows; ++i) {
    std::copy_n(knot.y.begin() + drawn[i] * dimension_, dimension_, out->begin() + i * dimension_);
  }
}

double KnotPath::LogMass(int64_t k, double u) const {
  return (1 - u) * std::log(knots_[k].mass) + u * std::log(knots_[k + 1].mass);
}

std::vector<MassNode> KnotPath::masses() const {
  std::vector<MassNode> nodes;
  for (const StandardisedSnapshot& knot : knots_) nodes.push_back({knot.tau, knot.mass});
  return nodes;
}

std::vector<double> KnotPath::knots() const {
  std::vector<double> times;
  for (const StandardisedSnapshot& knot : knots_) times.push_back(knot.tau);
  return times;
}

void KnotPath::Draw(const DrawRequest& request, PathBatch* batch) const {
  const int samples = RowsOfInterval(paired_times(), request.samples);
  const std::vector<IntervalTimes> times = request.times->Draw(request.seed, request.step, samples, paired_times());
  batch->rows = intervals() * samples;
  batch->dimension = dimension_;
  const auto rows = static_cast<size_t>(batch->rows);
  batch->y.resize(rows * static_cast<size_t>(dimension_));
  batch->tau.resize(rows);
  batch->loss_factor.resize(rows);
  batch->mass.resize(rows);
  batch->velocity.resize(has_curves() ? batch->y.size() : 0);
  batch->growth.resize(has_curves() ? rows : 0);
  batch->bridge_variance.resize(has_bridge_variance() ? rows : 0);
  batch->start.clear();
  batch->end.clear();
  int64_t first = 0;
  for (int64_t k = 0; k < intervals(); ++k) {
    const IntervalTimes& interval = times[k];
    DrawInterval(request, k, first, interval.u, batch);
    for (size_t i = 0; i < interval.u.size(); ++i, ++first) {
      batch->tau[first] = static_cast<float>(knots_[k].tau + interval.u[i] * delta(k));
      batch->loss_factor[first] = static_cast<float>(interval.loss_factor[i]);
    }
  }
  batch->start_mass = knots_.front().mass;
  batch->end_mass = knots_.back().mass;
  if (request.with_boundaries) {
    Random random = RandomFor(request, RandomStream::kPairs, intervals());
    DrawBoundary(knots_.front(), batch->rows, random, &batch->start);
    DrawBoundary(knots_.back(), batch->rows, random, &batch->end);
  }
}

}  // namespace actionmatch
