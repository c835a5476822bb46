#include "core/potential/parameter_arrays.h"

#include <ATen/ATen.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace actionmatch {

void SaveParameters(const Potential& potential, const Parameters& parameters, absl::string_view prefix,
                    std::map<std::string, Array>* arrays) {
  const std::vector<std::string> names = potential.names();
  for (size_t i = 0; i < names.size(); ++i) {
    const at::Tensor tensor = parameters.tensors[i].contiguous();
    (*arrays)[absl::StrCat(prefix, names[i])] = Array::Of(
        absl::MakeConstSpan(tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())), tensor.sizes().vec());
  }
}

absl::StatusOr<Parameters> LoadParameters(const Potential& potential, absl::string_view prefix,
                                          const TensorFile& file) {
  Parameters parameters;
  const std::vector<std::string> names = potential.names();
  const std::vector<std::vector<int64_t>> shapes = potential.shapes();
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = absl::StrCat(prefix, names[i]);
    const absl::StatusOr<const Array*> array = file.Find(name);
    if (!array.ok()) return array.status();
    if ((*array)->type != Array::Type::kFloat32 || (*array)->shape != shapes[i]) {
      return absl::InvalidArgumentError(absl::StrCat("the file's ", name, " does not fit its spec"));
    }
    at::Tensor tensor = at::empty(shapes[i], at::kFloat);
    std::memcpy(tensor.data_ptr<float>(), (*array)->bytes.data(), (*array)->bytes.size());
    if (!at::isfinite(tensor).all().item<bool>()) {
      return absl::InvalidArgumentError(absl::StrCat("the file's ", name, " holds numbers that are not finite"));
    }
    parameters.tensors.push_back(tensor);
  }
  return parameters;
}

}  // namespace actionmatch
