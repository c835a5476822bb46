#include "core/path/choose_path.h"

#include <gtest/gtest.h>

#include "core/path/path_kind.h"
#include "tests/core/support/small_paths.h"

namespace actionmatch {
namespace {

using Kind = PathSpec::Kind;

PathChoice Choose(const Snapshots& data, const TrainSpec& spec = {}) { return ChoosePath(spec, data); }

TEST(ChoosePathTest, GrowthWithDifferentMassesIsUnbalanced) {
  Snapshots data = SmallData(4);
  TrainSpec spec;
  spec.dynamics.lambda = 1;
  EXPECT_EQ(Choose(data, spec).kind, Kind::kOt);
  data.at[2].mass = 1.5;
  EXPECT_EQ(Choose(data, spec).kind, Kind::kUot);
  spec.dynamics.cost.power = 3;
  EXPECT_EQ(Choose(data, spec).kind, Kind::kOt);
}

TEST(ChoosePathTest, ManyOverlappingSnapshotsAreObservedAndFewAreTransported) {
  EXPECT_EQ(Choose(SmallData(4)).kind, Kind::kOt);
  EXPECT_EQ(Choose(SmallData(25)).kind, Kind::kObserved);
  Branching far;
  far.snapshots = 25;
  far.length = 1000;
  far.points = 100;
  const PathChoice choice = Choose(*Simulate(far, 0));
  EXPECT_EQ(choice.kind, Kind::kOt);
  EXPECT_NE(choice.reason.find("25 snapshots"), std::string::npos);
}

// What training asks for decides, so that no job fails for what AUTO chose.
TEST(ChoosePathTest, TrainingsNeedsGoBeforeTheOverlap) {
  TrainSpec spec;
  spec.training.form = TrainingSpec::Form::kConditional;
  const PathChoice curves = Choose(SmallData(25), spec);
  EXPECT_EQ(curves.kind, Kind::kOt);
  EXPECT_NE(curves.reason.find("CONDITIONAL"), std::string::npos);
  spec.training.form = TrainingSpec::Form::kAuto;
  spec.training.times = TrainingSpec::Times::kGaussLegendre;
  Gaussians apart;
  apart.snapshots = 25;
  apart.shift = 1000;
  const PathChoice dense = Choose(*Simulate(apart, 0), spec);
  EXPECT_EQ(dense.kind, Kind::kObserved);
  EXPECT_NE(dense.reason.find("GAUSS_LEGENDRE"), std::string::npos);
}

class ChooseInDimensionTest : public testing::TestWithParam<int> {};

TEST_P(ChooseInDimensionTest, StepsAreJudgedByTheirWidthInAnyDimension) {
  const int dimension = GetParam();
  EXPECT_EQ(Choose(SteppingData(dimension, 0.5)).kind, Kind::kObserved);
  EXPECT_EQ(Choose(SteppingData(dimension, 4)).kind, Kind::kOt);
  EXPECT_EQ(Choose(SteppingData(dimension, 10)).kind, Kind::kOt);
}

INSTANTIATE_TEST_SUITE_P(Dimensions, ChooseInDimensionTest, testing::Values(2, 10, 50));

// The same particles a little later, each near where it was.
TEST(ChoosePathTest, DenselyWatchedParticlesAreObserved) {
  Hydrogen population;
  population.points = 500;
  EXPECT_EQ(Choose(*Simulate(population, 1)).kind, Kind::kObserved);
}

// Whatever is asked of training, what AUTO comes to can do it.
TEST(ChoosePathTest, TheChoiceFitsTheSpec) {
  for (const int snapshots : {4, 25}) {
    for (const auto times : {TrainingSpec::Times::kStratified, TrainingSpec::Times::kGaussLegendre}) {
      for (const auto form : {TrainingSpec::Form::kAuto, TrainingSpec::Form::kConditional}) {
        for (const double lambda : {0.0, 1.0}) {
          const bool quadrature = times == TrainingSpec::Times::kGaussLegendre;
          const bool conditional = form == TrainingSpec::Form::kConditional;
          if (quadrature && conditional) continue;  // no path is for both
          TrainSpec spec;
          spec.training.times = times;
          spec.training.form = form;
          spec.dynamics.lambda = lambda;
          Snapshots data = SmallData(snapshots, 60);
          data.at[1].mass = 2;
          const PathChoice choice = Choose(data, spec);
          const PathTraits& traits = TraitsOf(choice.kind);
          EXPECT_TRUE(traits.allows_quadrature || !quadrature) << choice.reason;
          EXPECT_TRUE(traits.has_curves || !conditional) << choice.reason;
          EXPECT_TRUE(lambda > 0 || !traits.needs_growth) << choice.reason;
          EXPECT_EQ(choice.reason.rfind(std::string(WordOf(choice.kind)) + ": ", 0), 0u) << choice.reason;
        }
      }
    }
  }
}

}  // namespace
}  // namespace actionmatch
