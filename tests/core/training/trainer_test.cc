#include "core/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <tuple>

#include "core/device/device.h"
#include "core/device/machine.h"
#include "core/storage/tensor_file.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

// Hooks that keep every checkpoint.
TrainerHooks Keeping(std::vector<std::string>* checkpoints) {
  TrainerHooks hooks;
  hooks.on_checkpoint = [checkpoints](const std::string& bytes, int64_t) {
    checkpoints->push_back(bytes);
    return absl::OkStatus();
  };
  return hooks;
}

TEST(TrainerTest, TheSameSeedGivesTheSameBitsAndAnotherSeedOthers) {
  TrainSpec spec = Spec();
  const std::string once = Train(spec, Data())->Serialize();
  EXPECT_EQ(once, Train(spec, Data())->Serialize());
  spec.seed = 1;
  EXPECT_NE(once, Train(spec, Data())->Serialize());
}

TEST(TrainerTest, TheNumberOfThreadsChangesNoBit) {
  TrainSpec spec = Spec();
  spec.training.batch_size = 300;  // of several lanes
  const std::string one = Train(spec, Data())->Serialize();
  for (const int threads : {2, 3}) EXPECT_EQ((*Make(spec, Data(), threads)->Run({}))->Serialize(), one) << threads;
  // Nor a resume on another number of them.
  std::vector<std::string> checkpoints;
  ASSERT_TRUE(Make(spec, Data(), 2)->Run(Keeping(&checkpoints)).ok());
  const auto resumed = Make(spec, Data(), 1);
  ASSERT_TRUE(resumed->Resume(checkpoints.back()).ok());
  EXPECT_EQ((*resumed->Run({}))->Serialize(), one);
}

// The distance of two fields' velocities at the first snapshot's points, relative to the second's.
double RelativeDistance(const Field& one, const Field& other) {
  const Snapshots data = Data();
  const Snapshot& start = data.at.front();
  const std::vector<double> times(start.rows.size(), 0.5);
  Field::Mask mask;
  mask.velocity = true;
  const auto a = one.Evaluate(start.points, times, mask);
  const auto b = other.Evaluate(start.points, times, mask);
  double error = 0, size = 0;
  for (size_t i = 0; i < a->velocity.values.size(); ++i) {
    error += std::pow(a->velocity.values[i] - b->velocity.values[i], 2);
    size += std::pow(b->velocity.values[i], 2);
  }
  return std::sqrt(error / size);
}

// Autograd is the reference: a whole training by either ends up in the same place, up to rounding that grew on the way;
// so does one that goes on by the other.
TEST(TrainerTest, BothEnginesLearnTheSameField) {
  std::vector<std::string> checkpoints;
  TrainSpec spec = Spec();
  const auto fused = Train(spec, Data(), Keeping(&checkpoints));
  spec.training.engine = TrainingSpec::Engine::kAutograd;
  const auto autograd = Train(spec, Data());
  EXPECT_LT(RelativeDistance(*fused, *autograd), 1e-3);
  const auto resumed = Make(spec, Data());
  ASSERT_TRUE(resumed->Resume(checkpoints.back()).ok());
  EXPECT_LT(RelativeDistance(**resumed->Run({}), *autograd), 1e-3);
}

// With a bridge, rows come in pairs: an odd batch has a row more in each interval, and trains on all of them.
TEST(TrainerTest, AnOddBatchWithABridgeTrainsOnAllItsRows) {
  for (const auto times : {TrainingSpec::Times::kStratified, TrainingSpec::Times::kAdaptive}) {
    TrainSpec spec = Spec();
    spec.dynamics.sigma = 0.5;
    spec.training.times = times;
    spec.training.batch_size = 3;
    const auto fused = Train(spec, Data());
    spec.training.engine = TrainingSpec::Engine::kAutograd;
    EXPECT_LT(RelativeDistance(*fused, *Train(spec, Data())), 1e-3);
  }
}

