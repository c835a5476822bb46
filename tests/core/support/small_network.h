// A small network and states of its training.

#ifndef ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_NETWORK_H_
#define ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_NETWORK_H_

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "core/potential/potential_kinds.h"
#include "core/spec/spec.h"
#include "core/training/optimizer_state.h"

namespace actionmatch {

inline std::shared_ptr<const Potential> SmallNetwork(int64_t dimension = 2) {
  PotentialSpec spec;
  spec.hidden = {8, 8};
  return MakePotential(spec, dimension);
}

// A state all of whose numbers differ from each other's and from another seed's.
inline OptimizerState AnyState(const Potential& potential, uint64_t seed) {
  OptimizerState state(potential.Initialise(seed), at::kCPU);
  state.first_moment += 2 * state.parameters + 1;
  state.second_moment += state.parameters.square();
  state.average *= 3;
  state.step = static_cast<int64_t>(100 + seed);
  return state;
}

inline std::vector<at::Tensor> TensorsOf(const OptimizerState& state) {
  return {state.parameters, state.first_moment, state.second_moment, state.average};
}

inline bool SameBits(const OptimizerState& a, const OptimizerState& b) {
  const std::vector<at::Tensor> of_a = TensorsOf(a), of_b = TensorsOf(b);
  bool same = a.step == b.step;
  for (size_t i = 0; i < of_a.size(); ++i) same = same && at::equal(of_a[i], of_b[i]);
  return same;
}

inline bool SameBits(const Parameters& a, const Parameters& b) {
  bool same = a.tensors.size() == b.tensors.size();
  for (size_t i = 0; same && i < a.tensors.size(); ++i) same = at::equal(a.tensors[i], b.tensors[i]);
  return same;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_NETWORK_H_
