// Observed: y ~ (1-u) q_k + u q_{k+1} as measures (path.h).

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/path/knot_path.h"
#include "core/path/overlap.h"
#include "core/path/path_kind.h"

namespace actionmatch {
namespace {

constexpr double kMinOverlap = 0.5;

class MixturePath final : public KnotPath {
 public:
  using KnotPath::KnotPath;
  bool has_curves() const override { return false; }

 protected:
  void DrawInterval(const DrawRequest& request, int64_t k, int64_t first, const std::vector<double>& u,
                    PathBatch* batch) const override {
    const auto n = static_cast<int64_t>(u.size());
    Random random = RandomFor(request, RandomStream::kPairs, k);
    std::vector<int32_t> left;
    std::vector<int32_t> right;
    knots_[k].rows.Draw(n, random, &left);
    knots_[k + 1].rows.Draw(n, random, &right);
    for (int64_t i = 0; i < n; ++i) {
      const bool later = random.Uniform() < u[i];
      const float* row =
          later ? knots_[k + 1].y.data() + right[i] * dimension_ : knots_[k].y.data() + left[i] * dimension_;
      std::copy_n(row, dimension_, batch->y.begin() + (first + i) * dimension_);
      batch->mass[first + i] = static_cast<float>(std::exp(LogMass(k, u[i])));
    }
  }
};

absl::StatusOr<std::unique_ptr<const Path>> Make(const PathInputs& inputs) {
  return std::make_unique<MixturePath>(StandardiseAll(inputs.train, inputs.standardisation), inputs.train.dimension);
}

Verdict Choose(const TrainSpec& spec, const Snapshots& train) {
  if (spec.training.times == TrainingSpec::Times::kGaussLegendre) {
    return {true, "training.times is GAUSS_LEGENDRE, which needs it"};
  }
  const size_t count = train.at.size();
  if (count < kDenseSnapshots) {
    return {false, absl::StrCat(count, " snapshots; observed is for ", kDenseSnapshots, " or more that overlap")};
  }
  if (spec.training.form == TrainingSpec::Form::kConditional) {
    return {false, "training.form is CONDITIONAL, which needs curves; an observed path has none"};
  }
  const double least = LeastOverlap(train);
  return {least >= kMinOverlap,
          absl::StrFormat("%d snapshots; neighbours overlap by %.0f %% or more (observed is for %.0f %% on)", count,
                          100 * least, 100 * kMinOverlap)};
}

}  // namespace

PathKind ObservedPath() { return {PathSpec::Kind::kObserved, /*plans=*/false, Make, Choose}; }

}  // namespace actionmatch