TEST(TrainerTest, ResumingFromAnyCheckpointGivesTheSameBits) {
  std::vector<std::string> checkpoints;
  TrainerHooks hooks = Keeping(&checkpoints);
  TrainSpec spec = Spec();
  spec.members = 2;
  spec.training.times = TrainingSpec::Times::kAdaptive;  // whose state is part of a checkpoint
  spec.training.form = TrainingSpec::Form::kAction;
  const std::string whole = Train(spec, Data(), hooks)->Serialize();
  // Of each member after 25 steps, before a choice was made or with one, and after 50.
  ASSERT_EQ(checkpoints.size(), 4u);
  for (const std::string& checkpoint : checkpoints) {
    const auto trainer = Make(spec, Data());
    ASSERT_TRUE(trainer->Resume(checkpoint).ok());
    EXPECT_EQ((*trainer->Run({}))->Serialize(), whole);
  }
}

// Trained twice: the second time on the validation rows too, and resumed in either.
TEST(TrainerTest, ARefitTrainsOnTheValidationRowsAndResumesToTheSameBits) {
  TrainSpec spec = Spec();
  const auto once = Train(spec, Data());
  spec.hold_out.refit = true;
  spec.members = 2;
  std::vector<std::string> checkpoints;
  std::vector<int64_t> steps;
  TrainerHooks hooks = Keeping(&checkpoints);
  hooks.on_progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.total_steps, 240);
    EXPECT_TRUE(steps.empty() || progress.step > steps.back());
    steps.push_back(progress.step);
    return absl::OkStatus();
  };
  const auto field = Train(spec, Data(), hooks);
  EXPECT_EQ(steps.back(), 240);
  EXPECT_GE(checkpoints.size(), 5u);
  for (const std::string& checkpoint : checkpoints) {
    const auto trainer = Make(spec, Data());
    ASSERT_TRUE(trainer->Resume(checkpoint).ok());
    EXPECT_EQ((*trainer->Run({}))->Serialize(), field->Serialize());
  }
  // The same steps were chosen, the units are those of more rows, and validation distances those of the choice.
  EXPECT_EQ(field->provenance().selected_steps[0], once->provenance().selected_steps[0]);
  EXPECT_NE(field->standardisation().scale, once->standardisation().scale);
  EXPECT_EQ(field->provenance().scores.size(), once->provenance().scores.size());
}

TEST(TrainerTest, ACheckpointOfAnotherSpecOrADamagedOneIsRefused) {
  std::vector<std::string> checkpoints;
  Train(Spec(), Data(), Keeping(&checkpoints));
  std::string checkpoint = checkpoints.back();
  TrainSpec other = Spec();
  other.training.learning_rate = 0.01;
  EXPECT_EQ(Make(other, Data())->Resume(checkpoint).code(), absl::StatusCode::kFailedPrecondition);
  const auto without = [&](const std::function<void(TensorFile&)>& change) {
    TensorFile file = *ParseTensorFile(checkpoint, "checkpoint");
    change(file);
    return Make(Spec(), Data())->Resume(SerializeTensorFile(file)).code();
  };
  for (const char* key : {"spec", "content_hash", "path", "members_done"}) {
    EXPECT_EQ(without([&](TensorFile& file) { file.metadata.erase(key); }), absl::StatusCode::kDataLoss) << key;
  }
  for (const char* name : {"best.step", "best.distance", "optimizer.step", "optimizer.weights"}) {
    EXPECT_EQ(without([&](TensorFile& file) { file.arrays[name] = Array::Of(absl::Span<const double>(), {0}); }),
              absl::StatusCode::kDataLoss)
        << name;
  }
  checkpoint[checkpoint.size() / 2] ^= 1;
  EXPECT_EQ(Make(Spec(), Data())->Resume(checkpoint).code(), absl::StatusCode::kDataLoss);
}

