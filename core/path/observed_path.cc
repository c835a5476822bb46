// Observed: y ~ (1-u) q_k + u q_{k+1} as measures.

#include <algorithm>
#include <cmath>

#include "core/path/knot_path.h"

namespace actionmatch {
namespace {

class ObservedPath final : public KnotPath {
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

}  // namespace

std::unique_ptr<const Path> MakeObservedPath(std::vector<StandardisedSnapshot> knots, int64_t dimension) {
  return std::make_unique<ObservedPath>(std::move(knots), dimension);
}

}  // namespace actionmatch
