#include "core/potential/potential.h"

#include <ATen/ATen.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/random.h"

namespace actionmatch {
namespace {

constexpr double kTwoPi = 6.283185307179586;
constexpr double kLastLayerScale = 0.1;

at::Tensor Activate(PotentialSpec::Activation activation, const at::Tensor& a) {
  switch (activation) {
    case PotentialSpec::Activation::kSilu:
      return at::silu(a);
    case PotentialSpec::Activation::kSoftplus:
      return at::softplus(a);
    case PotentialSpec::Activation::kTanh:
      return at::tanh(a);
  }
  return a;
}

// a b of operands rounded to bfloat16, in the type of a.
at::Tensor Bfloat16Product(const at::Tensor& a, const at::Tensor& b) {
  return at::mm(a.to(at::kBFloat16), b.to(at::kBFloat16)).to(a.scalar_type());
}

}  // namespace

Parameters Parameters::Clone() const {
  Parameters copy;
  for (const at::Tensor& tensor : tensors) copy.tensors.push_back(tensor.detach().clone());
  return copy;
}

Potential::Potential(PotentialSpec spec, int64_t dimension, TrainingSpec::Precision precision)
    : spec_(std::move(spec)), dimension_(dimension), precision_(precision) {}

std::vector<std::vector<int64_t>> Potential::shapes() const {
  std::vector<int64_t> widths = {spec_.Inputs(dimension_)};
  widths.insert(widths.end(), spec_.hidden.begin(), spec_.hidden.end());
  widths.push_back(spec_.Outputs(dimension_));
  std::vector<std::vector<int64_t>> shapes;
  for (size_t l = 0; l + 1 < widths.size(); ++l) {
    shapes.push_back({widths[l + 1], widths[l]});
    shapes.push_back({widths[l + 1]});
  }
  return shapes;
}

Parameters Potential::Views(const at::Tensor& flat) const {
  Parameters views;
  int64_t next = 0;
  for (const std::vector<int64_t>& shape : shapes()) {
    int64_t size = 1;
    for (const int64_t n : shape) size *= n;
    views.tensors.push_back(flat.narrow(0, next, size).view(shape).detach());
    next += size;
  }
  return views;
}

std::vector<std::string> Potential::names() const {
  std::vector<std::string> names;
  for (size_t l = 0; l <= spec_.hidden.size(); ++l) {
    names.push_back(absl::StrCat("layers.", l, ".weight"));
    names.push_back(absl::StrCat("layers.", l, ".bias"));
  }
  return names;
}

Parameters Potential::Initialise(uint64_t seed) const {
  Parameters parameters;
  const std::vector<std::vector<int64_t>> all = shapes();
  double bound = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i % 2 == 0) bound = 1 / std::sqrt(static_cast<double>(all[i][1]));
    if (i + 2 == all.size()) bound *= kLastLayerScale;
    Random random(seed, RandomStream::kWeights, i);
    at::Tensor tensor = at::empty(all[i], at::kFloat);
    float* values = tensor.data_ptr<float>();
    for (int64_t j = 0; j < tensor.numel(); ++j) values[j] = static_cast<float>((2 * random.Uniform() - 1) * bound);
    parameters.tensors.push_back(tensor);
  }
  return parameters;
}

at::Tensor Potential::Value(const Parameters& parameters, const at::Tensor& tau, const at::Tensor& y) const {
  std::vector<at::Tensor> inputs = {tau.unsqueeze(1)};
  for (int k = 1; k <= spec_.time_features; ++k) {
    inputs.push_back(at::sin(kTwoPi * k * inputs[0]));
    inputs.push_back(at::cos(kTwoPi * k * inputs[0]));
  }
  inputs.push_back(y);
  at::Tensor h = at::cat(inputs, 1);
  const size_t layers = parameters.tensors.size() / 2;
  for (size_t l = 0; l < layers; ++l) {
    const bool hidden = l > 0 && l + 1 < layers;
    if (hidden && precision_ == TrainingSpec::Precision::kBfloat16) {
      h = parameters.tensors[2 * l + 1] + Bfloat16Product(h, parameters.tensors[2 * l].t());
    } else {
      h = at::addmm(parameters.tensors[2 * l + 1], h, parameters.tensors[2 * l].t());
    }
    if (l + 1 < layers) h = Activate(spec_.activation, h);
  }
  switch (spec_.head) {
    case PotentialSpec::Head::kValue:
      return h.squeeze(1);
    case PotentialSpec::Head::kInnerProduct:
      return (h.narrow(1, 0, dimension_) * y).sum(1) + h.select(1, dimension_);
    case PotentialSpec::Head::kQuadratic:
      return 0.5 * (y - h).square().sum(1);
  }
  return h;
}

}  // namespace actionmatch
