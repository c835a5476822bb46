// Laws of the split: which rows are trained on, which are measured, and that nothing else is learned from the others.

#include "core/snapshots/training_rows.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

Snapshots Data(int points = 400) {
  Gaussians population;
  population.snapshots = 4;
  population.points = points;
  return *Simulate(population, 1);
}

TrainSpec Spec(const Snapshots& data) {
  TrainSpec spec;
  spec.hold_out.validation_fraction = 0.2;
  spec.hold_out.test_fraction = 0.3;
  spec.hold_out.refit = true;
  return ResolveSpec(spec, data.shape());
}

std::set<int64_t> RowsOf(const Snapshots& snapshots) {
  std::set<int64_t> rows;
  for (const Snapshot& s : snapshots.at) rows.insert(s.rows.begin(), s.rows.end());
  return rows;
}

TEST(TrainingRowsTest, EachRowIsTrainedOnWhereItsSubsetSays) {
  const Snapshots data = Data();
  TrainSpec spec = Spec(data);
  spec.hold_out.test_times = {data.at[2].time};
  const PreparedRows prepared = *PrepareRows(spec, data);
  const std::set<int64_t> choosing = RowsOf(prepared.choosing.rows);
  const std::set<int64_t> refit = RowsOf(prepared.refit->rows);
  for (const Snapshot& s : data.at) {
    for (const int64_t row : s.rows) {
      const Subset subset = SubsetOf(spec.hold_out, spec.seed, row, s.time);
      EXPECT_EQ(choosing.count(row), subset == Subset::kTrain ? 1u : 0u) << row;
      EXPECT_EQ(refit.count(row), subset == Subset::kTest ? 0u : 1u) << row;
    }
  }
  EXPECT_EQ(prepared.choosing.rows.at.size(), 3u);
}

TEST(TrainingRowsTest, ARefitIsOfValidationRowsAlone) {
  const Snapshots data = Data();
  TrainSpec spec = Spec(data);
  spec.hold_out.refit = false;
  EXPECT_FALSE(PrepareRows(spec, data)->refit.has_value());
  spec.hold_out.refit = true;
  spec.hold_out.validation_fraction = 0;
  EXPECT_FALSE(PrepareRows(spec, data)->refit.has_value());
}

// Each subset's snapshots after the first, from the same subset's rows of the time before; after a time without such
// rows, from the training rows.
TEST(TrainingRowsTest, PushesGoFromEachSubsetsRowsToTheNextTimes) {
  const Snapshots data = Data();
  TrainSpec spec = Spec(data);
  spec.hold_out.test_fraction = 0;
  spec.hold_out.test_times = {data.at[2].time};
  const PreparedRows prepared = *PrepareRows(spec, data);
  struct Expected {
    size_t from, to;
    Subset source, observed;
  };
  const std::vector<Expected> expected = {{0, 1, Subset::kValidation, Subset::kValidation},
                                          {1, 2, Subset::kTrain, Subset::kTest}};
  // To time 3 goes nothing: all rows of time 2 are test rows, and time 3 has none of those.
  ASSERT_EQ(prepared.pushes.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const Push& push = prepared.pushes[i];
    EXPECT_EQ(push.subset, expected[i].observed);
    EXPECT_EQ(push.source.time, data.at[expected[i].from].time);
    EXPECT_EQ(push.observed.time, data.at[expected[i].to].time);
    const auto all_of = [&](const Snapshot& s, Subset subset) {
      for (const int64_t row : s.rows) EXPECT_EQ(SubsetOf(spec.hold_out, spec.seed, row, s.time), subset);
    };
    all_of(push.source, expected[i].source);
    all_of(push.observed, expected[i].observed);
    EXPECT_EQ(push.source_present, push.source.points.count());
    EXPECT_EQ(push.observed_present, push.observed.points.count());
  }
}

TEST(TrainingRowsTest, AtMostSoManyRowsAreMeasuredSpreadEvenly) {
  const Snapshots data = Data(12000);
  const PreparedRows prepared = *PrepareRows(Spec(data), data);
  ASSERT_EQ(prepared.pushes.size(), 6u);
  for (const Push& push : prepared.pushes) {
    EXPECT_GT(push.observed_present, kMaxScoredRows);
    ASSERT_EQ(push.observed.points.count(), kMaxScoredRows);
    ASSERT_EQ(push.observed.rows.size(), static_cast<size_t>(kMaxScoredRows));
    // Of 12000 rows in order, the quarters hold a quarter of the measured ones each.
    const int64_t first = push.observed.rows.front() / 12000 * 12000;
    for (int quarter = 0; quarter < 4; ++quarter) {
      int64_t held = 0;
      for (const int64_t row : push.observed.rows) held += (row - first) / 3000 == quarter ? 1 : 0;
      EXPECT_NEAR(static_cast<double>(held), 250, 25);
    }
  }
}

// Nothing is learned from held-out rows but how many there are.
TEST(TrainingRowsTest, HeldOutRowsChangeNeitherUnitsNorMasses) {
  const Snapshots data = Data();
  TrainSpec spec = Spec(data);
  spec.mass.source = MassSpec::Source::kCounts;
  Snapshots other = data;
  for (Snapshot& s : other.at) {
    for (int64_t i = 0; i < s.points.count(); ++i) {
      if (SubsetOf(spec.hold_out, spec.seed, s.rows[i], s.time) != Subset::kTest) continue;
      for (double& x : s.points.row(i)) x = 1e9;
      s.weights[i] = 1e9;
    }
  }
  const PreparedRows a = *PrepareRows(spec, data);
  const PreparedRows b = *PrepareRows(spec, other);
  const auto same = [](const TrainingRows& one, const TrainingRows& two) {
    EXPECT_EQ(one.standardisation.mean, two.standardisation.mean);
    EXPECT_EQ(one.standardisation.scale, two.standardisation.scale);
    for (size_t k = 0; k < one.rows.at.size(); ++k) {
      EXPECT_EQ(one.rows.at[k].mass, two.rows.at[k].mass);
      EXPECT_EQ(one.rows.at[k].points.values, two.rows.at[k].points.values);
    }
  };
  same(a.choosing, b.choosing);
  same(*a.refit, *b.refit);
  EXPECT_NE(a.choosing.standardisation.scale, a.refit->standardisation.scale);
}

TEST(TrainingRowsTest, WeightsToTrainOnMustBePositiveAndFinite) {
  EXPECT_TRUE(CheckTrainedWeight(0.5, 1e-300).ok());
  for (const double sum : {0.0, -1.0, 1.0 / 0.0}) {
    const absl::Status refused = CheckTrainedWeight(0.5, sum);
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_NE(std::string(refused.message()).find("time 0.5"), std::string::npos) << refused;
  }
}

}  // namespace
}  // namespace actionmatch
