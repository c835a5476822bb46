#include "core/potential/fused_network.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace actionmatch {
namespace {

// Layers with fewer inputs or outputs keep float32.
constexpr int64_t kMinRoundedWidth = 16;
// To pack fewer parameters takes less time than to wake a second thread that fetches them.
constexpr int64_t kMinParallelNumbers = int64_t{1} << 16;

ActivationKind KindOf(PotentialSpec::Activation activation) {
  switch (activation) {
    case PotentialSpec::Activation::kSilu:
      return ActivationKind::kSilu;
    case PotentialSpec::Activation::kSoftplus:
      return ActivationKind::kSoftplus;
    case PotentialSpec::Activation::kTanh:
      return ActivationKind::kTanh;
  }
  return ActivationKind::kSilu;
}

}  // namespace

template <typename T>
FusedParameters<T>::FusedParameters(const Perceptron& potential, TrainingSpec::Precision precision)
    : activation_(KindOf(potential.spec().activation)), precision_(precision) {
  const std::vector<std::vector<int64_t>> shapes = potential.shapes();
  offsets_.push_back(0);
  for (size_t i = 0; i < shapes.size(); i += 2) {
    if (i == 0) widths_.push_back(shapes[i][1]);
    widths_.push_back(shapes[i][0]);
    offsets_.push_back(offsets_.back() + shapes[i][0] * shapes[i][1]);
    offsets_.push_back(offsets_.back() + shapes[i][0]);
  }
  for (int64_t l = 0; l < layers(); ++l) {
    const int64_t in = widths_[l];
    const int64_t out = widths_[l + 1];
    weight_.emplace_back(out, in, false, rounded(l));
    transposed_.emplace_back(in, out, true, rounded(l));
  }
}

template <typename T>
bool FusedParameters<T>::rounded(int64_t l) const {
  return precision_ == TrainingSpec::Precision::kBfloat16 && l > 0 && l + 1 < layers() &&
         std::min(widths_[l], widths_[l + 1]) >= kMinRoundedWidth;
}

template <typename T>
void FusedParameters<T>::Set(const T* flat, int threads) {
  flat_ = flat;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (parameters() >= kMinParallelNumbers)
  for (int64_t i = 0; i < 2 * layers(); ++i) {
    (i % 2 == 0 ? weight_ : transposed_)[i / 2].Set(flat + offsets_[2 * (i / 2)]);
  }
}

template <typename T>
void FusedParameters<T>::Copy(const Parameters& parameters) {
  own_.resize(static_cast<size_t>(offsets_.back()));
  for (size_t i = 0; i < parameters.tensors.size(); ++i) {
    const at::Tensor values = parameters.tensors[i].detach().to(c10::CppTypeToScalarType<T>::value).contiguous();
    std::copy_n(values.data_ptr<T>(), values.numel(), own_.data() + offsets_[i]);
  }
  Set(own_.data());
}

