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

// Adds to a running sum over members, and to that of squares.
struct Accumulator {
  std::vector<double>* sum;
  std::vector<double>* squares;  // may be null

  void Add(const at::Tensor& from, double scale, int64_t at, int64_t count) const {
    const at::Tensor values = from.contiguous();
    const float* data = values.data_ptr<float>();
    for (int64_t i = 0; i < count; ++i) {
      const double value = scale * data[i];
      (*sum)[at + i] += value;
      if (squares != nullptr) (*squares)[at + i] += value * value;
    }
  }
};

// Sums over `members` of an answer to their mean, and sums of squares to the standard deviation.
void Finish(double members, std::vector<double>* sum, std::vector<double>* squares) {
  for (size_t i = 0; i < sum->size(); ++i) {
    const double mean = (*sum)[i] / members;
    if (squares != nullptr) {
      const double variance = members > 1 ? ((*squares)[i] - members * mean * mean) / (members - 1) : 0;
      (*squares)[i] = std::sqrt(std::max(0.0, variance));
    }
    (*sum)[i] = mean;
  }
}

std::vector<std::vector<double>*> Parts(Field::Evaluation& e) {
  return {&e.value, &e.velocity.values, &e.time_derivative, &e.growth, &e.divergence};
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

int Field::members() const { return static_cast<int>(weights_->members.size()); }

double Field::Mass(double t) const {
  const std::vector<double>& times = provenance_.mass_times;
  const std::vector<double>& masses = provenance_.masses;
  if (times.size() < 2) return 1;
  const auto after = std::upper_bound(times.begin() + 1, times.end() - 1, t);
  const auto k = static_cast<size_t>(after - times.begin()) - 1;
  const double u = (t - times[k]) / (times[k + 1] - times[k]);
  return std::exp((1 - u) * std::log(masses[k]) + u * std::log(masses[k + 1]));
}

absl::StatusOr<Field::Evaluation> Field::Evaluate(const Points& x, absl::Span<const double> t, const Mask& mask,
                                                  const EvaluateOptions& options) const {
  const int64_t n = x.count();
  const int64_t dimension = this->dimension();
  if (x.dimension != dimension) {
    return absl::InvalidArgumentError(
        absl::StrCat("points have dimension ", x.dimension, "; the field's is ", dimension));
  }
  if (static_cast<int64_t>(t.size()) != n) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", n, " points but ", t.size(), " times"));
  }
  if (options.member < kAllMembers || options.member >= members()) {
    return absl::InvalidArgumentError(
        absl::StrCat("member ", options.member, " is not one of the field's ", members(), ", which count from 0"));
  }
  const double scale = standardisation_.scale;
  const double duration = standardisation_.duration;
  const double value_scale = PotentialScale(dynamics(), scale, duration);
  const auto size = static_cast<size_t>(n);
  const auto sized = [&] {
    Evaluation e;
    if (mask.value) e.value.resize(size);
    if (mask.time_derivative) e.time_derivative.resize(size);
    if (mask.growth) e.growth.resize(size);
    if (mask.divergence) e.divergence.resize(size);
    if (mask.velocity) e.velocity = {dimension, std::vector<double>(x.values.size())};
    return e;
  };
  Evaluation answer = sized();
  Evaluation squares;
  if (options.spread != nullptr) squares = sized();
  const auto into = [&](std::vector<double>& sum, std::vector<double>& square) {
    return Accumulator{&sum, options.spread != nullptr ? &square : nullptr};
  };
  DerivativeMask derivatives;
  derivatives.gradient = mask.velocity || mask.divergence;
  derivatives.d_tau = mask.time_derivative;
  derivatives.create_graph = mask.divergence;
  const int first_member = options.member == kAllMembers ? 0 : options.member;
  const int last_member = options.member == kAllMembers ? members() : options.member + 1;
  for (int64_t first = 0; first < n; first += kTileRows) {
    if (options.before_tile) {
      const absl::Status status = options.before_tile();
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
    at::Tensor probes;
    if (mask.divergence && options.divergence_probes > 0) {
      probes = Probes(options.seed, 0, first, options.divergence_probes, kTileRows, dimension, at::kFloat);
    }
    for (int m = first_member; m < last_member; ++m) {
      const Derivatives s = Differentiate(weights_->potential, weights_->members[m], tau, y, derivatives);
      if (mask.value) into(answer.value, squares.value).Add(s.value.detach(), value_scale, first, rows);
      if (mask.growth) {
        into(answer.growth, squares.growth).Add(s.value.detach(), dynamics().lambda / duration, first, rows);
      }
      if (mask.time_derivative) {
        into(answer.time_derivative, squares.time_derivative)
            .Add(s.d_tau.detach(), value_scale / duration, first, rows);
      }
      if (!derivatives.gradient) continue;
      const at::Tensor velocity = Velocity(dynamics(), s.gradient);
      if (mask.velocity) {
        into(answer.velocity.values, squares.velocity.values)
            .Add(velocity.detach(), scale / duration, first * dimension, rows * dimension);
      }
      if (mask.divergence) {
        const at::Tensor divergence = Divergence(velocity, s.y, probes, /*create_graph=*/false);
        into(answer.divergence, squares.divergence).Add(divergence.detach(), 1 / duration, first, rows);
      }
    }
  }
  const std::vector<std::vector<double>*> sums = Parts(answer);
  const std::vector<std::vector<double>*> spreads = Parts(squares);
  for (size_t part = 0; part < sums.size(); ++part) {
    Finish(last_member - first_member, sums[part], options.spread != nullptr ? spreads[part] : nullptr);
  }
  if (options.spread != nullptr) *options.spread = std::move(squares);
  return answer;
}

}  // namespace actionmatch
