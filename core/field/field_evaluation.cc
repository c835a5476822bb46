// Field::Evaluate: a field's answers at given points and times.

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/field/field.h"
#include "core/field/field_parameters.h"
#include "core/field/field_rates.h"
#include "core/field/field_tile.h"
#include "core/potential/calculus.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {
namespace {

// Adds to a running sum over members, and to the sum of squares.
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

// div grad c*(grad S) for a cost that is not quadratic, by automatic differentiation. Computes the padding's rows too,
// so that no product's shape depends on the number of points.
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
  const FieldParameters& parameters = field.parameters();
  const auto view = [](absl::Span<const float> values, at::IntArrayRef shape) {
    return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
  };
  const Derivatives s =
      Differentiate(*parameters.potential, parameters.members[member],
                    {view(tile.padded_tau(), {rows}), view(tile.padded_y(), {rows, dimension}), {}, {}}, mask);
  const at::Tensor divergence =
      Divergence(Velocity(field.dynamics(), s.gradient), s.y, probes, /*create_graph=*/false).detach().contiguous();
  const float* values = divergence.data_ptr<float>();
  return {values, values + tile.value().size()};
}

// Turns sums of answers over `members` into means, and sums of squares into standard deviations.
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
      return ErrorOf(kNotFinite, {{"point", absl::StrCat(row)}, {"time", absl::StrCat(t[row])}},
                     absl::StrCat("the field is not finite at point ", row, ", time ", t[row],
                                  ": they lie too far from what it was trained on"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckArguments(const Field& field, const Points& x, absl::Span<const double> t, int member) {
  if (x.dimension != field.dimension()) {
    return absl::InvalidArgumentError(
        absl::StrCat("points have dimension ", x.dimension, "; the field's is ", field.dimension()));
  }
  if (static_cast<int64_t>(t.size()) != x.count()) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", x.count(), " points but ", t.size(), " times"));
  }
  if (member < Field::kAllMembers || member >= field.members()) {
    return ErrorOf(
        kNoSuchMember, {{"member", absl::StrCat(member)}, {"members", absl::StrCat(field.members())}},
        absl::StrCat("member ", member, " is not one of the field's ", field.members(), ", which count from 0"));
  }
  return absl::OkStatus();
}

// Zeros for the quantities that are asked for, at the points x.
Field::Evaluation Zeros(const Points& x, const Field::Mask& mask) {
  const auto size = static_cast<size_t>(x.count());
  Field::Evaluation zeros;
  if (mask.value) zeros.value.resize(size);
  if (mask.time_derivative) zeros.time_derivative.resize(size);
  if (mask.growth) zeros.growth.resize(size);
  if (mask.divergence) zeros.divergence.resize(size);
  if (mask.velocity) zeros.velocity = {x.dimension, std::vector<double>(x.values.size())};
  return zeros;
}

// The sums over members of the quantities asked for, and the sums of squares if the spread is wanted.
class MemberSums {
 public:
  MemberSums(const Field& field, const Points& x, const Field::Mask& mask, const Field::EvaluateOptions& options)
      : field_(field), mask_(mask), options_(options), rates_(field, 1), sums_(Zeros(x, mask)) {
    if (options.spread != nullptr) squares_ = Zeros(x, mask);
  }

  PointQuantities wanted() const {
    return {mask_.velocity || mask_.time_derivative, mask_.time_derivative, ByLaplacian(), options_.divergence_probes,
            options_.seed};
  }

  // Adds the tile's answers by one member for the points from `first` on.
  void Add(const FieldTile& tile, int member, int64_t first) {
    if (mask_.value) To(&Field::Evaluation::value).Add(tile.value(), rates_.value, first);
    if (mask_.growth) To(&Field::Evaluation::growth).Add(tile.value(), rates_.growth, first);
    if (mask_.time_derivative) {
      To(&Field::Evaluation::time_derivative).Add(tile.d_tau(), rates_.time_derivative, first);
    }
    if (mask_.velocity) AddVelocity(tile, first);
    if (ByLaplacian()) {
      To(&Field::Evaluation::divergence).Add(tile.laplacian(), rates_.laplacian, first);
    } else if (mask_.divergence) {
      const std::vector<float> divergence = GeneralDivergence(field_, tile, member, options_, first);
      To(&Field::Evaluation::divergence).Add(divergence, rates_.divergence, first);
    }
  }

  // The means over this many members, and their spread if it is wanted. OUT_OF_RANGE if a mean is not finite.
  absl::StatusOr<Field::Evaluation> Means(int members, absl::Span<const double> t) && {
    const std::vector<std::vector<double>*> sums = Parts(sums_);
    const std::vector<std::vector<double>*> squares = Parts(squares_);
    for (size_t part = 0; part < sums.size(); ++part) {
      Finish(members, sums[part], options_.spread != nullptr ? squares[part] : nullptr);
    }
    const absl::Status finite = CheckFinite(sums_, t);
    if (!finite.ok()) return finite;
    if (options_.spread != nullptr) *options_.spread = std::move(squares_);
    return std::move(sums_);
  }

 private:
  // The divergence of a quadratic cost's velocity is the Laplacian, up to a factor.
  bool ByLaplacian() const { return mask_.divergence && field_.dynamics().cost.IsQuadratic(); }

  Accumulator Into(std::vector<double>* sum, std::vector<double>* squares) const {
    return {sum, options_.spread != nullptr ? squares : nullptr};
  }
  Accumulator To(std::vector<double> Field::Evaluation::*part) { return Into(&(sums_.*part), &(squares_.*part)); }

  // velocity <- grad c*(gradient), row by row.
  void AddVelocity(const FieldTile& tile, int64_t first) {
    const auto dimension = static_cast<size_t>(field_.dimension());
    velocity_ = tile.gradient();
    for (size_t i = 0; i < velocity_.size(); i += dimension) {
      const auto p = absl::MakeSpan(velocity_).subspan(i, dimension);
      double norm = 0;
      for (const float component : p) norm += static_cast<double>(component) * component;
      for (float& component : p) component *= static_cast<float>(field_.dynamics().cost.VelocityFactor(norm));
    }
    Into(&sums_.velocity.values, &squares_.velocity.values).Add(velocity_, rates_.velocity, first * field_.dimension());
  }

  const Field& field_;
  const Field::Mask& mask_;
  const Field::EvaluateOptions& options_;
  const FieldRates rates_;
  Field::Evaluation sums_;
  Field::Evaluation squares_;
  std::vector<float> velocity_;
};

}  // namespace

absl::StatusOr<Field::Evaluation> Field::Evaluate(const Points& x, absl::Span<const double> t, const Mask& mask,
                                                  const EvaluateOptions& options) const {
  const absl::Status valid = CheckArguments(*this, x, t, options.member);
  if (!valid.ok()) return valid;
  const int64_t n = x.count();
  const int first_member = options.member == kAllMembers ? 0 : options.member;
  const int last_member = options.member == kAllMembers ? members() : options.member + 1;
  MemberSums sums(*this, x, mask, options);
  FieldTile tile(*this, sums.wanted());
  for (int64_t first = 0; first < n; first += kTileRows) {
    if (options.before_tile) {
      const absl::Status status = options.before_tile();
      if (!status.ok()) return status;
    }
    const int64_t rows = std::min(kTileRows, n - first);
    const auto points = absl::MakeConstSpan(x.values).subspan(first * dimension(), rows * dimension());
    tile.Set(points, t.subspan(first, rows), first);
    for (int m = first_member; m < last_member; ++m) {
      tile.Run(m);
      sums.Add(tile, m, first);
    }
  }
  return std::move(sums).Means(last_member - first_member, t);
}

}  // namespace actionmatch
