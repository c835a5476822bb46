// Paths built from samplers of known laws, whose exact fields are known.

#ifndef ACTIONMATCH_TESTS_CORE_PATH_LAW_PATHS_H_
#define ACTIONMATCH_TESTS_CORE_PATH_LAW_PATHS_H_

#include <cmath>
#include <functional>
#include <vector>

#include "core/path/path.h"
#include "core/path/time_sampler.h"
#include "core/random.h"
#include "core/spec/dynamics.h"

namespace actionmatch {

// A point on one of the law's curves: y, y', W and r = d log W/dtau (path.h), all at tau.
struct CurvePoint {
  std::vector<double> y;
  std::vector<double> velocity;
  double mass = 1;
  double growth = 0;
};

// A law of motion with its exact answer.
struct Law {
  const char* name;
  int64_t dimension;
  Dynamics dynamics;
  std::function<CurvePoint(double tau, Random& random)> draw;
  std::function<std::vector<double>(double tau, const std::vector<double>& y)> velocity;
  std::function<double(double tau, const std::vector<double>& y)> growth;
  double minimum;       // of the loss
  double end_mass = 0;  // m_1, m_0 being 1; 0: no masses
};

class LawPath final : public Path {
 public:
  explicit LawPath(Law law) : law_(std::move(law)) {}

  const Law& law() const { return law_; }
  bool has_curves() const override { return true; }
  std::vector<double> knots() const override { return {0, 1}; }
  std::vector<MassNode> masses() const override { return {{0, 1}, {1, law_.end_mass > 0 ? law_.end_mass : 1}}; }
  void Draw(const DrawRequest& request, PathBatch* batch) const override {
    const TimeSampler times(TrainingSpec::Times::kStratified, 1, {0, 1});
    const std::vector<double> u = times.Draw(1, request.step, request.samples, false)[0].u;
    Random random(1, RandomStream::kSimulate, static_cast<uint64_t>(request.step));
    *batch = PathBatch();
    batch->rows = request.samples;
    batch->dimension = law_.dimension;
    for (int i = 0; i < request.samples; ++i) {
      // Without masses the boundaries are the ends of the same curve: common random numbers, which leave the action
      // form's expectation as it is, and take most of its variance.
      Random same = random;
      Random again = random;
      const CurvePoint point = law_.draw(u[i], random);
      batch->tau.push_back(static_cast<float>(u[i]));
      batch->loss_factor.push_back(1);
      batch->mass.push_back(static_cast<float>(point.mass));
      batch->growth.push_back(static_cast<float>(point.growth));
      for (int64_t d = 0; d < law_.dimension; ++d) {
        batch->y.push_back(static_cast<float>(point.y[d]));
        batch->velocity.push_back(static_cast<float>(point.velocity[d]));
      }
      if (!request.with_boundaries) continue;
      if (law_.end_mass > 0) {
        Boundary(0, random, &batch->start);
        Boundary(1, random, &batch->end);
        continue;
      }
      for (double y : law_.draw(0, same).y) batch->start.push_back(static_cast<float>(y));
      for (double y : law_.draw(1, again).y) batch->end.push_back(static_cast<float>(y));
    }
    if (law_.end_mass > 0) batch->end_mass = law_.end_mass;
  }

 private:
  // A draw from q itself, of the mass's own frequencies: by rejection on W, at most 10.
  void Boundary(double tau, Random& random, std::vector<float>* out) const {
    for (;;) {
      const CurvePoint point = law_.draw(tau, random);
      if (random.Uniform() * 10 > point.mass) continue;
      for (double y : point.y) out->push_back(static_cast<float>(y));
      return;
    }
  }

