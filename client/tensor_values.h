// Tensors of the API as plain numbers, for the CLI.

#ifndef ACTIONMATCH_CLIENT_TENSOR_VALUES_H_
#define ACTIONMATCH_CLIENT_TENSOR_VALUES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "actionmatch/v1/tensor.pb.h"

namespace actionmatch {

// single: FLOAT32, rounded; otherwise FLOAT64. values: as many numbers as the shape says.
v1::Tensor MakeTensor(absl::Span<const double> values, const std::vector<int64_t>& shape, bool single);
// The elements, in order.
std::vector<double> Values(const v1::Tensor& tensor);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TENSOR_VALUES_H_
