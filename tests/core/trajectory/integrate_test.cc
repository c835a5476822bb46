#include "core/trajectory/integrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "core/random.h"
#include "core/trajectory/resample.h"

namespace actionmatch {
namespace {

using Method = IntegrateOptions::Method;

// dx/dt = x cos t: x(t) = x(0) exp(sin t); growth 1/2 per unit time.
void Waves(int64_t, absl::Span<const double> t, absl::Span<const double> x, absl::Span<double> v,
           absl::Span<double> growth) {
  const size_t dimension = x.size() / t.size();
  for (size_t i = 0; i < x.size(); ++i) v[i] = x[i] * std::cos(t[i / dimension]);
  for (double& g : growth) g = 0.5;
}

Points Cloud(int64_t n, int64_t dimension) {
  Random random(1, RandomStream::kSimulate);
  Points points{dimension, {}};
  for (int64_t i = 0; i < n * dimension; ++i) points.values.push_back(1 + random.Uniform());
  return points;
}

double WorstError(const Trajectory& trajectory, const Points& start) {
  double worst = 0;
  for (size_t f = 0; f < trajectory.times.size(); ++f) {
    for (size_t i = 0; i < start.values.size(); ++i) {
      const double exact = start.values[i] * std::exp(std::sin(trajectory.times[f]));
      worst = std::max(worst, std::abs(trajectory.points[f].values[i] - exact));
    }
  }
  return worst;
}

Trajectory Solve(const Points& start, const std::vector<double>& times, const IntegrateOptions& options,
                 double start_time = 0) {
  const auto trajectory = Integrate(Motion{Waves}, start, start_time, times, options);
  EXPECT_TRUE(trajectory.ok()) << trajectory.status();
  return *trajectory;
}

TEST(IntegrateTest, ErrorsFallWithTheOrderOfTheMethod) {
  const Points start = Cloud(3, 2);
  const std::pair<Method, double> methods[] = {{Method::kEuler, 1}, {Method::kHeun, 2}, {Method::kRk4, 4}};
  for (const auto& [method, order] : methods) {
    // The slope of log error over log dt, by least squares. Frames off the grid must not lower it.
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    const std::vector<int> resolutions = {16, 32, 64, 128};
    for (int steps : resolutions) {
      IntegrateOptions options;
      options.method = method;
      options.steps = steps;
      const double x = std::log(1.0 / steps), y = std::log(WorstError(Solve(start, {0.77, 2.0}, options), start));
      sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    const auto n = static_cast<double>(resolutions.size());
    EXPECT_NEAR((n * sxy - sx * sy) / (n * sxx - sx * sx), order, 0.15);
  }
}

TEST(IntegrateTest, DopriKeepsItsToleranceAtEveryFrame) {
  const Points start = Cloud(3, 2);
  double last = 1;
  for (double tolerance : {1e-3, 1e-5, 1e-7, 1e-9}) {
    IntegrateOptions options;
    options.tolerance = tolerance;
    const double error = WorstError(Solve(start, {0.1, 0.5, 1.3, 3.0}, options), start);
    EXPECT_LT(error, 50 * tolerance);
    EXPECT_LT(error, last);
    last = error;
  }
}

// Nothing moves, so that only the growth can ask for small steps: log w(t) = int 12 cos(2 pi t) + 1 dt.
TEST(IntegrateTest, DopriKeepsItsToleranceForTheWeightsWhereNothingMoves) {
  constexpr double kTwoPi = 6.283185307179586;
  Motion motion;
  motion.span = 10;
  motion.velocity = [](auto, absl::Span<const double> t, auto, absl::Span<double> v, absl::Span<double> growth) {
    std::fill(v.begin(), v.end(), 0.0);
    for (size_t i = 0; i < t.size(); ++i) growth[i] = 12 * std::cos(kTwoPi * t[i]) + 1;
  };
  const std::vector<double> times = {0.1, 1.25, 3.6, 10};
  for (double tolerance : {1e-3, 1e-5, 1e-7}) {
    IntegrateOptions options;
    options.tolerance = tolerance;
    const auto trajectory = Integrate(motion, Points{2, {1, 2}}, 0, times, options);
    ASSERT_TRUE(trajectory.ok()) << trajectory.status();
    for (size_t f = 0; f < times.size(); ++f) {
      const double exact = 12 / kTwoPi * std::sin(kTwoPi * times[f]) + times[f];
      EXPECT_NEAR(trajectory->log_weights[f][0], exact, 100 * tolerance) << tolerance << " at " << times[f];
    }
  }
}

TEST(IntegrateTest, AGrowthThatIsNotFiniteNamesThePoint) {
  Motion motion;
  motion.velocity = [](auto, auto, absl::Span<const double> x, absl::Span<double> v, absl::Span<double> growth) {
    std::fill(v.begin(), v.end(), 0.0);
    for (size_t i = 0; i < growth.size(); ++i) growth[i] = x[i] > 1 ? std::nan("") : 0;
  };
  for (Method method : {Method::kRk4, Method::kDopri5}) {
    IntegrateOptions options;
    options.method = method;
    const auto status = Integrate(motion, Points{1, {0, 2}}, 0, {1}, options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("point 1"));
  }
}

TEST(IntegrateTest, TimeReversalReturnsToTheStart) {
  const Points start = Cloud(5, 2);
  for (Method method : {Method::kRk4, Method::kDopri5}) {
    IntegrateOptions options;
    options.method = method;
    options.tolerance = 1e-9;
    options.steps = 200;
    const Trajectory there = Solve(start, {2}, options);
    const Trajectory back = Solve(there.points[0], {0}, options, 2);
    for (size_t i = 0; i < start.values.size(); ++i) EXPECT_NEAR(back.points[0].values[i], start.values[i], 1e-7);
  }
}

TEST(IntegrateTest, FramesComeInTheAskedOrderOnBothSidesOfTheStart) {
  const Points start = Cloud(2, 1);
  for (Method method : {Method::kRk4, Method::kDopri5}) {
    IntegrateOptions options;
    options.method = method;
    options.tolerance = 1e-9;
    const std::vector<double> times = {1.5, -0.5, 0, 0.25, 1.5};
    const Trajectory trajectory = Solve(start, times, options);
    EXPECT_EQ(trajectory.times, times);
    EXPECT_LT(WorstError(trajectory, start), 1e-6);
    EXPECT_EQ(trajectory.points[2].values, start.values);
    EXPECT_EQ(trajectory.points[0].values, trajectory.points[4].values);
    for (size_t f = 0; f < times.size(); ++f) EXPECT_NEAR(trajectory.log_weights[f][1], times[f] / 2, 1e-9);
  }
}

TEST(IntegrateTest, FramesDoNotChangeTheTrajectory) {
  IntegrateOptions options;
  options.method = Method::kRk4;
  options.steps = 10;
  const Points start = Cloud(2, 1);
  EXPECT_EQ(Solve(start, {0.13, 0.5, 2}, options).points[2].values, Solve(start, {2}, options).points[0].values);
}

TEST(IntegrateTest, APointDoesNotDependOnTheOthersNorOnThreads) {
  const Points start = Cloud(600, 2);
  for (Method method : {Method::kRk4, Method::kDopri5}) {
    IntegrateOptions options;
    options.method = method;
    const Trajectory together = Solve(start, {2}, options);
    options.threads = 2;
    EXPECT_EQ(Solve(start, {2}, options).points[0].values, together.points[0].values);
    Points one{2, {start.row(599)[0], start.row(599)[1]}};
    const Trajectory alone = Solve(one, {2}, options);
    EXPECT_EQ(alone.points[0].values[0], together.points[0].row(599)[0]);
    EXPECT_EQ(alone.points[0].values[1], together.points[0].row(599)[1]);
  }
}

TEST(IntegrateTest, AnErrorBeforeAStepStopsTheWorkThere) {
  for (Method method : {Method::kRk4, Method::kDopri5}) {
    std::atomic<int> asked{0};
    IntegrateOptions options;
    options.method = method;
    options.tolerance = 1e-9;
    options.before_step = [&] { return ++asked == 4 ? absl::CancelledError("stop") : absl::OkStatus(); };
    const auto trajectory = Integrate(Motion{Waves}, Cloud(10, 2), 0, {2}, options);
    EXPECT_EQ(trajectory.status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(asked, 4);
  }
}

TEST(IntegrateTest, BadInputIsNamed) {
  const auto code = [](const Points& start, const std::vector<double>& times, const IntegrateOptions& options) {
    return Integrate(Motion{Waves}, start, 0, times, options).status().code();
  };
  EXPECT_EQ(code(Points{2, {}}, {1}, {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Cloud(1, 1), {}, {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Cloud(1, 1), {std::nan("")}, {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Integrate(Motion{Waves}, Cloud(1, 1), std::nan(""), {1}, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  IntegrateOptions options;
  options.tolerance = 0;
  EXPECT_EQ(code(Cloud(1, 1), {1}, options), absl::StatusCode::kInvalidArgument);
  options.method = Method::kEuler;
  options.steps = 0;
  EXPECT_EQ(code(Cloud(1, 1), {1}, options), absl::StatusCode::kInvalidArgument);
  // Resampled, the same.
  const auto resampled = [](const std::vector<double>& times, int steps) {
    IntegrateOptions options;
    options.method = Method::kEuler;
    options.steps = steps;
    return IntegrateResampled(Motion{Waves}, Cloud(1, 1), 0, times, options, 0.5).status().code();
  };
  EXPECT_EQ(resampled({1}, 10), absl::StatusCode::kOk);
  EXPECT_EQ(resampled({}, 10), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(resampled({1}, -5), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(resampled({1, std::nan("")}, 10), absl::StatusCode::kInvalidArgument);
}

TEST(IntegrateTest, LeavingTheFiniteNumbersNamesThePoint) {
  const VelocityFunction explode = [](auto, auto, absl::Span<const double> x, absl::Span<double> v, auto growth) {
    for (size_t i = 0; i < x.size(); ++i) v[i] = x[i] * x[i] * x[i];
    for (double& g : growth) g = 0;
  };
  IntegrateOptions options;
  options.method = Method::kRk4;
  const auto trajectory = Integrate(Motion{explode}, Points{1, {0, 100}}, 0, {5}, options);
  EXPECT_EQ(trajectory.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(trajectory.status().message()), testing::HasSubstr("point 1"));
}

// dx = -x dt + sigma(t) dW, growth 0.
Motion Reverting(double sigma, double sigma_end) {
  Motion motion;
  motion.velocity = [](auto, auto, absl::Span<const double> x, absl::Span<double> v, absl::Span<double> growth) {
    for (size_t i = 0; i < x.size(); ++i) v[i] = -x[i];
    for (double& g : growth) g = 0;
  };
  motion.sigma = [=](double t) { return sigma + (sigma_end - sigma) * t; };
  return motion;
}

IntegrateOptions Stochastic(Method method, int steps) {
  IntegrateOptions options;
  options.method = method;
  options.steps = steps;
  options.seed = 3;
  return options;
}

struct Moments {
  double mean = 0;
  double variance = 0;
};
Moments MomentsOf(const Points& points) {
  Moments m;
  const auto n = static_cast<double>(points.values.size());
  for (double x : points.values) m.mean += x / n;
  for (double x : points.values) m.variance += (x - m.mean) * (x - m.mean) / n;
  return m;
}

// The law at every frame, on the grid or off it, is the process's own.
TEST(StochasticTest, MomentsAreThoseOfTheProcess) {
  Points start{1, std::vector<double>(20000, 1.0)};
  for (Method method : {Method::kEulerMaruyama, Method::kStochasticHeun, Method::kAuto}) {
    const int steps = method == Method::kEulerMaruyama ? 400 : 40;
    const auto trajectory = Integrate(Reverting(1, 1), start, 0, {0.313, 0.32, 1.0}, Stochastic(method, steps));
    ASSERT_TRUE(trajectory.ok()) << trajectory.status();
    for (size_t f = 0; f < 3; ++f) {
      const double t = trajectory->times[f];
      const Moments m = MomentsOf(trajectory->points[f]);
      EXPECT_NEAR(m.mean, std::exp(-t), 0.02);
      EXPECT_NEAR(m.variance, (1 - std::exp(-2 * t)) / 2, 0.015);
    }
  }
}

TEST(StochasticTest, AnnealedNoiseHasTheVarianceOfItsIntegral) {
  Motion motion = Reverting(2, 0);
  motion.velocity = [](auto, auto, auto, absl::Span<double> v, absl::Span<double> growth) {
    for (double& x : v) x = 0;
    for (double& g : growth) g = 0;
  };
  const auto trajectory =
      Integrate(motion, Points{1, std::vector<double>(20000, 0.0)}, 0, {0.5, 1.0}, Stochastic(Method::kAuto, 3));
  EXPECT_NEAR(MomentsOf(trajectory->points[0]).variance, 4 * (1 - 0.125) / 3, 0.05);
  EXPECT_NEAR(MomentsOf(trajectory->points[1]).variance, 4.0 / 3, 0.06);
}

// Strong order: the error against a fine path of the same noise would need that path; the weak error of the mean shows
// the drift's order instead, free of noise where sigma is tiny.
TEST(StochasticTest, TheDriftHasTheOrderOfItsMethod) {
  for (const auto& [method, order] : {std::pair{Method::kEulerMaruyama, 1.0}, {Method::kStochasticHeun, 2.0}}) {
    const auto error = [&, method = method](int steps) {
      const auto trajectory = Integrate(Reverting(1e-12, 1e-12), Points{1, {1}}, 0, {1}, Stochastic(method, steps));
      return std::abs(trajectory->points[0].values[0] - std::exp(-1));
    };
    EXPECT_NEAR(std::log2(error(32) / error(64)), order, 0.1);
  }
}

// Noise belongs to (seed, row, step): neither threads, tiles, frames nor other rows change it.
TEST(StochasticTest, APathDependsOnItsRowAndSeedAlone) {
  const Points start = Cloud(600, 2);
  IntegrateOptions options = Stochastic(Method::kStochasticHeun, 20);
  const auto alone = Integrate(Reverting(1, 1), start, 0, {1}, options);
  options.threads = 2;
  const auto framed = Integrate(Reverting(1, 1), start, 0, {0.511, 1, 0.52}, options);
  EXPECT_EQ(alone->points[0].values, framed->points[1].values);
  Points tail{2, {start.values.begin() + 2 * 300, start.values.end()}};
  options.first_row = 300;
  const auto cut = Integrate(Reverting(1, 1), tail, 0, {1}, options);
  EXPECT_EQ(cut->points[0].values,
            std::vector<double>(alone->points[0].values.begin() + 600, alone->points[0].values.end()));
  options.seed = 4;
  EXPECT_NE(Integrate(Reverting(1, 1), tail, 0, {1}, options)->points[0].values, cut->points[0].values);
}

// However many frames lie within one step, the path between them stays Brownian: increments that have nothing in
// common.
TEST(StochasticTest, ManyFramesWithinAStepHaveIndependentIncrements) {
  Motion motion = Reverting(1, 1);
  motion.velocity = [](auto, auto, auto, absl::Span<double> v, absl::Span<double> growth) {
    std::fill(v.begin(), v.end(), 0.0);
    std::fill(growth.begin(), growth.end(), 0.0);
  };
  constexpr int kFrames = 600;
  std::vector<double> times;
  for (int f = 1; f <= kFrames; ++f) times.push_back(static_cast<double>(f) / kFrames);
  const auto path = Integrate(motion, Points{1, {0, 0, 0}}, 0, times, Stochastic(Method::kAuto, 1));
  ASSERT_TRUE(path.ok()) << path.status();
  for (size_t row = 0; row < 3; ++row) {
    double last = 0, neighbours = 0, squares = 0, before = 0;
    for (const Points& frame : path->points) {
      const double increment = (frame.values[row] - last) * std::sqrt(kFrames);
      neighbours += increment * before / kFrames;
      squares += increment * increment / kFrames;
      before = increment;
      last = frame.values[row];
    }
    EXPECT_NEAR(neighbours, 0, 5 / std::sqrt(kFrames));
    EXPECT_NEAR(squares, 1, 5 * std::sqrt(2.0 / kFrames));
  }
}

// The parts of a resampled path, and those of the next seed, share no noise.
TEST(StochasticTest, SeedsShareNoNoiseAcrossResampledParts) {
  // One step of length 1 a part: x' = x - x + noise.
  const auto noise = [](uint64_t seed, size_t part) {
    IntegrateOptions options = Stochastic(Method::kEulerMaruyama, 3);
    options.seed = seed;
    return IntegrateResampled(Reverting(1, 1), Points{1, {0}}, 0, {1, 2, 3}, options, 1e-9)->points[part].values[0];
  };
  for (size_t part = 0; part < 2; ++part) EXPECT_GT(std::abs(noise(7, part + 1) - noise(8, part)), 1e-6);
}

TEST(StochasticTest, NoiseIsNotTakenBackAndNotLeftOut) {
  for (Method method : {Method::kEuler, Method::kHeun, Method::kRk4, Method::kDopri5}) {
    const auto ode = Integrate(Reverting(1, 1), Cloud(2, 1), 0, {1}, Stochastic(method, 10));
    EXPECT_EQ(ode.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(ode.status().message()), testing::HasSubstr("EULER_MARUYAMA"));
  }
  const auto back = Integrate(Reverting(1, 1), Cloud(2, 1), 1, {0.5}, Stochastic(Method::kAuto, 10));
  EXPECT_EQ(back.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(back.status().message()), testing::HasSubstr("no score"));
}

TEST(WeightsTest, EffectiveSampleSizeCountsEqualWeights) {
  EXPECT_DOUBLE_EQ(EffectiveSampleSize({1.0, 1.0, 1.0}), 3);
  EXPECT_NEAR(EffectiveSampleSize({800.0, 0.0, 0.0}), 1, 1e-12);
  EXPECT_NEAR(LogMeanWeight({0.0, std::log(3)}), std::log(2), 1e-12);
  EXPECT_NEAR(LogMeanWeight({800.0, 800.0 + std::log(3)}), 800 + std::log(2), 1e-12);
  EXPECT_NEAR(LogMeanWeight({-800.0, -800.0}), -800, 1e-12);
}

}  // namespace
}  // namespace actionmatch
