// Snapshots: samples of one population observed at several times; their standardisation, and which of their rows are
// held out.

#ifndef ACTIONMATCH_CORE_SNAPSHOTS_SNAPSHOTS_H_
#define ACTIONMATCH_CORE_SNAPSHOTS_SNAPSHOTS_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/points.h"
#include "core/spec/spec.h"
#include "core/words.h"

namespace actionmatch {

// The population at one time.
struct Snapshot {
  double time = 0;
  Points points;                // [N, D]
  std::vector<double> weights;  // [N], at least 0, positive sum; not normalised
  std::vector<int64_t> rows;    // [N]: each point's row number in its dataset, from 0
  double mass = 1;              // of the population, relative to the first snapshot (AssignMasses)
};

struct Snapshots {
  int64_t dimension = 0;
  std::vector<Snapshot> at;  // in the order of time, times distinct

  DatasetShape shape() const;
};

// Collects rows in dataset order into snapshots: rows of equal time go together, and times are sorted. Row numbers
// count up over all calls of Add.
class SnapshotsBuilder {
 public:
  explicit SnapshotsBuilder(int64_t dimension) : dimension_(dimension) {}
  // times: [n], weights: [n] or empty (all 1).
  void Add(absl::Span<const double> times, absl::Span<const double> weights, const Points& points);
  Snapshots Build() &&;

 private:
  int64_t dimension_;
  int64_t next_row_ = 0;
  std::vector<Snapshot> at_;
  std::map<double, size_t> index_;  // time -> place in at_
};

// One scale for all components, since only then is the velocity still a gradient: y = (x - mean)/scale,
// tau = (t - start_time)/duration.
struct Standardisation {
  std::vector<double> mean;  // [D]
  double scale = 1;          // root mean square deviation over all rows and components; 1 if that is 0
  double start_time = 0;
  double duration = 1;

  double Tau(double t) const { return (t - start_time) / duration; }
};

// Count, mean and summed squared deviations, joined piece by piece (Chan, Golub and LeVeque 1979).
class Moments {
 public:
  explicit Moments(int64_t dimension) : mean_(static_cast<size_t>(dimension), 0.0) {}

  void Add(const Points& points);
  void Join(const Moments& other);
  Standardisation Units(double start_time, double end_time) const;

 private:
  double rows_ = 0;
  std::vector<double> mean_;
  double squares_ = 0;
};

// The units of all rows of the snapshots: the mean and the root mean square deviation of all components together. Needs
// two snapshots or more.
Standardisation Standardise(const Snapshots& snapshots);
// FAILED_PRECONDITION if points or times lie too far apart for finite units.
absl::Status CheckUnits(const Standardisation& units);

enum class Subset { kAll, kTrain, kValidation, kTest };
constexpr auto WordsOf(Subset) {
  return WordTable<Subset, 4>{
      {{Subset::kAll, "all"}, {Subset::kTrain, "train"}, {Subset::kValidation, "validation"}, {Subset::kTest, "test"}}};
}

// The subset that a row belongs to, by u = hash(seed, row) in [0, 1): test if u < test_fraction, validation if u <
// test_fraction + (1 - test_fraction) * validation_fraction, otherwise train. Rows of test_times are all test:
// `held_out` says whether the row's time is one of them. `hold_out` must be resolved (validation_fraction set).
Subset SubsetOf(const HoldOutSpec& hold_out, uint64_t seed, int64_t row, bool held_out);
inline Subset SubsetOf(const HoldOutSpec& hold_out, uint64_t seed, int64_t row, double time) {
  return SubsetOf(hold_out, seed, row, hold_out.IsTestTime(time));
}

// The mass at the dataset's k-th time in any unit. `weight` is the sum over the `trained` rows of the `count` rows at
// that time. `spec` must be resolved.
double MassAt(const MassSpec& spec, size_t k, double weight, int64_t trained, int64_t count);

// Makes the masses of `train`, in any unit, relative to the first. FAILED_PRECONDITION, naming the times, if they
// differ by more than kMaxMassRatio.
absl::Status RelateMasses(Snapshots* train);

// Sets the masses of `train`, the rows of `all` that are trained on, and relates them. Counts: the sum of the weights
// of a snapshot's trained rows, scaled up to all its rows, so that only the number of held-out rows counts. `spec` must
// be resolved.
absl::Status AssignMasses(const MassSpec& spec, const Snapshots& all, Snapshots* train);

// The rows of one subset. Snapshots that keep no row are left out; kAll gives all rows.
Snapshots Select(const Snapshots& snapshots, const HoldOutSpec& hold_out, uint64_t seed, Subset subset);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SNAPSHOTS_SNAPSHOTS_H_
