#include "core/trajectory/resample.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/random.h"

namespace actionmatch {

double EffectiveSampleSize(absl::Span<const double> log_weights) {
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  double sum = 0, squares = 0;
  for (double w : log_weights) {
    sum += std::exp(w - largest);
    squares += std::exp(2 * (w - largest));
  }
  return sum * sum / squares;
}

double LogMeanWeight(absl::Span<const double> log_weights) {
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  double sum = 0;
  for (double w : log_weights) sum += std::exp(w - largest);
  return largest + std::log(sum / static_cast<double>(log_weights.size()));
}

namespace {

// Each part between two frames counts its steps from 0, so it needs a noise of its own. The first part keeps the seed:
// until the first frame, a resampled run does not differ from a plain one.
uint64_t SeedOfPart(uint64_t seed, uint64_t part) {
  if (part == 0) return seed;
  const auto words = Philox(seed, RandomStream::kResample, part, 1);
  return static_cast<uint64_t>(words[0]) << 32U | words[1];
}

// Draws as many points again, by weight: the points at the cumulative weights (i + U)/n. All of these have the mean
// weight.
void Resample(uint64_t seed, uint64_t frame, Points* points, std::vector<double>* log_weights) {
  const double largest = *std::max_element(log_weights->begin(), log_weights->end());
  const double log_mean = LogMeanWeight(*log_weights);
  double sum = 0;
  for (double w : *log_weights) sum += std::exp(w - largest);
  const double offset = Random(seed, RandomStream::kResample, frame).Uniform();
  const Points before = *points;
  const auto count = static_cast<double>(before.count());
  int64_t from = 0;
  double cumulative = std::exp((*log_weights)[0] - largest);
  for (int64_t i = 0; i < before.count(); ++i) {
    const double position = (static_cast<double>(i) + offset) / count * sum;
    while (cumulative <= position && from + 1 < before.count())
      cumulative += std::exp((*log_weights)[++from] - largest);
    const auto row = before.row(from);
    std::copy(row.begin(), row.end(), points->row(i).begin());
  }
  std::fill(log_weights->begin(), log_weights->end(), log_mean);
}

}  // namespace

absl::StatusOr<Trajectory> IntegrateResampled(const Motion& motion, const Points& start, double start_time,
                                              absl::Span<const double> times, const IntegrateOptions& options,
                                              double below) {
  const absl::Status arguments = CheckIntegration(motion, start, start_time, times, options);
  if (!arguments.ok()) return arguments;
  std::vector<size_t> order(times.size());
  for (size_t f = 0; f < order.size(); ++f) {
    order[f] = f;
    if (times[f] < start_time) {
      return ErrorOf(
          kResamplingNotReversible, {{"time", absl::StrCat(times[f])}, {"start_time", absl::StrCat(start_time)}},
          absl::StrCat("times holds ", times[f], ", before the start at ", start_time,
                       ": resampling goes forwards only; leave resample_below at 0, or ask for later times"));
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return times[a] < times[b]; });
  const double span = times[order.back()] - start_time;
  Trajectory trajectory;
  trajectory.times.assign(times.begin(), times.end());
  trajectory.points.resize(times.size());
  trajectory.log_weights.resize(times.size());
  Points here = start;
  std::vector<double> log_weights(static_cast<size_t>(start.count()), 0.0);
  double now = start_time;
  for (size_t place = 0; place < order.size(); ++place) {
    const size_t f = order[place];
    IntegrateOptions part = options;
    part.seed = SeedOfPart(options.seed, place);
    // A part takes at most the steps of the whole. For methods without fixed steps, options.steps may be any number.
    const double share = span > 0 ? (times[f] - now) / span : 0;
    part.steps = std::max(1, static_cast<int>(std::ceil(options.steps * share)));
    absl::StatusOr<Trajectory> pushed = Integrate(motion, here, now, {times[f]}, part);
    if (!pushed.ok()) return pushed.status();
    here = std::move(pushed->points[0]);
    for (size_t i = 0; i < log_weights.size(); ++i) log_weights[i] += pushed->log_weights[0][i];
    now = times[f];
    trajectory.points[f] = here;
    trajectory.log_weights[f] = log_weights;
    if (EffectiveSampleSize(log_weights) < below * static_cast<double>(log_weights.size())) {
      Resample(options.seed, place, &here, &log_weights);
    }
  }
  return trajectory;
}

}  // namespace actionmatch
