// log sum_j exp(height_j - cost_j * inverse), the inner loop of Sinkhorn's iteration: in float, with a polynomial
// exponential (relative error below 1e-6) that the compiler turns into vector code for the processor that it runs on.

#ifndef ACTIONMATCH_CORE_TRANSPORT_LOG_SUM_EXP_H_
#define ACTIONMATCH_CORE_TRANSPORT_LOG_SUM_EXP_H_

#include "absl/types/span.h"

namespace actionmatch {

// `height` and `cost` have the same size, at least 1, and any finite values.
double LogSumExp(absl::Span<const float> height, absl::Span<const float> cost, float inverse);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRANSPORT_LOG_SUM_EXP_H_
