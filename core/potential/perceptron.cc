#include "core/potential/perceptron.h"

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

// The product a b of operands rounded to bfloat16, in the type of a.
at::Tensor Bfloat16Product(const at::Tensor& a, const at::Tensor& b) {
  return at::mm(a.to(at::kBFloat16), b.to(at::kBFloat16)).to(a.scalar_type());
}

}  // namespace

Perceptron::Perceptron(PotentialSpec spec, int64_t dimension, TrainingSpec::Precision precision)
    : Potential(dimension), spec_(std::move(spec)), precision_(precision) {}

std::shared_ptr<const Potential> Perceptron::WithPrecision(TrainingSpec::Precision precision) const {
  return std::make_shared<Perceptron>(spec_, dimension(), precision);
}

std::vector<std::vector<int64_t>> Perceptron::shapes() const {
  std::vector<int64_t> widths = {spec_.Inputs(dimension())};
  widths.insert(widths.end(), spec_.hidden.begin(), spec_.hidden.end());
  widths.push_back(spec_.Outputs(dimension()));
  std::vector<std::vector<int64_t>> shapes;
  for (size_t l = 0; l + 1 < widths.size(); ++l) {
    shapes.push_back({widths[l + 1], widths[l]});
    shapes.push_back({widths[l + 1]});
  }
  return shapes;
}

std::vector<std::string> Perceptron::names() const {
  std::vector<std::string> names;
  for (size_t l = 0; l <= spec_.hidden.size(); ++l) {
    names.push_back(absl::StrCat("layers.", l, ".weight"));
    names.push_back(absl::StrCat("layers.", l, ".bias"));
  }
  return names;
}

Parameters Perceptron::Initialise(uint64_t seed) const {
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

at::Tensor Perceptron::Value(const Parameters& parameters, const PotentialInput& input) const {
  const at::Tensor& y = input.y;
  std::vector<at::Tensor> inputs = {input.tau.unsqueeze(1)};
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
      return (h.narrow(1, 0, dimension()) * y).sum(1) + h.select(1, dimension());
    case PotentialSpec::Head::kQuadratic:
      return 0.5 * (y - h).square().sum(1);
  }
  return h;
}

}  // namespace actionmatch
