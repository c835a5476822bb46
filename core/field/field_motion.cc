#include "core/field/field_motion.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "core/device/device.h"
#include "core/field/field_rates.h"
#include "core/field/field_tile.h"

namespace actionmatch {
namespace {

// Tiles that wait for a thread to use them.
class TilePool {
 public:
  TilePool(const Field& field, const PointQuantities& wanted) : field_(field), wanted_(wanted) {}

  std::unique_ptr<FieldTile> Take() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<FieldTile> tile = std::move(idle_.back());
        idle_.pop_back();
        return tile;
      }
    }
    return std::make_unique<FieldTile>(field_, wanted_);
  }
  void GiveBack(std::unique_ptr<FieldTile> tile) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(tile));
  }

 private:
  const Field& field_;
  const PointQuantities wanted_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<FieldTile>> idle_;  // guarded by mutex_
};

Motion Make(const Field& field, int member, const PointQuantities& wanted) {
  Motion motion;
  motion.on_thread_start = UseOneTorchThread;
  motion.scale = field.standardisation().scale;
  motion.span = field.standardisation().duration;
  const auto pool = std::make_shared<TilePool>(field, wanted);
  const int first = member == Field::kAllMembers ? 0 : member;
  const int last = member == Field::kAllMembers ? field.members() : member + 1;
  motion.velocity = [&field, pool, first, last, density = wanted.laplacian](
                        int64_t first_row, absl::Span<const double> t, absl::Span<const double> x,
                        absl::Span<double> velocity, absl::Span<double> rate) {
    const Dynamics& dynamics = field.dynamics();
    const auto d = static_cast<size_t>(field.dimension());
    const FieldRates rates(field, 1.0 / (last - first));
    std::unique_ptr<FieldTile> tile = pool->Take();
    tile->Set(x, t, first_row);
    for (int m = first; m < last; ++m) {
      tile->Run(m);
      if (m == first) {
        std::fill(velocity.begin(), velocity.end(), 0.0);
        std::fill(rate.begin(), rate.end(), 0.0);
      }
      for (size_t i = 0; i < t.size(); ++i) {
        const float* p = &tile->gradient()[i * d];
        double squares = 0;
        for (size_t j = 0; j < d; ++j) squares += static_cast<double>(p[j]) * p[j];
        const double factor = rates.velocity * dynamics.cost.VelocityFactor(squares);
        for (size_t j = 0; j < d; ++j) velocity[i * d + j] += factor * p[j];
        const double growth = rates.growth * tile->value()[i];
        rate[i] += density ? rates.laplacian * tile->laplacian()[i] - growth : growth;
      }
    }
    pool->GiveBack(std::move(tile));
  };
  return motion;
}

}  // namespace

Motion MotionOf(const Field& field, int member) {
  PointQuantities wanted;
  wanted.gradient = true;
  Motion motion = Make(field, member, wanted);
  if (field.dynamics().HasNoise()) motion.sigma = [&field](double t) { return field.Sigma(t); };
  return motion;
}

Motion DensityMotionOf(const Field& field, int member, int probes, uint64_t seed) {
  PointQuantities wanted;
  wanted.gradient = wanted.laplacian = true;
  wanted.probes = probes;
  wanted.seed = seed;
  return Make(field, member, wanted);
}

}  // namespace actionmatch
