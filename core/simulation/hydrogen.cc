// Hydrogen: the superposition (|3,2,-1> + |2,1,0>)/sqrt 2 and its Bohmian particles (actionmatch/v1/dataset.proto,
// HydrogenSimulation; arXiv 2210.06662, section 5.2).
//
// With hbar = m = 1 and Bohr radius a: psi = z e^(-i E_2 t) F/sqrt 2, F = A (x - iy) e^(-i w t) + B, A = N_3 e^(-r/3a),
// B = N_2 e^(-r/2a), w = E_3 - E_2, E_n = -1/(2 a^2 n^2). The factor z is real, so v = grad arg psi = Im(grad F/F).

#include <array>
#include <cmath>
#include <complex>
#include <memory>
#include <vector>

#include "core/random.h"
#include "core/simulation/generate.h"
#include "core/simulation/population.h"
#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

using Vector = std::array<double, 3>;
using Complex = std::complex<double>;

constexpr double kPi = 3.14159265358979323846;
constexpr double kRadius = 4 * kPi;  // a
constexpr double kDuration = 14000;  // of the time [0, 1] that snapshots carry
constexpr double kFrequency = -1 / (2 * kRadius * kRadius) * (1.0 / 9 - 1.0 / 4);
constexpr int kMetropolisSteps = 5000;  // a random walk from 50 N(0, I) with steps of 10 N(0, I)
constexpr double kMetropolisStart = 50;
constexpr double kMetropolisStep = 10;
constexpr double kMaxMotion = 2;  // of a particle in one step of the integrator
constexpr double kMinStep = 1e-3;
constexpr int64_t kParticlesAtOnce = 16;

struct Amplitudes {
  double a;
  double b;
};

Amplitudes At(double r) {
  static const double three = 4 / (81 * std::sqrt(30.0)) * std::pow(kRadius, -3.5) * std::sqrt(15 / (8 * kPi));
  static const double two = 1 / (2 * std::sqrt(6.0)) * std::pow(kRadius, -2.5) * std::sqrt(3 / (4 * kPi));
  return {three * std::exp(-r / (3 * kRadius)), two * std::exp(-r / (2 * kRadius))};
}

double Norm(const Vector& x) { return std::sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]); }

// log |psi_0|^2 up to a constant.
double LogDensity(const Vector& x) {
  const Amplitudes amplitudes = At(Norm(x));
  const Complex f = amplitudes.a * Complex(x[0], -x[1]) + amplitudes.b;
  return std::log(std::norm(f) * x[2] * x[2]);
}

Vector Velocity(const Vector& x, double t) {
  const double r = std::max(Norm(x), 1e-12);
  const Amplitudes amplitudes = At(r);
  const Complex phase = std::polar(1.0, -kFrequency * t);
  const Complex wave(x[0], -x[1]);
  const Complex f = amplitudes.a * wave * phase + amplitudes.b;
  // d/dr of both amplitudes along x/r, and the wave's own gradient (1, -i, 0).
  const Complex radial = -amplitudes.a / (3 * kRadius) * wave * phase - amplitudes.b / (2 * kRadius);
  const std::array<Complex, 3> own = {amplitudes.a * phase, Complex(0, -1) * amplitudes.a * phase, 0};
  Vector v;
  for (size_t d = 0; d < 3; ++d) v[d] = std::imag((radial * (x[d] / r) + own[d]) / f);
  return v;
}

Vector Moved(const Vector& x, double h, const Vector& v) { return {x[0] + h * v[0], x[1] + h * v[1], x[2] + h * v[2]}; }

// Runge-Kutta of order 4, in steps that move the particle by a small part of the atom: the particle is fast near a node
// of psi.
Vector Push(Vector x, double t, double end) {
  while (t < end) {
    const Vector k1 = Velocity(x, t);
    const double h = std::min({end - t, 100.0, std::max(kMinStep, kMaxMotion / (Norm(k1) + 1e-9))});
    const Vector k2 = Velocity(Moved(x, h / 2, k1), t + h / 2);
    const Vector k3 = Velocity(Moved(x, h / 2, k2), t + h / 2);
    const Vector k4 = Velocity(Moved(x, h, k3), t + h);
    for (size_t d = 0; d < 3; ++d) x[d] += h / 6 * (k1[d] + 2 * k2[d] + 2 * k3[d] + k4[d]);
    t += h;
  }
  return x;
}

Vector DrawParticle(Random& random) {
  Vector x;
  for (double& component : x) component = kMetropolisStart * random.Normal();
  double log_density = LogDensity(x);
  for (int step = 0; step < kMetropolisSteps; ++step) {
    Vector proposal = x;
    for (double& component : proposal) component += kMetropolisStep * random.Normal();
    const double proposed = LogDensity(proposal);
    if (std::log(1 - random.Uniform()) >= proposed - log_density) continue;
    x = proposal;
    log_density = proposed;
  }
  return x;
}

}  // namespace

absl::StatusOr<Snapshots> Simulate(const Hydrogen& p, uint64_t seed, const BeforeDraw& before_draw) {
  absl::Status status = CheckParameters(p);
  if (status.ok()) status = CheckSize(p.snapshots, p.points, 3);
  if (!status.ok()) return status;
  Snapshots all;
  all.dimension = 3;
  std::vector<Vector> particles;
  for (int i = 0; i < p.points; ++i) {
    status = AskEvery(kParticlesAtOnce, i, before_draw);
    if (!status.ok()) return status;
    Random random(seed, RandomStream::kSimulate, static_cast<uint64_t>(i));
    particles.push_back(DrawParticle(random));
  }
  int64_t row = 0;
  for (int k = 0; k < p.snapshots; ++k) {
    Snapshot snapshot;
    snapshot.time = static_cast<double>(k) / (p.snapshots - 1);
    snapshot.points.dimension = 3;
    const double before = k == 0 ? 0 : kDuration * (k - 1) / (p.snapshots - 1);
    for (Vector& x : particles) {
      status = AskEvery(kParticlesAtOnce, row, before_draw);
      if (!status.ok()) return status;
      x = Push(x, before, kDuration * snapshot.time);
      snapshot.points.Append(x);
      snapshot.weights.push_back(1);
      snapshot.rows.push_back(row++);
    }
    all.at.push_back(std::move(snapshot));
  }
  return all;
}

std::unique_ptr<Population> MakeHydrogen() { return std::make_unique<PopulationOf<Hydrogen>>(); }

}  // namespace actionmatch
