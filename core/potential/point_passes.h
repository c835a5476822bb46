// PointPasses: a potential's value and derivatives at blocks of points, for code that evaluates trained members. There
// are two engines: the fused passes of perceptrons (fused_network.h), without an autograd graph, and autograd for any
// potential.

#ifndef ACTIONMATCH_CORE_POTENTIAL_POINT_PASSES_H_
#define ACTIONMATCH_CORE_POTENTIAL_POINT_PASSES_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/potential/potential.h"

namespace actionmatch {

// The quantities that passes compute besides the value.
struct PointQuantities {
  bool gradient = false;
  bool d_tau = false;      // needs gradient
  bool laplacian = false;  // of S; exact, or with `probes` random directions for each point
  int probes = 0;
  uint64_t seed = 0;  // of the probes
};

// Points to work on, padded with any finite numbers to the passes' number of rows, so that a point's answer does not
// depend on the other points.
struct PointBlock {
  int64_t count = 0;           // n, the real points
  int64_t first_row = 0;       // picks the probes: point i has the probes of row first_row + i
  const float* tau = nullptr;  // [rows]
  const float* y = nullptr;    // [rows, D]
};

// The arrays that the answers go to. Arrays of quantities that were not asked for are not touched.
struct PointAnswers {
  float* value = nullptr;      // [n]: S
  float* gradient = nullptr;   // [n, D]: grad_y S, 0 at the potential's fixed components
  float* d_tau = nullptr;      // [n]
  float* laplacian = nullptr;  // [n]
};

// Not thread-safe; any number of passes may use one engine at once.
class PointPasses {
 public:
  virtual ~PointPasses() = default;
  // Computes the answers with the parameters of one member.
  virtual void Run(int member, const PointBlock& block, const PointAnswers& answers) = 0;
};

// A potential with the parameters of its members, ready for passes. Immutable and thread-safe.
class PointEngine {
 public:
  virtual ~PointEngine() = default;
  // Passes for blocks of up to `rows` points; each block is padded to `rows`. The engine must outlive the passes.
  virtual std::unique_ptr<PointPasses> MakePasses(int64_t rows, const PointQuantities& wanted) const = 0;
};

// The best engine that the potential has. `members` is not empty; `potential` and `members` must outlive the engine.
std::unique_ptr<const PointEngine> MakePointEngine(const Potential& potential, const std::vector<Parameters>& members);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_POINT_PASSES_H_