// A release that did not know a setting trained with what is its default now.
TEST(TrainerTest, ACheckpointWithoutASettingIsOfItsDefault) {
  std::vector<std::string> checkpoints;
  Train(Spec(), Data(), Keeping(&checkpoints));
  TensorFile file = *ParseTensorFile(checkpoints.back(), "checkpoint");
  std::string& spec = file.metadata["spec"];
  const std::string times = ",\"training.times\":\"stratified\"";
  ASSERT_NE(spec.find(times), std::string::npos) << spec;
  spec.erase(spec.find(times), times.size());
  const std::string older = SerializeTensorFile(file);
  EXPECT_TRUE(Make(Spec(), Data())->Resume(older).ok());
  TrainSpec other = Spec();
  other.training.times = TrainingSpec::Times::kAdaptive;
  EXPECT_EQ(Make(other, Data())->Resume(older).code(), absl::StatusCode::kFailedPrecondition);
}

// Nonsense in the held-out rows changes no bit of the field's weights: only the scores that are measured on them. Whole
// snapshots and fractions, under every path and with masses from counts.
struct Poison {
  PathSpec::Kind path;
  double position;
  double weight;
  int members = 1;
};

class HoldOutTest : public testing::TestWithParam<Poison> {};

TEST_P(HoldOutTest, TestRowsTouchNothing) {
  const Poison& poison = GetParam();
  TrainSpec spec = Spec();
  spec.path.kind = poison.path;
  spec.members = poison.members;
  spec.hold_out.test_times = {0.5};
  spec.hold_out.refit = true;
  if (poison.path == PathSpec::Kind::kUot) spec.dynamics.lambda = 1;
  Gaussians population;
  population.snapshots = 5;
  population.points = 200;
  const Snapshots clean = *Simulate(population, 1);
  Snapshots poisoned = clean;
  int64_t changed = 0;
  for (Snapshot& s : poisoned.at) {
    for (int64_t i = 0; i < s.points.count(); ++i) {
      HoldOutSpec hold_out = spec.hold_out;
      hold_out.validation_fraction = 0.1;
      if (SubsetOf(hold_out, spec.seed, s.rows[i], s.time) != Subset::kTest) continue;
      for (double& x : s.points.row(i)) x = poison.position * (1 + static_cast<double>(i) / 1000);
      s.weights[i] = poison.weight;
      ++changed;
    }
  }
  EXPECT_GT(changed, 300);
  const auto a = Train(spec, clean);
  const auto b = Train(spec, poisoned);
  EXPECT_EQ(a->provenance().selected_steps, b->provenance().selected_steps);
  Field::Mask mask;
  mask.velocity = mask.value = true;
  const std::vector<double> times(static_cast<size_t>(clean.at[0].points.count()), 0.4);
  const auto at_a = a->Evaluate(clean.at[0].points, times, mask);
  const auto at_b = b->Evaluate(clean.at[0].points, times, mask);
  EXPECT_EQ(at_a->value, at_b->value);
  EXPECT_EQ(at_a->velocity.values, at_b->velocity.values);
  EXPECT_EQ(a->provenance().snapshot_masses, b->provenance().snapshot_masses);
  EXPECT_EQ(a->provenance().masses, b->provenance().masses);
  EXPECT_NE(a->provenance().scores.back().w1, b->provenance().scores.back().w1);
  const auto parsed = Field::Parse(b->Serialize());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ((*parsed)->Serialize(), b->Serialize());
}

INSTANTIATE_TEST_SUITE_P(
    Paths, HoldOutTest,
    testing::Values(Poison{PathSpec::Kind::kObserved, 1e6, 7}, Poison{PathSpec::Kind::kLinear, 1e160, 1},
                    Poison{PathSpec::Kind::kOt, 1e300, 7, 2}, Poison{PathSpec::Kind::kUot, 1e300, 1e300},
                    Poison{PathSpec::Kind::kAuto, 1e6, 0, 2}, Poison{PathSpec::Kind::kAuto, 1e6, 1e200},
                    Poison{PathSpec::Kind::kUot, 1e300, 0}));

