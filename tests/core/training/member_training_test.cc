// Laws of one member's training: what is served, and that a state goes on to the same bits.

#include "core/training/member_training.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/core/support/small_network.h"
#include "tests/core/support/small_run.h"

namespace actionmatch {
namespace {

TrainSpec Short() {
  TrainSpec spec = Spec();
  spec.training.steps = 30;
  spec.training.evaluation_interval = 5;
  spec.training.checkpoint_interval = 10;
  return spec;
}

ServedMember Trained(const TrainingRun& run, const std::vector<std::unique_ptr<const Path>>& paths,
                     MemberTraining* member, const TrainerHooks& hooks = {}) {
  absl::StatusOr<ServedMember> served = member->Run(paths, hooks, [] { return std::string(); });
  EXPECT_TRUE(served.ok()) << served.status();
  EXPECT_EQ(served->scores.size(), run.rows.pushes.size());
  return *std::move(served);
}

// What a state keeps, for itself.
MemberState Copy(const MemberState& state) {
  MemberState copy = state;
  for (at::Tensor* tensor : {&copy.optimizer.parameters, &copy.optimizer.first_moment, &copy.optimizer.second_moment,
                             &copy.optimizer.average}) {
    *tensor = tensor->clone();
  }
  return copy;
}

TEST(MemberTrainingTest, AnyStateGoesOnToTheSameBits) {
  for (const auto times : {TrainingSpec::Times::kStratified, TrainingSpec::Times::kAdaptive}) {
    TrainSpec spec = Short();
    spec.training.times = times;
    spec.training.checkpoint_interval = 4;
    spec.members = 2;
    spec.hold_out.refit = true;
    TrainingRun run = Prepared(spec);
    const auto paths = PathsOf(&run);
    MemberTraining whole(run, 1);
    std::vector<MemberState> states;
    TrainerHooks hooks;
    hooks.on_checkpoint = [&](const std::string&, int64_t) {
      states.push_back(Copy(whole.state()));
      return absl::OkStatus();
    };
    const ServedMember expected = Trained(run, paths, &whole, hooks);
    ASSERT_GE(states.size(), 3u);
    EXPECT_TRUE(states.back().choice.has_value());                         // in the second training
    for (size_t i = (states.size() - 1) % 3; i < states.size(); i += 3) {  // the last among them
      MemberTraining resumed(run, 1);
      ASSERT_TRUE(resumed.Restore(Copy(states[i])).ok());
      const ServedMember served = Trained(run, paths, &resumed);
      EXPECT_TRUE(SameBits(served.parameters, expected.parameters));
      EXPECT_EQ(served.step, expected.step);
    }
  }
}

TEST(MemberTrainingTest, ServesTheWeightsNearestToTheValidationRows) {
  TrainingRun run = Prepared(Short());
  const auto paths = PathsOf(&run);
  double nearest = std::numeric_limits<double>::infinity();
  int64_t step = 0;
  TrainerHooks hooks;
  hooks.on_progress = [&](const Progress& progress) {
    double distance = 0, count = 0;
    for (const SnapshotScore& score : progress.scores) {
      if (score.subset != Subset::kValidation) continue;
      distance += score.w1;
      ++count;
    }
    // The first steps serve no candidates: 30 / 6 of them here.
    if (progress.step >= 5 && distance / count <= nearest) {
      nearest = distance / count;
      step = progress.step;
    }
    EXPECT_EQ(progress.selected_step, step);
    EXPECT_EQ(progress.selected_distance, nearest);
    return absl::OkStatus();
  };
  MemberTraining member(run, 0);
  EXPECT_EQ(Trained(run, paths, &member, hooks).step, step);
  EXPECT_GT(step, 0);
}

TEST(MemberTrainingTest, WithoutValidationRowsTheLastWeightsAreServed) {
  TrainSpec spec = Short();
  spec.hold_out.validation_fraction = 0;
  TrainingRun run = Prepared(spec);
  const auto paths = PathsOf(&run);
  MemberTraining member(run, 0);
  EXPECT_EQ(Trained(run, paths, &member).step, 30);
}

TEST(MemberTrainingTest, AStateThatDoesNotFitIsDataLoss) {
  const TrainingRun run = Prepared(Short());
  MemberTraining member(run, 0);
  MemberState times = Copy(member.state());
  times.times = {1};
  EXPECT_EQ(MemberTraining(run, 0).Restore(times).code(), absl::StatusCode::kDataLoss);
  MemberState choice = Copy(member.state());  // of a run that does not refit
  choice.choice = ServedMember{run.potential->Initialise(1), 3, {}};
  EXPECT_EQ(MemberTraining(run, 0).Restore(choice).code(), absl::StatusCode::kDataLoss);
}

TEST(MemberTrainingTest, AnErrorOfAHookEndsIt) {
  TrainingRun run = Prepared(Short());
  const auto paths = PathsOf(&run);
  for (const int hook : {0, 1, 2, 3}) {
    TrainerHooks hooks;
    const absl::Status error = absl::CancelledError(std::to_string(hook));
    if (hook == 0) hooks.before_step = [&] { return error; };
    if (hook == 1) hooks.on_phase = [&](Phase, double) { return error; };
    if (hook == 2) hooks.on_progress = [&](const Progress&) { return error; };
    if (hook == 3) hooks.on_checkpoint = [&](const std::string&, int64_t) { return error; };
    MemberTraining member(run, 0);
    EXPECT_EQ(member.Run(paths, hooks, [] { return std::string(); }).status(), error);
  }
}

}  // namespace
}  // namespace actionmatch
