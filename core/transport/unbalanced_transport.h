// Unbalanced optimal transport between two clouds of different mass, fixed by the energy int |v|^2/2 + g^2/(2 lambda)
// of unbalanced Action Matching (Wasserstein-Fisher-Rao; Chizat et al., arXiv 1508.05216; Liero et al., arXiv
// 1508.07941):
//
//   min_P <C, P> + rho [KL(P 1 | mu) + KL(P^T 1 | nu)] + eps KL(P | mu x nu),  rho = 2/lambda,
//   C_ij = -rho log cos^2(min(sqrt(lambda) |x_i - y_j|/2, pi/2)),  mu = m_0 a, nu = m_1 b
//
// Sinkhorn's iteration in the log domain finds P, with the translation step of Sejourne et al. (arXiv 2201.00730),
// while eps is scaled down to its value. A pair (i, j) then carries weight W(u) = exp((1-u) log_start + u log_end)
// along its line, and is drawn with density (a_i P_ij/P_i. + b_j P_ij/P_.j)/2. Both ends have their exact marginals for
// any P, and W is at most 2 max(m_0, m_1).

#ifndef ACTIONMATCH_CORE_TRANSPORT_UNBALANCED_TRANSPORT_H_
#define ACTIONMATCH_CORE_TRANSPORT_UNBALANCED_TRANSPORT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/points.h"
#include "core/transport/transport_blocks.h"

namespace actionmatch {

// Points [n, D], their weights [n] (normalised here; empty: uniform), and their mass together.
struct MassCloud {
  const Points& points;
  const std::vector<double>& weights;
  double mass = 1;
};

struct UnbalancedProblem {
  double lambda = 1;             // > 0, in units of `length`
  double regularisation = 0.02;  // eps > 0, in units of length^2
  double length = 1;             // the unit of distances
};

// A sparse plan. It has the largest kPlanEntries entries of each row and of each column, if they exceed 1e-4 of the
// largest entry: at most kPlanEntries (n + m) in each block, for any regularisation. The kept entries are normalised
// row by row and column by column, so both ends keep their exact marginals; a plan that is cut scatters less than its
// regularisation asks. The density sums to 1.
inline constexpr int64_t kPlanEntries = 128;
struct UnbalancedPlan {
  std::vector<int32_t> from;     // index into x
  std::vector<int32_t> to;       // index into y
  std::vector<double> density;   // how often to draw the pair
  std::vector<float> log_start;  // log W at x's time
  std::vector<float> log_end;    // log W at y's time
};

// Memory: about 8 n m bytes for a block, and 24 for an entry. blocks.on_progress is called every fraction of a second,
// within a block too. Errors as ExactTransport, INVALID_ARGUMENT for a mass that is not positive and finite, and the
// errors of on_progress.
absl::StatusOr<UnbalancedPlan> UnbalancedTransport(const MassCloud& x, const MassCloud& y,
                                                   const UnbalancedProblem& problem, const TransportBlocks& blocks);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRANSPORT_UNBALANCED_TRANSPORT_H_
