#include "core/field.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/calculus.h"
#include "core/field_weights.h"
#include "core/integrate.h"

namespace actionmatch {
namespace {

void CopyScaled(const at::Tensor& from, double scale, int64_t count, double* to) {
  const at::Tensor values = from.contiguous();
  const float* data = values.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) to[i] = scale * data[i];
}

}  // namespace

Field::Field(Standardisation standardisation, double end_time, Provenance provenance,
             std::unique_ptr<const Weights> weights)
    : standardisation_(std::move(standardisation)),
      end_time_(end_time),
      provenance_(std::move(provenance)),
      weights_(std::move(weights)) {}

Field::~Field() = default;

absl::Status Field::CheckTimes(absl::Span<const double> t) const {
  for (double time : t) {
    if (time >= start_time() && time <= end_time()) continue;
    return absl::OutOfRangeError(absl::StrCat("time ", time, " is outside the field's times ", start_time(), " to ",
                                              end_time(), "; set extrapolate to allow it"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Field::Evaluation> Field::Evaluate(const Points& x, absl::Span<const double> t, const Mask& mask,
                                                  const std::function<absl::Status()>& before_tile) const {
  const int64_t n = x.count();
  const int64_t dimension = this->dimension();
  if (x.dimension != dimension) {
    return absl::InvalidArgumentError(
        absl::StrCat("points have dimension ", x.dimension, "; the field's is ", dimension));
  }
  if (static_cast<int64_t>(t.size()) != n) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", n, " points but ", t.size(), " times"));
  }
  const double scale = standardisation_.scale;
  const double duration = standardisation_.duration;
  Evaluation answer;
  const auto size = static_cast<size_t>(n);
  if (mask.value) answer.value.resize(size);
  if (mask.time_derivative) answer.time_derivative.resize(size);
  if (mask.growth) answer.growth.resize(size);
  if (mask.divergence) answer.divergence.resize(size);
  if (mask.velocity) answer.velocity = {dimension, std::vector<double>(x.values.size())};
  DerivativeMask derivatives;
  derivatives.gradient = mask.velocity;
  derivatives.d_tau = mask.time_derivative;
  derivatives.laplacian = mask.divergence;
  for (int64_t first = 0; first < n; first += kTileRows) {
    if (before_tile) {
      const absl::Status status = before_tile();
      if (!status.ok()) return status;
    }
    const int64_t rows = std::min(kTileRows, n - first);
    // Always a full tile: products of other row counts give other bits.
    at::Tensor y = at::zeros({kTileRows, dimension}, at::kFloat);
    at::Tensor tau = at::zeros({kTileRows}, at::kFloat);
    for (int64_t i = 0; i < rows; ++i) {
      tau.data_ptr<float>()[i] = static_cast<float>(standardisation_.Tau(t[first + i]));
      for (int64_t d = 0; d < dimension; ++d) {
        y.data_ptr<float>()[i * dimension + d] =
            static_cast<float>((x.row(first + i)[d] - standardisation_.mean[d]) / scale);
      }
    }
    const Derivatives s = Differentiate(weights_->potential, weights_->parameters, tau, y, derivatives);
    if (mask.value) CopyScaled(s.value, scale * scale / duration, rows, answer.value.data() + first);
    if (mask.growth) CopyScaled(s.value, dynamics().lambda / duration, rows, answer.growth.data() + first);
    if (mask.velocity) {
      CopyScaled(s.gradient, scale / duration, rows * dimension, answer.velocity.values.data() + first * dimension);
    }
    if (mask.time_derivative) {
      CopyScaled(s.d_tau, scale * scale / (duration * duration), rows, answer.time_derivative.data() + first);
    }
    if (mask.divergence) CopyScaled(s.laplacian, 1 / duration, rows, answer.divergence.data() + first);
  }
  return answer;
}

}  // namespace actionmatch
