// What a training run is made ready to: its choices, its steps and its seeds.

#include "core/training/training_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/core/support/small_run.h"
#include "tests/core/support/stored_files.h"

namespace actionmatch {
namespace {

TEST(TrainingRunTest, FormAndPathAreResolved) {
  TrainSpec spec = Spec();
  spec.path.kind = PathSpec::Kind::kObserved;
  TrainingRun observed = Prepared(spec);
  EXPECT_EQ(observed.provenance.form, TrainingSpec::Form::kAction);
  EXPECT_EQ(observed.path().kind, PathSpec::Kind::kObserved);
  spec.path.kind = PathSpec::Kind::kLinear;
  EXPECT_EQ(Prepared(spec).provenance.form, TrainingSpec::Form::kConditional);
  spec.path.kind = PathSpec::Kind::kAuto;
  EXPECT_NE(Prepared(spec).path().kind, PathSpec::Kind::kAuto);
  EXPECT_FALSE(Prepared(spec).provenance.path_reason.empty());
}

TEST(TrainingRunTest, ARefitDoublesTheStepsOfEachMember) {
  TrainSpec spec = Spec();
  spec.members = 3;
  const TrainingRun once = Prepared(spec);
  EXPECT_EQ(once.total_steps(), 3 * spec.training.steps);
  EXPECT_EQ(&once.last_rows(), &once.rows.choosing);
  spec.hold_out.refit = true;
  TrainingRun twice = Prepared(spec);
  EXPECT_EQ(twice.total_steps(), 6 * spec.training.steps);
  EXPECT_EQ(&twice.last_rows(), &*twice.rows.refit);
  EXPECT_EQ(PathsOf(&twice).size(), 2u);
  EXPECT_NE(twice.SeedOf(0), twice.SeedOf(1));
}

TEST(TrainingRunTest, ProvenanceHasTheMassesOfTheRowsThatAreTrainedOnLast) {
  TrainSpec spec = Spec();
  spec.hold_out.refit = true;
  spec.dynamics.lambda = 1;
  spec.mass.source = MassSpec::Source::kGiven;
  spec.mass.values = {1, 2, 3};
  TrainingRun run = Prepared(spec);
  EXPECT_THAT(run.provenance.snapshot_masses, testing::ElementsAre(1, 2, 3));
  EXPECT_TRUE(run.provenance.masses.empty());
  PathsOf(&run);
  ASSERT_FALSE(run.provenance.masses.empty());
  EXPECT_EQ(run.provenance.mass_times.front(), run.provenance.snapshot_times.front());
  EXPECT_EQ(run.provenance.mass_times.back(), run.provenance.snapshot_times.back());
  EXPECT_NEAR(run.provenance.masses.back(), 3, 1e-12);
}

// Other windows draw other rows, and so the path says which.
TEST(TrainingRunTest, TheReasonSaysTheWindowsOfStoredRows) {
  const StoredFiles files(Data(), 50);
  TrainerOptions options;
  options.windows = {100 * 3 * 16, 10 * 16};
  const auto stored = PrepareRun(Spec(), files.Open(), {}, options, {});
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_THAT(stored->provenance.path_reason, testing::HasSubstr("rows stay in their files"));
  EXPECT_THAT(Prepared(Spec()).provenance.path_reason, testing::Not(testing::HasSubstr("files")));
}

}  // namespace
}  // namespace actionmatch