TEST(TrainerTest, ATimeWhoseRowsWeighNothingIsNamed) {
  Snapshots data = Data();
  for (int64_t i = 0; i < 200; ++i) {
    HoldOutSpec hold_out = Spec().hold_out;
    hold_out.validation_fraction = 0.1;
    Snapshot& s = data.at[1];
    if (SubsetOf(hold_out, 0, s.rows[i], s.time) == Subset::kTrain) s.weights[i] = 0;
  }
  const auto split = Trainer::Create(Spec(), data, {}, {}).status();
  EXPECT_EQ(split.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(split.message()), testing::HasSubstr("at time 0.5"));
  data.at[1].weights.assign(200, 0.0);
  const auto whole = Trainer::Create(Spec(), data, {}, {}).status();
  EXPECT_EQ(whole.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(whole.message()), testing::HasSubstr("at time 0.5"));
  TrainSpec spec = Spec();
  spec.hold_out.test_times = {0.5};
  EXPECT_TRUE(Trainer::Create(spec, data, {}, {}).ok());
}

// The path's phase: fractions that rise to 1, over the paths of both trainings.
// Masses apart by more than floating point reaches: counted from weights, they are refused before any plan.
TEST(TrainerTest, MassesFarApartAreRefused) {
  Snapshots data = Data();
  for (double& weight : data.at[0].weights) weight = 1e-300;
  for (double& weight : data.at[1].weights) weight = 1e300;
  TrainSpec spec = Spec();
  spec.dynamics.lambda = 1;
  const absl::Status refused = Trainer::Create(spec, data, Provenance(), TrainerOptions()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("mass.source"));
}

TEST(TrainerTest, NoThreadsAreOne) {
  EXPECT_EQ((*Make(Spec(), Data(), 0)->Run({}))->Serialize(), Train(Spec(), Data())->Serialize());
}

// A split by chance that leaves a time nothing to train on is no other training without that time.
TEST(TrainerTest, ATimeThatTheSplitEmptiesIsNamed) {
  Snapshots data = Data();
  TrainSpec spec = Spec();
  spec.hold_out.test_fraction = 0.5;
  spec.hold_out.validation_fraction = 0;
  Snapshot& last = data.at.back();
  Snapshot few{last.time, {2, {}}, {}, {}, 1};
  for (int64_t i = 0; few.rows.size() < 4; ++i) {
    if (SubsetOf(spec.hold_out, spec.seed, last.rows[i], last.time) != Subset::kTest) continue;
    few.points.Append(last.points.row(i));
    few.weights.push_back(1);
    few.rows.push_back(last.rows[i]);
  }
  last = few;
  const absl::Status refused = Trainer::Create(spec, data, Provenance(), TrainerOptions()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("at time 1 "));
}

TEST(TrainerTest, PointsBeyondFloatingPointAreRefused) {
  Snapshots data = Data();
  for (Snapshot& s : data.at) {
    for (double& x : s.points.values) x *= 1e200;
  }
  const absl::Status refused = Trainer::Create(Spec(), data, Provenance(), TrainerOptions()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("larger units"));
}

TEST(TrainerTest, ThePathsPhaseIsHeardToItsEnd) {
  TrainSpec spec = Spec();
  spec.hold_out.refit = true;
  spec.training.steps = 20;
  std::vector<double> heard;
  TrainerHooks hooks;
  hooks.on_phase = [&](Phase phase, double fraction) {
    if (phase == Phase::kPath) heard.push_back(fraction);
    return absl::OkStatus();
  };
  Train(spec, Data(), hooks);
  EXPECT_THAT(heard, testing::ElementsAre(0.25, 0.5, 0.75, 1));
}

