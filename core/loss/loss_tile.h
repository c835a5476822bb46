// LossTile: the passes of fused_network.h over one block of a batch's rows, which give the block's part of the loss
// (objective.h) and of its gradient. With B rows in the whole batch, each interior row i has the factors
//
//   rho = factor W w / B       u = rho (1, v) in the action form, rho (0, v - y') in the conditional one, and
//   g = rho kappa / probes     v = grad c*(p) held fixed;  kappa = (sigma^2 - beta^2)/2
//
// and adds to the gradient that of the function  grad S . u + g sum_e e . Hessian(S) e + f S,  with
// f = factor W (w (lambda S - r) + w') / B held fixed. Rows of the two ends add +-w m S / B.

#ifndef ACTIONMATCH_CORE_LOSS_LOSS_TILE_H_
#define ACTIONMATCH_CORE_LOSS_LOSS_TILE_H_

#include <cstdint>
#include <vector>

#include "core/loss/objective.h"
#include "core/path/path.h"
#include "core/potential/fused_network.h"
#include "core/potential/network_ends.h"

namespace actionmatch {

// The values that all tiles of a batch share. All that the references refer to outlives the tiles.
template <typename T>
struct LossTileShape {
  const Objective& objective;
  const Perceptron& potential;
  const FusedParameters<T>& weights;
  int64_t batch_rows = 0;  // B
  int64_t probes = 0;      // 0: no Laplacian
};

// The rows of a batch that a tile works on.
struct LossTileRows {
  const PathBatch& batch;
  const std::vector<double>& laplacian;  // kappa by row, or empty
  int64_t step = 0;
  int64_t first = 0;
};

// Not thread-safe. T: float or double.
template <typename T>
class LossTile {
 public:
  LossTile(const LossTileShape<T>& shape, int64_t rows);

  int64_t rows() const { return n_; }
  // The rows' part of the loss. Adds to, or sets, gradient [P]; fills in interior [first, first + rows) if it is not
  // null.
  double Run(const LossTileRows& rows, bool accumulate, T* gradient, float* interior);

 private:
  void Fill(const LossTileRows& rows);
  void SetDirections(const LossTileRows& rows);
  void SetProbes(const LossTileRows& rows);
  void SetCotangents(const LossTileRows& rows);
  double Sum(const LossTileRows& rows, float* interior);

  const Objective& objective_;
  const NetworkEnds<T> ends_;
  const bool action_;
  const int64_t n_, d_, in_, out_, probes_;
  const double batch_rows_;
  FusedNetwork<T> network_;
  std::vector<T> y_;           // [n (+ 2n), D]
  std::vector<T> u_;           // [n, D]
  std::vector<T> g_;           // [n]
  std::vector<T> f_;           // [n]
  std::vector<T> e_;           // [P, n, D]
  std::vector<T> p_;           // [D]
  std::vector<double> rho_;    // [n]
  std::vector<double> along_;  // [n]: grad S . u
  std::vector<double> term_;   // [n]: the loss's interior term
  double ends_loss_ = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_LOSS_LOSS_TILE_H_
