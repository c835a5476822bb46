#include "core/training/optimizer_state.h"

#include <ATen/ATen.h>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

struct Named {
  const char* name;
  at::Tensor OptimizerState::*tensor;
};
constexpr Named kTensors[] = {{"optimizer.weights", &OptimizerState::parameters},
                              {"optimizer.first_moment", &OptimizerState::first_moment},
                              {"optimizer.second_moment", &OptimizerState::second_moment},
                              {"optimizer.average", &OptimizerState::average}};

}  // namespace

OptimizerState::OptimizerState(const Parameters& initial, at::Device device) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& tensor : initial.tensors) parts.push_back(tensor.detach().reshape({-1}));
  parameters = at::cat(parts).to(device);
  first_moment = at::zeros_like(parameters);
  second_moment = at::zeros_like(parameters);
  average = parameters.clone();
}

Parameters OptimizerState::Average(const Potential& potential) const {
  return potential.Views(average.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true));
}

void OptimizerState::Save(std::map<std::string, Array>* arrays) const {
  for (const Named& named : kTensors) {
    const at::Tensor values = (this->*named.tensor).to(at::kCPU);
    (*arrays)[named.name] =
        Array::Of(absl::MakeConstSpan(values.data_ptr<float>(), static_cast<size_t>(values.numel())), {values.numel()});
  }
  (*arrays)["optimizer.step"] = Array::Of(absl::MakeConstSpan(&step, 1), {1});
}

absl::Status OptimizerState::Restore(const TensorFile& file) {
  const size_t bytes = static_cast<size_t>(parameters.numel()) * sizeof(float);
  for (const Named& named : kTensors) {
    const absl::StatusOr<const Array*> array = file.Find(named.name);
    if (!array.ok() || (*array)->type != Array::Type::kFloat32 || (*array)->bytes.size() != bytes) {
      return absl::DataLossError(absl::StrCat("the checkpoint's ", named.name, " does not fit the network"));
    }
  }
  const absl::StatusOr<const Array*> saved = file.Find("optimizer.step");
  if (!saved.ok() || (*saved)->Int64s().size() != 1) return absl::DataLossError("the checkpoint holds no step");
  for (const Named& named : kTensors) {
    const std::string& from = (*file.Find(named.name))->bytes;
    (this->*named.tensor).copy_(at::from_blob(const_cast<char*>(from.data()), {parameters.numel()}, at::kFloat));
  }
  step = (*saved)->Int64s()[0];
  return absl::OkStatus();
}

void OptimizerState::CopyFrom(const OptimizerState& other) {
  for (const Named& named : kTensors) (this->*named.tensor).copy_(other.*named.tensor);
  step = other.step;
}

}  // namespace actionmatch
