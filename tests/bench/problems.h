// What benchmarks compute: points without structure, since steps cost the same whatever is learned.

#ifndef ACTIONMATCH_TESTS_BENCH_PROBLEMS_H_
#define ACTIONMATCH_TESTS_BENCH_PROBLEMS_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/field/field.h"
#include "core/field/field_parameters.h"
#include "core/loss/objective.h"
#include "core/path/make_path.h"
#include "core/path/time_sampler.h"
#include "core/potential/perceptron.h"
#include "core/random.h"

namespace actionmatch {

struct Case {
  int width;
  int layers;
  int64_t rows;
  int64_t dimension;
};

inline std::shared_ptr<const Perceptron> NetworkOf(const Case& c) {
  PotentialSpec spec;
  spec.hidden.assign(static_cast<size_t>(c.layers), c.width);
  spec.head = PotentialSpec::Head::kQuadratic;
  return std::make_shared<Perceptron>(spec, c.dimension);
}

inline Points NormalPoints(int64_t count, int64_t dimension, Random* random) {
  Points points;
  points.dimension = dimension;
  for (int64_t i = 0; i < count * dimension; ++i) points.values.push_back(random->Normal());
  return points;
}

// Batches between two snapshots, each drawn while the one before is used.
class Batches {
 public:
  Batches(const Case& c, TrainingSpec::Form form) {
    Snapshots snapshots;
    snapshots.dimension = c.dimension;
    Random random(1, RandomStream::kSimulate);
    constexpr int64_t kPoints = 1000;
    for (int k = 0; k < 2; ++k) {
      Snapshot snapshot;
      snapshot.time = k;
      snapshot.points = NormalPoints(kPoints, c.dimension, &random);
      snapshot.weights.assign(kPoints, 1);
      for (int64_t i = 0; i < kPoints; ++i) snapshot.rows.push_back(k * kPoints + i);
      snapshots.at.push_back(std::move(snapshot));
    }
    const bool action = form == TrainingSpec::Form::kAction;
    PathSpec spec;
    spec.kind = action ? PathSpec::Kind::kObserved : PathSpec::Kind::kLinear;
    path_ = *MakePath(spec, Dynamics(), snapshots, Standardise(snapshots), 1, {});
    times_ = std::make_unique<TimeSampler>(TrainingSpec::Times::kStratified, 1, path_->knots());
    request_.samples = static_cast<int>(c.rows);
    request_.with_boundaries = action;
    request_.times = times_.get();
    DrawNext();
  }

  // The next one, until the next call.
  const PathBatch& Take() {
    std::swap(batch_, next_);
    ++request_.step;
    return batch_;
  }
  // Wanted once between two calls of Take, on any thread.
  void DrawNext() { path_->Draw(request_, &next_); }
  int64_t step() const { return request_.step; }

 private:
  std::unique_ptr<const Path> path_;
  std::unique_ptr<TimeSampler> times_;
  DrawRequest request_;
  PathBatch batch_, next_;
};

inline std::unique_ptr<const Field> UntrainedField(const Case& c) {
  const std::shared_ptr<const Perceptron> potential = NetworkOf(c);
  Provenance provenance;
  provenance.spec.potential = potential->spec();
  Standardisation units;
  units.mean.assign(static_cast<size_t>(c.dimension), 0.0);
  return std::make_unique<Field>(
      units, 1, provenance,
      std::make_unique<FieldParameters>(potential, std::vector<Parameters>{potential->Initialise(1)}));
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_BENCH_PROBLEMS_H_
