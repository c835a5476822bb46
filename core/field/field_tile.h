// FieldTile: up to kTileRows points of a field, which go through one member's potential at a time
// (potential/point_passes.h). The potential sees blocks of a fixed number of rows, padded, so that a point's answer
// does not depend on the other points.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_TILE_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_TILE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/field/field.h"
#include "core/potential/point_passes.h"

namespace actionmatch {

// Not thread-safe; any number of tiles may use one field at once.
class FieldTile {
 public:
  // `field` must outlive the tile.
  FieldTile(const Field& field, const PointQuantities& wanted);

  // Takes in points [n, D] at times [n] in data units, n at most kTileRows. `first_row` picks the probes.
  void Set(absl::Span<const double> x, absl::Span<const double> t, int64_t first_row);
  // Computes the standardised answers of one member for the points taken in.
  void Run(int member);

  const std::vector<float>& padded_y() const { return y_; }           // [kTileRows, D]
  const std::vector<float>& padded_tau() const { return tau_; }       // [kTileRows]
  const std::vector<float>& value() const { return value_; }          // [n]: S
  const std::vector<float>& gradient() const { return gradient_; }    // [n, D]: grad_y S
  const std::vector<float>& d_tau() const { return d_tau_; }          // [n]
  const std::vector<float>& laplacian() const { return laplacian_; }  // [n]

 private:
  const Field& field_;
  const PointQuantities wanted_;
  const int64_t d_;
  const std::unique_ptr<PointPasses> passes_;
  int64_t n_ = 0;               // points taken in
  int64_t first_row_ = 0;       // the first point's row, which picks the probes
  std::vector<float> y_, tau_;  // [kTileRows, D], [kTileRows]
  std::vector<float> value_, gradient_, d_tau_, laplacian_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_TILE_H_
