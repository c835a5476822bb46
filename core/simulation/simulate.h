// Simulated populations whose distribution is known, for trying things out and for tests. Equations and parameters are
// those of actionmatch/v1/dataset.proto (GaussiansSimulation and so on). population.h has the populations by their
// names.

#ifndef ACTIONMATCH_CORE_SIMULATION_SIMULATE_H_
#define ACTIONMATCH_CORE_SIMULATION_SIMULATE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/simulation/parameters.h"
#include "core/snapshots/snapshots.h"

namespace actionmatch {

struct Gaussians {
  int dimension = 2;
  int snapshots = 5;
  int points = 500;
  double shift = 2;
  double spread = 0.5;

  template <typename Self, typename Visit>
  static void VisitParameters(Self& p, const Visit& visit) {
    visit("dimension", p.dimension, 1, 1024);
    visit("snapshots", p.snapshots, 2, 1000);
    visit("points", p.points, 1, 1000000);
    visit("shift", p.shift, -kLargest, kLargest);
    visit("spread", p.spread, -0.999, kLargest);
  }
};

struct Branching {
  int dimension = 5;
  int snapshots = 5;
  int points = 500;  // at time 0
  int branches = 2;
  double length = 4;
  double noise = 0.25;
  std::vector<double> growth;  // of each branch, per unit of time; empty: 0

  template <typename Self, typename Visit>
  static void VisitParameters(Self& p, const Visit& visit) {
    visit("dimension", p.dimension, 2, 1024);
    visit("snapshots", p.snapshots, 2, 1000);
    visit("points", p.points, 1, 1000000);
    visit("branches", p.branches, 1, 64);
    visit("length", p.length, 1e-6, kLargest);
    visit("noise", p.noise, 0, kLargest);
    visit("growth", p.growth, -10, 10);
  }
};
// m(t), the mass of the whole population relative to time 0: the mean over branches of e^(growth t).
double RelativeMass(const Branching& population, double t);

struct OrnsteinUhlenbeck {
  int dimension = 2;
  int snapshots = 5;
  int points = 500;
  double duration = 1;
  double rate = 1;
  double sigma = 1;
  double start = 2;     // mean of x_1 at time 0
  double spread = 0.5;  // standard deviation at time 0

  template <typename Self, typename Visit>
  static void VisitParameters(Self& p, const Visit& visit) {
    visit("dimension", p.dimension, 1, 1024);
    visit("snapshots", p.snapshots, 2, 1000);
    visit("points", p.points, 1, 1000000);
    visit("duration", p.duration, 1e-6, kLargest);
    visit("rate", p.rate, 1e-6, kLargest);
    visit("sigma", p.sigma, 0, kLargest);
    visit("start", p.start, -kLargest, kLargest);
    visit("spread", p.spread, 0, kLargest);
  }
};

struct ThreeGene {
  int snapshots = 5;
  int points = 400;     // cells at time 0
  double interval = 8;  // time between snapshots
  double noise = 0.05;
  double division = 0.05;  // the most divisions of a cell per unit of time

  template <typename Self, typename Visit>
  static void VisitParameters(Self& p, const Visit& visit) {
    visit("snapshots", p.snapshots, 2, 1000);
    visit("points", p.points, 2, 1000000);
    visit("interval", p.interval, 1e-3, 1e4);
    visit("noise", p.noise, 0, 10);
    visit("division", p.division, 0, 10);
  }
};

struct Hydrogen {
  int snapshots = 101;
  int points = 5000;

  template <typename Self, typename Visit>
  static void VisitParameters(Self& p, const Visit& visit) {
    visit("snapshots", p.snapshots, 2, 10000);
    visit("points", p.points, 1, 1000000);
  }
};

// Called every few milliseconds; its error, if any, ends the work and is returned. May be empty.
using BeforeDraw = std::function<absl::Status()>;

// INVALID_ARGUMENT names the parameter, its value and its range, or says that all parameters together ask for more than
// 1e8 numbers or (ThreeGene) for more than 1e10 steps of a cell; for Branching also growth that leaves no cell at some
// time. Row numbers run through the snapshots in order.
absl::StatusOr<Snapshots> Simulate(const Gaussians& population, uint64_t seed, const BeforeDraw& before_draw = {});
absl::StatusOr<Snapshots> Simulate(const Branching& population, uint64_t seed, const BeforeDraw& before_draw = {});
absl::StatusOr<Snapshots> Simulate(const OrnsteinUhlenbeck& population, uint64_t seed,
                                   const BeforeDraw& before_draw = {});
// RESOURCE_EXHAUSTED if the cells outgrow 100 times their first number, or the limits above.
absl::StatusOr<Snapshots> Simulate(const ThreeGene& population, uint64_t seed, const BeforeDraw& before_draw = {});
absl::StatusOr<Snapshots> Simulate(const Hydrogen& population, uint64_t seed, const BeforeDraw& before_draw = {});

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SIMULATION_SIMULATE_H_
