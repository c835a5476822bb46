// FieldTile: up to kTileRows points of a field through one member's network at a time, without an autograd graph. The
// network sees blocks of a fixed number of rows, padded, so that a point's answer does not depend on the others.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_TILE_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_TILE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/field/field.h"
#include "core/potential/fused_network.h"
#include "core/potential/network_ends.h"

namespace actionmatch {

// Not thread-safe; any number of them may use one field at once.
class FieldTile {
 public:
  struct Wanted {
    bool gradient = false;   // else only the value
    bool d_tau = false;      // needs gradient
    bool laplacian = false;  // of S; exact, or with `probes` random directions for each point
    int probes = 0;
    uint64_t seed = 0;  // of the probes
  };
  // `field` must outlive this.
  FieldTile(const Field& field, const Wanted& wanted);
  ~FieldTile();

  // Takes in points [n, D] at times [n] in data units, n at most kTileRows. `first_row` picks the probes.
  void Set(absl::Span<const double> x, absl::Span<const double> t, int64_t first_row);
  // Answers for the points taken in, standardised, by one member's network.
  void Run(int member);

  const std::vector<float>& padded_y() const { return y_; }           // [kTileRows, D]
  const std::vector<float>& padded_tau() const { return tau_; }       // [kTileRows]
  const std::vector<float>& value() const { return value_; }          // [n]: S
  const std::vector<float>& gradient() const { return gradient_; }    // [n, D]: grad_y S
  const std::vector<float>& d_tau() const { return d_tau_; }          // [n]
  const std::vector<float>& laplacian() const { return laplacian_; }  // [n]

 private:
  void RunBlock(const FusedWeights<float>& weights, int64_t first);
  // For the block's rows, to laplacian: of `probes_` directions from that one on.
  void AddSecondDerivatives(int64_t first, int64_t direction);
  void SetDirections(int64_t first, int64_t direction);

  const Field& field_;
  const Wanted wanted_;
  const FusedRows<float> ends_;
  const int64_t d_;
  const int64_t block_;       // rows
  const int64_t directions_;  // of each point
  const int64_t probes_;      // of them in one pass
  std::unique_ptr<FusedNetwork<float>> network_;
  int64_t n_ = 0;                  // points taken in
  std::vector<float> y_, tau_;     // [padded, D], [padded]
  int64_t first_row_ = 0;          // of them
  std::vector<float> e_;           // [probes, block, D]
  int64_t unit_direction_ = -1;    // the first in e_, where they are unit vectors
  std::vector<float> factor_, u_;  // of the second-order tangents: [block], and zeros [D]
  std::vector<float> value_, gradient_, d_tau_, laplacian_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_TILE_H_
