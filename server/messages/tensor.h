// Conversions between the API's tensors and plain numbers. Knows no LibTorch.

#ifndef ACTIONMATCH_SERVER_MESSAGES_TENSOR_H_
#define ACTIONMATCH_SERVER_MESSAGES_TENSOR_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "actionmatch/v1/tensor.pb.h"
#include "core/points.h"

namespace actionmatch {

// Bytes of one element; 0 for a type that is not known.
int64_t ElementSize(v1::DataType type);

// OK if the tensor has a known data type, `axes` axes of length 1 or more, as many bytes as the type and the axes say,
// and only finite values. INVALID_ARGUMENT names `field_name` and the remedy, and the index of a value that is not
// finite.
absl::Status CheckTensor(const v1::Tensor& tensor, int axes, absl::string_view field_name);

// Checks as CheckTensor. tensor: [n, D]; dimension 0: any D.
absl::StatusOr<Points> ToPoints(const v1::Tensor& tensor, int64_t dimension, absl::string_view field_name);
// Checks as CheckTensor. tensor: [count].
absl::StatusOr<std::vector<double>> ToVector(const v1::Tensor& tensor, int64_t count, absl::string_view field_name);
// values: as many numbers as the shape says. type: FLOAT32 rounds, FLOAT64 is exact.
v1::Tensor ToTensor(absl::Span<const double> values, std::vector<int64_t> shape, v1::DataType type);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_TENSOR_H_
