// Linear and ot: y = (1-u) y_k + u y_{k+1} + beta 2u(1-u) z,  y' = (y_{k+1} - y_k + beta (2 - 4u) z) / Delta_k.

#include "core/path_sampling.h"

namespace actionmatch {
namespace {

class CurvePath final : public KnotPath {
 public:
  CurvePath(std::vector<StandardisedSnapshot> knots, std::vector<PairPlan> plans, double bridge_noise,
            int64_t dimension, uint64_t seed)
      : KnotPath(std::move(knots), dimension, seed), plans_(std::move(plans)), bridge_noise_(bridge_noise) {}
  bool has_curves() const override { return true; }

 protected:
  void DrawInterval(int64_t step, int64_t k, int64_t first, const std::vector<double>& u,
                    PathBatch* batch) const override {
    const auto n = static_cast<int64_t>(u.size());
    std::vector<int32_t> from;
    std::vector<int32_t> to;
    DrawPairs(step, k, n, &from, &to);
    Random bridge = RandomFor(RandomStream::kBridge, step, k);
    std::vector<double> z(static_cast<size_t>(dimension_), 0.0);
    const double delta_k = delta(k);
    for (int64_t i = 0; i < n; ++i) {
      // With noise, rows come in antithetic pairs: the same curve and time, +z and -z.
      const bool mirror = bridge_noise_ > 0 && i % 2 == 1;
      const int64_t j = mirror ? i - 1 : i;
      for (double& component : z) component = mirror ? -component : bridge_noise_ > 0 ? bridge.Normal() : 0.0;
      const float* a = knots_[k].y.data() + from[j] * dimension_;
      const float* b = knots_[k + 1].y.data() + to[j] * dimension_;
      float* y = batch->y.data() + (first + i) * dimension_;
      const double time = u[i];
      float* velocity = batch->velocity.data() + (first + i) * dimension_;
      for (int64_t d = 0; d < dimension_; ++d) {
        const double noise = bridge_noise_ * z[d];
        y[d] = static_cast<float>((1 - time) * a[d] + time * b[d] + 2 * time * (1 - time) * noise);
        velocity[d] = static_cast<float>((static_cast<double>(b[d]) - a[d] + (2 - 4 * time) * noise) / delta_k);
      }
    }
  }

  bool mirrors_times() const override { return bridge_noise_ > 0; }

 private:
  void DrawPairs(int64_t step, int64_t k, int64_t n, std::vector<int32_t>* from, std::vector<int32_t>* to) const {
    Random random = RandomFor(RandomStream::kPairs, step, k);
    if (plans_.empty()) {
      knots_[k].rows.Draw(n, random, from);
      knots_[k + 1].rows.Draw(n, random, to);
      return;
    }
    plans_[k].pairs.Draw(n, random, from);
    to->resize(from->size());
    for (size_t i = 0; i < from->size(); ++i) {
      const int32_t entry = (*from)[i];
      (*from)[i] = plans_[k].from[entry];
      (*to)[i] = plans_[k].to[entry];
    }
  }

  const std::vector<PairPlan> plans_;
  const double bridge_noise_;
};

}  // namespace

std::unique_ptr<const Path> MakeCurvePath(std::vector<StandardisedSnapshot> knots, std::vector<PairPlan> plans,
                                          double bridge_noise, int64_t dimension, uint64_t seed) {
  return std::make_unique<CurvePath>(std::move(knots), std::move(plans), bridge_noise, dimension, seed);
}

}  // namespace actionmatch
