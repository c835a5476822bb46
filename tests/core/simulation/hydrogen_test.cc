#include <gtest/gtest.h>

#include <cmath>

#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

// The particles stay samples of |psi_t|^2, whose second moments rotate with the phase: drawn at time 0 by Metropolis,
// and moved there by the field, they must agree with the density's own moments by quadrature.
TEST(HydrogenTest, HydrogensParticlesKeepItsDensity) {
  Hydrogen population;
  population.snapshots = 6;
  population.points = 4000;
  const Snapshots data = *Simulate(population, 1);
  const double a = 4 * 3.14159265358979, w = -1 / (2 * a * a) * (1.0 / 9 - 1.0 / 4);
  const double n3 = 4 / (81 * std::sqrt(30.0)) * std::pow(a, -3.5) * std::sqrt(15 / (8 * 3.14159265358979));
  const double n2 = 1 / (2 * std::sqrt(6.0)) * std::pow(a, -2.5) * std::sqrt(3 / (4 * 3.14159265358979));
  for (const Snapshot& s : data.at) {
    const double phase = 14000 * s.time * w;
    double mass = 0, mx = 0, my = 0, mz2 = 0;
    const double h = 6;
    for (double x = -300; x <= 300; x += h) {
      for (double y = -300; y <= 300; y += h) {
        for (double z = h / 2; z <= 300; z += h) {
          const double r = std::sqrt(x * x + y * y + z * z);
          const double A = n3 * std::exp(-r / (3 * a)), B = n2 * std::exp(-r / (2 * a));
          // |A (x - iy) e^(-i phase) + B|^2 z^2
          const double density =
              z * z * (A * A * (x * x + y * y) + B * B + 2 * A * B * (x * std::cos(phase) - y * std::sin(phase)));
          mass += density;
          mx += density * x;
          my += density * y;
          mz2 += density * z * z;
        }
      }
    }
    EXPECT_NEAR(mass * h * h * h, 1, 0.01);  // |psi|^2 = density / 2, over both signs of z
    double sx = 0, sy = 0, sz2 = 0;
    for (int64_t i = 0; i < 4000; ++i) {
      sx += s.points.row(i)[0] / 4000;
      sy += s.points.row(i)[1] / 4000;
      sz2 += std::pow(s.points.row(i)[2], 2) / 4000;
    }
    // Standard deviations of a component are about 60 and of z^2 about 8000.
    EXPECT_NEAR(sx, mx / mass, 5 * 60 / std::sqrt(4000.0)) << s.time;
    EXPECT_NEAR(sy, my / mass, 5 * 60 / std::sqrt(4000.0)) << s.time;
    EXPECT_NEAR(sz2, mz2 / mass, 5 * 8000 / std::sqrt(4000.0)) << s.time;
  }
}

}  // namespace
}  // namespace actionmatch
