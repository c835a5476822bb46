#include "client/tensor_values.h"

#include <cstring>

namespace actionmatch {
namespace {

template <typename T>
std::vector<double> Widened(const std::string& bytes) {
  std::vector<double> values(bytes.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = value;
  }
  return values;
}

}  // namespace

v1::Tensor MakeTensor(absl::Span<const double> values, const std::vector<int64_t>& shape, bool single) {
  v1::Tensor tensor;
  for (const int64_t length : shape) tensor.add_shape(length);
  if (single) {
    const std::vector<float> narrow(values.begin(), values.end());
    tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
    tensor.set_data(narrow.data(), narrow.size() * sizeof(float));
  } else {
    tensor.set_data_type(v1::DATA_TYPE_FLOAT64);
    tensor.set_data(values.data(), values.size() * sizeof(double));
  }
  return tensor;
}

std::vector<double> Values(const v1::Tensor& tensor) {
  return tensor.data_type() == v1::DATA_TYPE_FLOAT32 ? Widened<float>(tensor.data()) : Widened<double>(tensor.data());
}

}  // namespace actionmatch
