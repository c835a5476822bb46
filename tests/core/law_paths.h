// Paths built from samplers of known laws, whose exact fields are known.

#ifndef ACTIONMATCH_TESTS_CORE_LAW_PATHS_H_
#define ACTIONMATCH_TESTS_CORE_LAW_PATHS_H_

#include "core/path.h"
#include "core/random.h"
#include "core/time_law.h"

namespace actionmatch {

// q_tau = N(tau shift e_1, (1 + spread tau)^2 I): z ~ N(0, I) moves along y = tau shift e_1 + (1 + spread tau) z. The
// exact velocity is shift e_1 + spread (y - tau shift e_1)/(1 + spread tau), and the loss's minimum -1/2 (shift^2 + D
// spread^2).
class GaussianLaw final : public Path {
 public:
  GaussianLaw(int64_t dimension, double shift, double spread) : dimension_(dimension), shift_(shift), spread_(spread) {}

  bool has_curves() const override { return true; }
  void Draw(int64_t step, int n, bool with_boundaries, PathBatch* batch) const override {
    const TimeLaw times(1);
    Random random(1, RandomStream::kSimulate, static_cast<uint64_t>(step));
    *batch = PathBatch();
    batch->rows = n;
    batch->dimension = dimension_;
    for (int i = 0; i < n; ++i) {
      const double tau = times.Position(step, 0, i, n);
      batch->tau.push_back(static_cast<float>(tau));
      batch->weight.push_back(1);
      for (int64_t d = 0; d < dimension_; ++d) {
        const double z = random.Normal();
        const double shift = d == 0 ? shift_ : 0;
        batch->y.push_back(static_cast<float>(tau * shift + (1 + spread_ * tau) * z));
        batch->velocity.push_back(static_cast<float>(shift + spread_ * z));
        if (with_boundaries) {
          batch->start.push_back(static_cast<float>(random.Normal()));
          batch->end.push_back(static_cast<float>(shift + (1 + spread_) * random.Normal()));
        }
      }
    }
  }
  double Velocity(double tau, double y, int64_t d) const {
    const double shift = d == 0 ? shift_ : 0;
    return shift + spread_ * (y - tau * shift) / (1 + spread_ * tau);
  }
  double Minimum() const { return -0.5 * (shift_ * shift_ + static_cast<double>(dimension_) * spread_ * spread_); }

 private:
  const int64_t dimension_;
  const double shift_;
  const double spread_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_LAW_PATHS_H_