  const Law law_;
};

inline double DotSelf(const std::vector<double>& v) {
  double sum = 0;
  for (double x : v) sum += x * x;
  return sum;
}

// q_tau = N(tau shift e_1, (1 + spread tau)^2 I), for the quadratic cost.
inline Law GaussianLaw(int64_t dimension, double shift, double spread) {
  Law law{"gaussian", dimension, {}, {}, {}, {}, 0};
  law.draw = [=](double tau, Random& random) {
    CurvePoint p;
    for (int64_t d = 0; d < dimension; ++d) {
      const double z = random.Normal();
      const double along = d == 0 ? shift : 0;
      p.y.push_back(tau * along + (1 + spread * tau) * z);
      p.velocity.push_back(along + spread * z);
    }
    return p;
  };
  law.velocity = [=](double tau, const std::vector<double>& y) {
    std::vector<double> v;
    for (size_t d = 0; d < y.size(); ++d) {
      const double along = d == 0 ? shift : 0;
      v.push_back(along + spread * (y[d] - tau * along) / (1 + spread * tau));
    }
    return v;
  };
  law.minimum = -0.5 * (shift * shift + static_cast<double>(dimension) * spread * spread);
  return law;
}

// q_tau = N(0, (1 + sigma^2 tau) I) with noise sigma: nothing drifts.
inline Law BrownianLaw(int64_t dimension, double sigma) {
  Law law = GaussianLaw(dimension, 0, 0);
  law.name = "brownian";
  law.dynamics.sigma = sigma;
  law.draw = [=](double tau, Random& random) {
    CurvePoint p;
    const double variance = 1 + sigma * sigma * tau;
    for (int64_t d = 0; d < dimension; ++d) {
      p.y.push_back(std::sqrt(variance) * random.Normal());
      p.velocity.push_back(sigma * sigma / (2 * variance) * p.y.back());
    }
    return p;
  };
  law.minimum = 0;
  return law;
}

// dy = -rate y dtau + sigma dW from N(start e_1, I).
inline Law OrnsteinUhlenbeckLaw(int64_t dimension, double rate, double sigma, double start) {
  Law law = BrownianLaw(dimension, sigma);
  law.name = "ornstein_uhlenbeck";
  const double rest = sigma * sigma / (2 * rate);
  law.draw = [=](double tau, Random& random) {
    CurvePoint p;
    const double left = std::exp(-rate * tau);
    const double variance = left * left + rest * (1 - left * left);
    const double slope = -2 * rate * left * left * (1 - rest);  // of the variance
    for (int64_t d = 0; d < dimension; ++d) {
      const double mean = d == 0 ? start * left : 0;
      const double scatter = std::sqrt(variance) * random.Normal();
      p.y.push_back(mean + scatter);
      p.velocity.push_back(-rate * mean + slope / (2 * variance) * scatter);
    }
    return p;
  };
  law.velocity = [=](double, const std::vector<double>& y) {
    std::vector<double> v = y;
    for (double& component : v) component *= -rate;
    return v;
  };
  // -1/2 int E|rate y|^2, over the mean and each component's variance.
  const double squares = (1 - std::exp(-2 * rate)) / (2 * rate);
  law.minimum = -0.5 * rate * rate *
                (start * start * squares + static_cast<double>(dimension) * (squares + rest * (1 - squares)));
  return law;
}

// Two clusters that stay where they are, at -3 and 3: one grows at rate `growth`, the other decays at the same.
inline Law GrowthLaw(double lambda, double rate) {
  Law law = GaussianLaw(1, 0, 0);
  law.name = "growth_and_decay";
  law.dynamics.lambda = lambda;
  const auto sign = [](double y) { return y > 0 ? 1.0 : -1.0; };
  law.draw = [=](double tau, Random& random) {
    const double side = random.Uniform() < 0.5 ? -1 : 1;
    return CurvePoint{{3 * side + 0.3 * random.Normal()}, {0}, std::exp(side * rate * tau), side * rate};
  };
  law.velocity = [](double, const std::vector<double>&) { return std::vector<double>{0}; };
  law.growth = [=](double, const std::vector<double>& y) { return sign(y[0]) * rate; };
  // -lambda/2 int m E[s^2] with s = +-rate/lambda.
  law.minimum = -0.5 * rate * rate / lambda * std::sinh(rate) / rate;
  law.end_mass = std::cosh(rate);
  return law;
}

// y = (1 + spread tau) z under the cost scale |v|^power / power.
inline Law CostLaw(int64_t dimension, double power, double spread, double scale = 1) {
  Law law = GaussianLaw(dimension, 0, spread);
  law.name = "general_cost";
  law.dynamics.cost.power = power;
  law.dynamics.cost.scale = scale;
  // -scale E|spread z|^power / power: the moments of chi.
  const double moment = std::pow(2, power / 2) * std::tgamma((static_cast<double>(dimension) + power) / 2) /
                        std::tgamma(static_cast<double>(dimension) / 2);
  law.minimum = -scale * std::pow(spread, power) * moment / power;
  return law;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_PATH_LAW_PATHS_H_
