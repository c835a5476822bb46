// Field::Evaluate: what a field answers at given points and times.

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/field/field.h"
#include "core/field/field_rates.h"
#include "core/field/field_tile.h"
#include "core/field/field_weights.h"
#include "core/potential/calculus.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {
namespace {

// Adds to a running sum over members, and to that of squares.
struct Accumulator {
  std::vector<double>* sum;
  std::vector<double>* squares;  // may be null

  void Add(absl::Span<const float> values, double scale, int64_t at) const {
    for (size_t i = 0; i < values.size(); ++i) {
      const double value = scale * values[i];
      (*sum)[at + i] += value;
      if (squares != nullptr) (*squares)[at + i] += value * value;
    }
  }
};

// div grad c*(grad S) of a cost that is not quadratic, by automatic differentiation; of the padding's rows too, so that
// no product's shape depends on how many points there are.
std::vector<float> GeneralDivergence(const Field& field, const FieldTile& tile, int member,
                                     const Field::EvaluateOptions& options, int64_t first_row) {
  const int64_t rows = kTileRows;
  const int64_t dimension = field.dimension();
  at::Tensor probes;
  if (options.divergence_probes > 0) {
    probes = Probes(options.seed, 0, first_row, options.divergence_probes, rows, dimension, at::kFloat);
  }
  DerivativeMask mask;
  mask.gradient = mask.create_graph = true;
  const FieldWeights& weights = field.weights();
  const auto view = [](absl::Span<const float> values, at::IntArrayRef shape) {
    return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
  };
  const Derivatives s =
      Differentiate(*weights.potential, weights.members[member],
                    {view(tile.padded_tau(), {rows}), view(tile.padded_y(), {rows, dimension}), {}, {}}, mask);
  const at::Tensor divergence =
      Divergence(Velocity(field.dynamics(), s.gradient), s.y, probes, /*create_graph=*/false).detach().contiguous();
  const float* values = divergence.data_ptr<float>();
  return {values, values + tile.value().size()};
}

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

absl::Status CheckFinite(Field::Evaluation& e, absl::Span<const double> t) {
  for (const std::vector<double>* part : Parts(e)) {
    for (size_t i = 0; i < part->size(); ++i) {
      if (std::isfinite((*part)[i])) continue;
      const size_t row = i * t.size() / part->size();
      return absl::OutOfRangeError(absl::StrCat("the field is not finite at point ", row, ", time ", t[row],
                                                ": they lie too far from what it was trained on"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

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
  const FieldRates rates(*this, 1);
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
  const bool by_laplacian = mask.divergence && dynamics().cost.IsQuadratic();
  const bool by_gradient = mask.velocity || mask.time_derivative;
  FieldTile tile(*this, {by_gradient, mask.time_derivative, by_laplacian, options.divergence_probes, options.seed});
  const int first_member = options.member == kAllMembers ? 0 : options.member;
  const int last_member = options.member == kAllMembers ? members() : options.member + 1;
  std::vector<float> velocity;
  for (int64_t first = 0; first < n; first += kTileRows) {
    if (options.before_tile) {
      const absl::Status status = options.before_tile();
      if (!status.ok()) return status;
    }
    const int64_t rows = std::min(kTileRows, n - first);
    tile.Set(absl::MakeConstSpan(x.values).subspan(first * dimension, rows * dimension), t.subspan(first, rows), first);
    for (int m = first_member; m < last_member; ++m) {
      tile.Run(m);
      if (mask.value) into(answer.value, squares.value).Add(tile.value(), rates.value, first);
      if (mask.growth) into(answer.growth, squares.growth).Add(tile.value(), rates.growth, first);
      if (mask.time_derivative) {
        into(answer.time_derivative, squares.time_derivative).Add(tile.d_tau(), rates.time_derivative, first);
      }
      if (mask.velocity) {
        velocity = tile.gradient();
        for (int64_t i = 0; i < rows; ++i) {
          const auto p = absl::MakeSpan(velocity).subspan(i * dimension, dimension);
          double norm = 0;
          for (const float component : p) norm += static_cast<double>(component) * component;
          for (float& component : p) component *= static_cast<float>(dynamics().cost.VelocityFactor(norm));
        }
        into(answer.velocity.values, squares.velocity.values).Add(velocity, rates.velocity, first * dimension);
      }
      if (by_laplacian) {
        into(answer.divergence, squares.divergence).Add(tile.laplacian(), rates.laplacian, first);
      } else if (mask.divergence) {
        const std::vector<float> divergence = GeneralDivergence(*this, tile, m, options, first);
        into(answer.divergence, squares.divergence).Add(divergence, rates.divergence, first);
      }
    }
  }
  const std::vector<std::vector<double>*> sums = Parts(answer);
  const std::vector<std::vector<double>*> spreads = Parts(squares);
  for (size_t part = 0; part < sums.size(); ++part) {
    Finish(last_member - first_member, sums[part], options.spread != nullptr ? spreads[part] : nullptr);
  }
  const absl::Status finite = CheckFinite(answer, t);
  if (!finite.ok()) return finite;
  if (options.spread != nullptr) *options.spread = std::move(squares);
  return answer;
}

}  // namespace actionmatch