TEST(TrainerTest, HooksHearProgressAndCanEndTheRunBeforeAnyStep) {
  std::vector<int64_t> steps;
  int asked = 0;
  TrainerHooks hooks;
  hooks.on_progress = [&](const Progress& progress) {
    steps.push_back(progress.step);
    EXPECT_EQ(progress.total_steps, 60);
    EXPECT_EQ(progress.scores.size(), 4u);  // two later snapshots, validation and test
    return absl::OkStatus();
  };
  hooks.before_step = [&] { return ++asked == 42 ? absl::CancelledError("cancelled") : absl::OkStatus(); };
  EXPECT_EQ(Make(Spec(), Data())->Run(hooks).status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(steps, testing::ElementsAre(20, 40));
  EXPECT_EQ(asked, 42);
}

TEST(TrainerTest, ASpecIsRefusedWithAllItsViolations) {
  TrainSpec spec;
  spec.training.steps = 0;
  spec.training.batch_size = 0;
  const auto status = Trainer::Create(spec, Data(), {}, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(testing::HasSubstr("training.steps"), testing::HasSubstr("training.batch_size")));
}

TEST(TrainerTest, WithoutCudaItsRefusalIsTheMachinesAndAutoIsTheProcessor) {
  if (HasCuda()) GTEST_SKIP() << "this machine has CUDA";
  TrainSpec spec = Spec();
  spec.training.device = TrainingSpec::Device::kCuda;
  EXPECT_EQ(Trainer::Create(spec, Data(), {}, {}).status(), CheckProcessor(spec.training));
  spec.training.device = TrainingSpec::Device::kAuto;
  const auto trainer = Trainer::Create(spec, Data(), {}, {});
  ASSERT_TRUE(trainer.ok()) << trainer.status();
  EXPECT_EQ((*trainer)->provenance().spec.training.device, TrainingSpec::Device::kCpu);
  EXPECT_EQ((*trainer)->provenance().spec.training.engine, TrainingSpec::Engine::kFused);
}

// The exact field of the simulated Gaussians: v = shift e_1 + spread (x - t shift e_1)/(1 + t spread). Both forms, and
// the paths that reach it: transport between Gaussians is this very map.
class LawTest : public testing::TestWithParam<std::tuple<TrainingSpec::Form, PotentialSpec::Head>> {};

TEST_P(LawTest, TheVelocityIsThatOfTheLaw) {
  Gaussians population;
  population.snapshots = 3;
  population.points = 1000;
  const Snapshots data = *Simulate(population, 3);
  TrainSpec spec;
  spec.training.form = std::get<0>(GetParam());
  spec.potential.head = std::get<1>(GetParam());
  spec.potential.hidden = {64, 64};
  spec.training.steps = 800;
  spec.hold_out.validation_fraction = 0.0;
  const auto field = Train(spec, data);
  double error = 0, size = 0, rows = 0;
  for (double t : {0.1, 0.5, 0.9}) {
    Points x{2, {}};
    for (int i = -1; i <= 1; ++i) {
      for (int j = -1; j <= 1; ++j) x.Append({t * 2 + i * (1 + t / 2), j * (1 + t / 2)});
    }
    Field::Mask mask;
    mask.velocity = mask.divergence = true;
    const auto answer = field->Evaluate(x, std::vector<double>(9, t), mask);
    ASSERT_TRUE(answer.ok());
    for (int64_t i = 0; i < 9; ++i) {
      const double exact[2] = {2 + 0.5 * (x.row(i)[0] - 2 * t) / (1 + t / 2), 0.5 * x.row(i)[1] / (1 + t / 2)};
      for (int d = 0; d < 2; ++d) {
        error += std::pow(answer->velocity.row(i)[d] - exact[d], 2);
        size += exact[d] * exact[d];
        rows += 1;
      }
    }
  }
  // 1000 points a snapshot know their law to about 1/sqrt(1000) of its width.
  EXPECT_LT(std::sqrt(error / size), 0.15);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, LawTest,
    testing::Combine(testing::Values(TrainingSpec::Form::kAction, TrainingSpec::Form::kConditional),
                     testing::Values(PotentialSpec::Head::kValue, PotentialSpec::Head::kInnerProduct,
                                     PotentialSpec::Head::kQuadratic)));

}  // namespace
}  // namespace actionmatch
