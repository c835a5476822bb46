// Laws of held-out pushes: each is measured for itself.

#include "core/training/held_out_evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/metrics/score_json.h"
#include "tests/core/support/small_run.h"

namespace actionmatch {
namespace {

TrainSpec Noisy() {
  TrainSpec spec = Spec();
  spec.dynamics.sigma = 0.3;  // so that pushes draw, too
  return spec;
}

HeldOutEvaluation Evaluated(const Field& field, absl::Span<const Push> pushes, int threads = 1) {
  HeldOutOptions options;
  options.member_seed = 5;
  options.threads = threads;
  absl::StatusOr<HeldOutEvaluation> evaluation = EvaluateHeldOut(field, pushes, options);
  EXPECT_TRUE(evaluation.ok()) << evaluation.status();
  return *std::move(evaluation);
}

TEST(HeldOutEvaluationTest, ThreadsChangeNoBit) {
  const TrainingRun run = Prepared(Noisy());
  const auto field = Untrained(run);
  const HeldOutEvaluation one = Evaluated(*field, run.rows.pushes);
  ASSERT_EQ(one.scores.size(), run.rows.pushes.size());
  for (const int threads : {2, 3, 9}) {
    const HeldOutEvaluation other = Evaluated(*field, run.rows.pushes, threads);
    EXPECT_EQ(ScoresToJson(other.scores), ScoresToJson(one.scores)) << threads;
    EXPECT_EQ(other.validation_distance, one.validation_distance) << threads;
  }
}

TEST(HeldOutEvaluationTest, APushsScoreDependsOnNoOther) {
  const TrainingRun run = Prepared(Noisy());
  const auto field = Untrained(run);
  HeldOutEvaluation all = Evaluated(*field, run.rows.pushes);
  std::vector<Push> reversed = run.rows.pushes;
  std::reverse(reversed.begin(), reversed.end());
  HeldOutEvaluation backwards = Evaluated(*field, reversed);
  EXPECT_NEAR(*backwards.validation_distance, *all.validation_distance, 1e-12);
  std::reverse(backwards.scores.begin(), backwards.scores.end());
  EXPECT_EQ(ScoresToJson(backwards.scores), ScoresToJson(all.scores));
  for (size_t i = 0; i < run.rows.pushes.size(); ++i) {
    EXPECT_EQ(ScoresToJson(Evaluated(*field, {run.rows.pushes[i]}).scores), ScoresToJson({all.scores[i]})) << i;
  }
}

TEST(HeldOutEvaluationTest, TheDistanceIsTheMeanOfTheValidationPushes) {
  const TrainingRun run = Prepared(Spec());
  const auto field = Untrained(run);
  const HeldOutEvaluation evaluation = Evaluated(*field, run.rows.pushes);
  double sum = 0, count = 0;
  std::vector<Push> tests;
  for (size_t i = 0; i < run.rows.pushes.size(); ++i) {
    const SnapshotScore& score = evaluation.scores[i];
    EXPECT_EQ(score.subset, run.rows.pushes[i].subset);
    EXPECT_EQ(score.time, run.rows.pushes[i].observed.time);
    EXPECT_EQ(score.observed_present, run.rows.pushes[i].observed_present);
    EXPECT_EQ(score.member_seeds, std::vector<uint64_t>{5});
    if (score.subset == Subset::kValidation) {
      sum += score.w1;
      ++count;
    } else {
      tests.push_back(run.rows.pushes[i]);
    }
  }
  ASSERT_GT(count, 0);
  ASSERT_FALSE(tests.empty());
  EXPECT_DOUBLE_EQ(*evaluation.validation_distance, sum / count);
  EXPECT_FALSE(Evaluated(*field, tests).validation_distance.has_value());
  EXPECT_TRUE(Evaluated(*field, {}).scores.empty());
}

TEST(HeldOutEvaluationTest, NonsenseScoresInfinityAndFailsNothing) {
  const TrainingRun run = Prepared(Spec());
  std::vector<Push> pushes = run.rows.pushes;
  for (double& x : pushes[0].observed.points.values) x = 1e300;
  const HeldOutEvaluation evaluation = Evaluated(*Untrained(run), pushes);
  EXPECT_EQ(evaluation.scores[0].w1, std::numeric_limits<double>::infinity());
  EXPECT_EQ(evaluation.scores[0].pushed_count, pushes[0].source.points.count());
  EXPECT_EQ(evaluation.scores[0].split_seed, run.spec().seed);
  EXPECT_EQ(evaluation.validation_distance.has_value() && std::isinf(*evaluation.validation_distance),
            pushes[0].subset == Subset::kValidation);
  for (size_t i = 1; i < pushes.size(); ++i) EXPECT_TRUE(std::isfinite(evaluation.scores[i].w1));
}

// Validation rows that are now trained on keep the scores that they chose by.
TEST(HeldOutEvaluationTest, ChosenScoresStandForValidationPushesAlone) {
  const TrainingRun run = Prepared(Spec());
  const HeldOutEvaluation then = Evaluated(*Untrained(run, 1), run.rows.pushes);
  const auto field = Untrained(run, 2);
  const HeldOutEvaluation fresh = Evaluated(*field, run.rows.pushes);
  HeldOutOptions options;
  options.member_seed = 5;
  options.chosen = then.scores;
  const HeldOutEvaluation now = *EvaluateHeldOut(*field, run.rows.pushes, options);
  for (size_t i = 0; i < run.rows.pushes.size(); ++i) {
    const bool validation = run.rows.pushes[i].subset == Subset::kValidation;
    EXPECT_NE(then.scores[i].w1, fresh.scores[i].w1);
    EXPECT_EQ(now.scores[i].w1, (validation ? then : fresh).scores[i].w1) << i;
  }
}

}  // namespace
}  // namespace actionmatch