template <typename T>
FusedNetwork<T>::FusedNetwork(const FusedParameters<T>& weights, const Rows& rows)
    : weights_(&weights),
      kernels_(Kernels<T>()),
      widths_(weights.widths()),
      layers_(weights.layers()),
      b_(rows.interior),
      a_(rows.boundary),
      p_(rows.probes),
      training_(rows.training),
      tangents_(training_ || p_ > 0 ? b_ : 0) {
  const int64_t all = b_ + a_ + tangents_ + p_ * b_;
  int64_t widest = 0;  // of rounded layers
  const auto array = [this](int64_t rows, int64_t width) { return arena_.template Zeros<T>(rows * width); };
  for (int64_t l = 0; l <= layers_; ++l) h_.emplace_back(all, widths_[l], l < layers_ && weights.rounded(l), &arena_);
  for (int64_t l = 0; l < layers_; ++l) {
    const int64_t in = widths_[l];
    const int64_t out = widths_[l + 1];
    const bool rounded = weights.rounded(l);
    if (rounded) widest = std::max({widest, in, out});
    c_.emplace_back(b_ + a_ + b_ + p_ * b_, out, rounded, &arena_);
    const auto product = [&](int64_t rows, int64_t n, int64_t k) {
      ProductShape shape{rows, n, k};
      shape.packed_b = true;
      shape.bfloat16 = rounded;
      return Product<T>(shape);
    };
    products_.forward.push_back(product(b_ + a_, out, in));
    products_.backward.push_back(product(b_, in, out));
    if (tangents_ > 0) products_.tangent.push_back(product(b_, out, in));
    if (p_ > 0) products_.probe.push_back(product(p_ * b_, out, in));
    if (training_) {
      products_.reverse.push_back(product(b_ + a_, in, out));
      if (p_ > 0) products_.reverse_probe.push_back(product(p_ * b_, in, out));
      // If a layer has few inputs, the transposed product has longer rows.
      const bool transpose = in < out;
      for (const bool accumulate : {false, true}) {
        ProductShape shape{transpose ? in : out, transpose ? out : in, all, true, accumulate && !transpose};
        shape.bfloat16 = rounded;
        (accumulate ? products_.more_weights : products_.weights).emplace_back(shape);
      }
    }
    if (l + 1 == layers_) continue;
    d1_.push_back(array(b_ + a_, out));
    if (training_) e_.push_back(array(b_, out));
    if (p_ == 0) continue;
    d2_.push_back(array(b_, out));
    squares_.push_back(array(b_, out));
    kept_.push_back(array(p_ * b_, out));
    if (training_) qd2_.push_back(array(b_, out));
  }
  if (widest > 0) raw_ = array(b_ + a_ + b_ + p_ * b_, widest);
  input_gradient_ = array(b_, widths_.front());
  int64_t most = 0;  // elements of a gradient that is made transposed
  for (int64_t l = 0; l < layers_; ++l) {
    if (widths_[l] < widths_[l + 1]) most = std::max(most, widths_[l] * widths_[l + 1]);
  }
  if (training_) transposed_gradient_ = array(1, most);
}

template <typename T>
T* FusedNetwork<T>::Raw(OperandRows<T>& to, int64_t i) {
  T* exact = to.exact(i);
  return exact != nullptr ? exact : raw_ + i * to.width();
}

template <typename T>
void FusedNetwork<T>::Forward() {
  for (int64_t l = 0; l < layers_; ++l) {
    OperandRows<T>& to = h_[l + 1];
    T* out = Raw(to, 0);
    const int64_t width = widths_[l + 1];
    products_.forward[l].Run(h_[l].operand(0), weights_->transposed(l), out);
    if (l + 1 == layers_) {
      for (int64_t i = 0; i < b_ + a_; ++i) {
        for (int64_t j = 0; j < width; ++j) out[i * width + j] += weights_->bias(l)[j];
      }
      return;
    }
    T* d1 = d1_[l];
    T* d2 = nullptr;
    T* d3 = nullptr;
    if (p_ > 0) {
      d2 = d2_[l];
      if (training_) d3 = e_[l];
    } else if (training_) {
      d2 = e_[l];
    }
    kernels_.activate(weights_->activation(), b_, width, weights_->bias(l), out, d1, d2, d3, to.rounded(0));
    kernels_.activate(weights_->activation(), a_, width, weights_->bias(l), out + b_ * width, d1 + b_ * width, nullptr,
                      nullptr, to.rounded(b_));
  }
}

template <typename T>
void FusedNetwork<T>::Backward() {
  for (int64_t l = layers_ - 1; l >= 0; --l) {
    const Operand<T> cotangent = c_[l].operand(b_ + a_);
    if (l == 0) {
      products_.backward[l].Run(cotangent, weights_->weight(l), input_gradient_);
      return;
    }
    const int64_t size = b_ * widths_[l];
    OperandRows<T>& to = c_[l - 1];
    T* q = Raw(to, b_ + a_);
    products_.backward[l].Run(cotangent, weights_->weight(l), q);
    const T* d1 = d1_[l - 1];
    if (p_ > 0 && training_) {
      kernels_.backward_curved(size, q, d1, d2_[l - 1], qd2_[l - 1], e_[l - 1], to.rounded(b_ + a_));
    } else {
      kernels_.backward(size, q, d1, training_ ? e_[l - 1] : nullptr, to.rounded(b_ + a_));
    }
  }
}

