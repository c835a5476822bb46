#include "server/messages/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "Tensors are little-endian, and copied as they are.");

std::string ShapeText(const v1::Tensor& tensor) { return absl::StrCat("[", absl::StrJoin(tensor.shape(), ", "), "]"); }

std::string IndexText(const v1::Tensor& tensor, int64_t flat) {
  std::vector<int64_t> index(tensor.shape_size());
  for (int axis = tensor.shape_size() - 1; axis >= 0; --axis) {
    index[axis] = flat % tensor.shape(axis);
    flat /= tensor.shape(axis);
  }
  return absl::StrCat("[", absl::StrJoin(index, ", "), "]");
}

template <typename T>
absl::Status CheckFinite(const v1::Tensor& tensor, absl::string_view field_name) {
  const char* data = tensor.data().data();
  const int64_t count = static_cast<int64_t>(tensor.data().size() / sizeof(T));
  for (int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, data + i * sizeof(T), sizeof(T));
    if (!std::isfinite(value)) {
      return InvalidField(absl::StrCat(field_name, IndexText(tensor, i)),
                          absl::StrCat("is ", value, ", which is not finite: drop or impute such values"));
    }
  }
  return absl::OkStatus();
}

template <typename T>
void Widen(const std::string& data, std::vector<double>* values) {
  values->resize(data.size() / sizeof(T));
  for (size_t i = 0; i < values->size(); ++i) {
    T value;
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    (*values)[i] = value;
  }
}

std::vector<double> Values(const v1::Tensor& tensor) {
  std::vector<double> values;
  if (tensor.data_type() == v1::DATA_TYPE_FLOAT32) {
    Widen<float>(tensor.data(), &values);
  } else {
    Widen<double>(tensor.data(), &values);
  }
  return values;
}

}  // namespace

int64_t ElementSize(v1::DataType type) {
  switch (type) {
    case v1::DATA_TYPE_FLOAT32:
      return 4;
    case v1::DATA_TYPE_FLOAT64:
      return 8;
    default:
      return 0;
  }
}

absl::Status CheckTensor(const v1::Tensor& tensor, int axes, absl::string_view field_name) {
  const int64_t element = ElementSize(tensor.data_type());
  if (element == 0) {
    return InvalidField(
        absl::StrCat(field_name, ".data_type"),
        absl::StrCat(tensor.data_type() == v1::DATA_TYPE_UNSPECIFIED
                         ? "is not set"
                         : absl::StrCat("is ", static_cast<int>(tensor.data_type()), ", which is not known"),
                     ": use DATA_TYPE_FLOAT32 or DATA_TYPE_FLOAT64"));
  }
  const absl::string_view wanted = axes == 1 ? "[n] with n at least 1" : "[n, D] with n and D at least 1";
  bool shape_fits = tensor.shape_size() == axes;
  int64_t bytes = element;
  for (const int64_t length : tensor.shape()) {
    shape_fits = shape_fits && length >= 1 && !__builtin_mul_overflow(bytes, length, &bytes);
  }
  if (!shape_fits) {
    return InvalidField(absl::StrCat(field_name, ".shape"),
                        absl::StrCat("is ", ShapeText(tensor), ", but must be ", wanted));
  }
  if (static_cast<int64_t>(tensor.data().size()) != bytes) {
    return InvalidField(absl::StrCat(field_name, ".data"),
                        absl::StrCat("has ", tensor.data().size(), " bytes, but shape ", ShapeText(tensor), " of ",
                                     v1::DataType_Name(tensor.data_type()), " takes ", bytes));
  }
  return element == 4 ? CheckFinite<float>(tensor, field_name) : CheckFinite<double>(tensor, field_name);
}

absl::StatusOr<Points> ToPoints(const v1::Tensor& tensor, int64_t dimension, absl::string_view field_name) {
  if (absl::Status status = CheckTensor(tensor, 2, field_name); !status.ok()) return status;
  if (dimension != 0 && tensor.shape(1) != dimension) {
    return InvalidField(absl::StrCat(field_name, ".shape"),
                        absl::StrCat("is ", ShapeText(tensor), ", but points have dimension ", dimension,
                                     " here: send [n, ", dimension, "]"));
  }
  return Points{tensor.shape(1), Values(tensor)};
}

absl::StatusOr<std::vector<double>> ToVector(const v1::Tensor& tensor, int64_t count, absl::string_view field_name) {
  if (absl::Status status = CheckTensor(tensor, 1, field_name); !status.ok()) return status;
  if (tensor.shape(0) != count) {
    return InvalidField(absl::StrCat(field_name, ".shape"),
                        absl::StrCat("is ", ShapeText(tensor), ", but must be [", count, "]: one for each point"));
  }
  return Values(tensor);
}

v1::Tensor ToTensor(absl::Span<const double> values, std::vector<int64_t> shape, v1::DataType type) {
  v1::Tensor tensor;
  tensor.set_data_type(type);
  tensor.mutable_shape()->Add(shape.begin(), shape.end());
  std::string& data = *tensor.mutable_data();
  data.resize(values.size() * ElementSize(type));
  if (type == v1::DATA_TYPE_FLOAT32) {
    for (size_t i = 0; i < values.size(); ++i) {
      const float value = static_cast<float>(values[i]);
      std::memcpy(data.data() + i * sizeof(float), &value, sizeof(float));
    }
  } else if (!values.empty()) {
    std::memcpy(data.data(), values.data(), data.size());
  }
  return tensor;
}

}  // namespace actionmatch