template <typename T>
void FusedNetwork<T>::Tangent(const T* g) {
  for (int64_t l = 0; l < layers_; ++l) {
    const int64_t width = widths_[l + 1];
    const int64_t size = b_ * width;
    const int64_t first = b_ + a_;
    OperandRows<T>& to = h_[l + 1];
    T* z = Raw(to, first);
    products_.tangent[l].Run(h_[l].operand(first), weights_->transposed(l), z);
    if (p_ > 0) products_.probe[l].Run(h_[l].operand(first + b_), weights_->transposed(l), z + size);
    if (l + 1 == layers_) return;
    const T* d1 = d1_[l];
    if (p_ == 0) {
      kernels_.tangent(size, z, d1, e_[l], to.rounded(first));
      continue;
    }
    T* squares = squares_[l];
    for (int64_t p = 0; p < p_; ++p) {
      kernels_.probe(size, z + (1 + p) * size, d1, kept_[l] + p * size, squares, p == 0,
                     to.rounded(first + (1 + p) * b_));
    }
    kernels_.tangent_curved(b_, width, g, z, d1, d2_[l], squares, training_ ? qd2_[l] : nullptr,
                            training_ ? e_[l] : nullptr, to.rounded(first));
  }
}

template <typename T>
void FusedNetwork<T>::Reverse(const T* g, bool accumulate, T* gradient) {
  for (int64_t l = 0; l < layers_; ++l) {
    if (!accumulate) std::fill_n(gradient + weights_->offset(2 * l + 1), widths_[l + 1], T{0});
  }
  kernels_.add_columns(b_ + a_, widths_.back(), c_.back().exact(0), gradient + weights_->offset(2 * layers_ - 1));
  for (int64_t l = layers_ - 1; l >= 0; --l) {
    WeightGradient(l, accumulate, gradient);
    if (l == 0) return;
    const int64_t width = widths_[l];
    const int64_t size = b_ * width;
    OperandRows<T>& to = c_[l - 1];
    T* r = Raw(to, 0);
    products_.reverse[l].Run(c_[l].operand(0), weights_->weight(l), r);
    T* sums = gradient + weights_->offset(2 * l - 1);
    const T* d1 = d1_[l - 1];
    const T* e = e_[l - 1];
    if (p_ == 0) {
      kernels_.reverse(b_, width, r, d1, e, sums, to.rounded(0));
    } else {
      T* x = r + (b_ + a_) * width + size;
      products_.reverse_probe[l].Run(c_[l].operand(b_ + a_ + b_), weights_->weight(l), x);
      // The sums come last, since the probes still add to r.
      kernels_.reverse(b_, width, r, d1, e, nullptr, nullptr);
      for (int64_t p = 0; p < p_; ++p) {
        kernels_.reverse_probe(b_, width, g, r, x + p * size, d1, d2_[l - 1], qd2_[l - 1], kept_[l - 1] + p * size,
                               to.rounded(b_ + a_ + (1 + p) * b_));
      }
      kernels_.add_columns(b_, width, r, sums);
      if (to.rounded(0) != nullptr) kernels_.round(size, r, to.rounded(0));
    }
    kernels_.reverse(a_, width, r + size, d1 + size, nullptr, sums, to.rounded(b_));
  }
}

template <typename T>
void FusedNetwork<T>::WeightGradient(int64_t l, bool accumulate, T* gradient) {
  T* out = gradient + weights_->offset(2 * l);
  const int64_t in = widths_[l];
  const int64_t width = widths_[l + 1];
  if (in >= width) {
    (accumulate ? products_.more_weights : products_.weights)[l].Run(c_[l].operand(0), h_[l].operand(0), out);
    return;
  }
  T* transposed = transposed_gradient_;
  products_.weights[l].Run(h_[l].operand(0), c_[l].operand(0), transposed);
  for (int64_t o = 0; o < width; ++o) {
    for (int64_t i = 0; i < in; ++i) {
      T& target = out[o * in + i];
      target = accumulate ? target + transposed[i * width + o] : transposed[i * width + o];
    }
  }
}

template class FusedParameters<float>;
template class FusedParameters<double>;
template class FusedNetwork<float>;
template class FusedNetwork<double>;

}  // namespace actionmatch
