#include "core/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/density.h"
#include "core/integrate.h"
#include "core/resample.h"
#include "core/simulate.h"

namespace actionmatch {
namespace {

Snapshots Data(double shift = 2) {
  Gaussians population;
  population.snapshots = 3;
  population.points = 200;
  population.shift = shift;
  return *Simulate(population, 1);
}

TrainSpec Spec() {
  TrainSpec spec;
  spec.potential.hidden = {32, 32};
  spec.training.steps = 60;
  spec.training.batch_size = 64;
  spec.training.warmup_steps = 10;
  spec.training.evaluation_interval = 20;
  spec.training.checkpoint_interval = 25;
  spec.hold_out.test_fraction = 0.2;
  spec.hold_out.refit = false;
  return spec;
}

std::unique_ptr<Trainer> Make(const TrainSpec& spec, const Snapshots& data, int threads = 1) {
  Provenance provenance;
  provenance.dataset = "datasets/test";
  provenance.content_hash = "hash";
  provenance.axis_names = {"a", "b"};
  auto trainer = Trainer::Create(spec, data, provenance, {threads});
  EXPECT_TRUE(trainer.ok()) << trainer.status();
  return *std::move(trainer);
}

std::shared_ptr<const Field> Train(const TrainSpec& spec, const Snapshots& data, const TrainerHooks& hooks = {}) {
  auto field = Make(spec, data)->Run(hooks);
  EXPECT_TRUE(field.ok()) << field.status();
  return *std::move(field);
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
  std::string checkpoint;
  TrainerHooks hooks;
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
    checkpoint = bytes;
    return absl::OkStatus();
  };
  ASSERT_TRUE(Make(spec, Data(), 2)->Run(hooks).ok());
  const auto resumed = Make(spec, Data(), 1);
  ASSERT_TRUE(resumed->Resume(checkpoint).ok());
  EXPECT_EQ((*resumed->Run({}))->Serialize(), one);
}

// Autograd is the reference: a whole training by either ends up in the same place, up to rounding that grew on the way.
TEST(TrainerTest, BothEnginesLearnTheSameField) {
  TrainSpec spec = Spec();
  const auto fused = Train(spec, Data());
  spec.training.engine = TrainingSpec::Engine::kAutograd;
  const auto autograd = Train(spec, Data());
  const Snapshots data = Data();
  const Snapshot& start = data.at.front();
  const std::vector<double> times(start.rows.size(), 0.5);
  Field::Mask mask;
  mask.velocity = true;
  const auto a = fused->Evaluate(start.points, times, mask);
  const auto b = autograd->Evaluate(start.points, times, mask);
  double error = 0, size = 0;
  for (size_t i = 0; i < a->velocity.values.size(); ++i) {
    error += std::pow(a->velocity.values[i] - b->velocity.values[i], 2);
    size += std::pow(b->velocity.values[i], 2);
  }
  EXPECT_LT(std::sqrt(error / size), 1e-3);
}

TEST(TrainerTest, ResumingFromAnyCheckpointGivesTheSameBits) {
  std::vector<std::string> checkpoints;
  TrainerHooks hooks;
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
    checkpoints.push_back(bytes);
    return absl::OkStatus();
  };
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
  TrainerHooks hooks;
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
    checkpoints.push_back(bytes);
    return absl::OkStatus();
  };
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
  std::string checkpoint;
  TrainerHooks hooks;
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
    checkpoint = bytes;
    return absl::OkStatus();
  };
  Train(Spec(), Data(), hooks);
  TrainSpec other = Spec();
  other.training.learning_rate = 0.01;
  EXPECT_EQ(Make(other, Data())->Resume(checkpoint).code(), absl::StatusCode::kFailedPrecondition);
  checkpoint[checkpoint.size() / 2] ^= 1;
  EXPECT_EQ(Make(Spec(), Data())->Resume(checkpoint).code(), absl::StatusCode::kDataLoss);
}

// Nonsense in the held-out rows changes no bit of the field's weights: only the scores that are measured on them. Whole
// snapshots and fractions, under every path and with masses from counts.
class HoldOutTest : public testing::TestWithParam<PathSpec::Kind> {};

TEST_P(HoldOutTest, TestRowsTouchNothing) {
  TrainSpec spec = Spec();
  spec.path.kind = GetParam();
  spec.hold_out.test_times = {0.5};
  spec.hold_out.refit = true;
  if (GetParam() == PathSpec::Kind::kUot) spec.dynamics.lambda = 1;
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
      for (double& x : s.points.row(i)) x = 1e6 + static_cast<double>(i);
      s.weights[i] = 7;
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
  EXPECT_NE(a->provenance().scores.back().w1, b->provenance().scores.back().w1);
}

INSTANTIATE_TEST_SUITE_P(Paths, HoldOutTest,
                         testing::Values(PathSpec::Kind::kObserved, PathSpec::Kind::kLinear, PathSpec::Kind::kOt,
                                         PathSpec::Kind::kUot));

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

TEST(FieldTest, ParsingReturnsTheSameField) {
  const auto field = Train(Spec(), Data());
  const std::string bytes = field->Serialize();
  const auto parsed = Field::Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ((*parsed)->Serialize(), bytes);
  EXPECT_EQ((*parsed)->provenance().axis_names, field->provenance().axis_names);
  EXPECT_EQ((*parsed)->start_time(), 0);
  EXPECT_EQ((*parsed)->end_time(), 1);
  EXPECT_FALSE(Field::Parse(bytes.substr(0, bytes.size() - 1)).ok());
}

TEST(FieldTest, DerivativesAgreeInDataUnits) {
  const auto field = Train(Spec(), Data());
  const Points x{2, {0.5, -0.3}};
  Field::Mask all;
  all.value = all.velocity = all.time_derivative = all.divergence = all.growth = true;
  const auto exact = *field->Evaluate(x, {0.4}, all);
  EXPECT_EQ(exact.growth[0], 0);
  constexpr double h = 0.02;
  const auto value = [&](double dx, double dy, double dt) {
    return field->Evaluate({2, {0.5 + dx, -0.3 + dy}}, {0.4 + dt}, all)->value[0];
  };
  EXPECT_NEAR((value(h, 0, 0) - value(-h, 0, 0)) / (2 * h), exact.velocity.values[0], 2e-3);
  EXPECT_NEAR((value(0, h, 0) - value(0, -h, 0)) / (2 * h), exact.velocity.values[1], 2e-3);
  EXPECT_NEAR((value(0, 0, h) - value(0, 0, -h)) / (2 * h), exact.time_derivative[0], 2e-3);
  const auto velocity = [&](double dx, double dy) {
    return field->Evaluate({2, {0.5 + dx, -0.3 + dy}}, {0.4}, all)->velocity;
  };
  const double divergence =
      (velocity(h, 0).values[0] - velocity(-h, 0).values[0] + velocity(0, h).values[1] - velocity(0, -h).values[1]) /
      (2 * h);
  EXPECT_NEAR(divergence, exact.divergence[0], 2e-3);
}

TEST(FieldTest, TimesOutsideAreOutOfRangeUnlessExtrapolated) {
  const auto field = Train(Spec(), Data());
  EXPECT_EQ(field->CheckTimes({0.0, 1.0}).code(), absl::StatusCode::kOk);
  EXPECT_EQ(field->CheckTimes({1.1}).code(), absl::StatusCode::kOutOfRange);
  IntegrateOptions options;
  EXPECT_EQ(Integrate(*field, Points{2, {0, 0}}, 0, {2}, options).status().code(), absl::StatusCode::kOutOfRange);
  options.extrapolate = true;
  EXPECT_TRUE(Integrate(*field, Points{2, {0, 0}}, 0, {2}, options).ok());
  EXPECT_EQ(Integrate(*field, Points{3, {0, 0, 0}}, 0, {1}, options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ScoreTest, ATrainedFieldBeatsTheCopyAndComesNearTheFloor) {
  TrainSpec spec = Spec();
  spec.training.steps = 600;
  const Snapshots data = Data(4);
  const auto field = Train(spec, data);
  for (Subset subset : {Subset::kAll, Subset::kTest}) {
    ScoreOptions options;
    options.subset = subset;
    const auto scores = ScoreField(*field, data, options);
    ASSERT_TRUE(scores.ok()) << scores.status();
    ASSERT_EQ(scores->from_previous.size(), 2u);
    ASSERT_EQ(scores->from_first.size(), 2u);
    for (const SnapshotScore& s : scores->from_previous) {
      EXPECT_LT(s.w1, 0.5 * *s.copy_w1);
      EXPECT_LT(s.w1, 2 * *s.floor_w1);
      EXPECT_LE(s.floor_pushed_count + s.floor_observed_count, 200);
    }
    EXPECT_EQ(scores->from_first[1].source_time, 0);
  }
}

TEST(EnsembleTest, AFieldAnswersItsMembersMeanAndSpread) {
  TrainSpec spec = Spec();
  const auto single = Train(spec, Data());
  spec.members = 3;
  const auto field = Train(spec, Data());
  ASSERT_EQ(field->members(), 3);
  EXPECT_EQ((*Field::Parse(field->Serialize()))->Serialize(), field->Serialize());
  const Points x{2, {0.5, -0.3, 1, 1}};
  const std::vector<double> t = {0.4, 0.8};
  Field::Mask mask;
  mask.value = mask.velocity = mask.divergence = mask.time_derivative = true;
  Field::Evaluation spread;
  Field::EvaluateOptions options;
  options.spread = &spread;
  const auto mean = *field->Evaluate(x, t, mask, options);
  std::vector<Field::Evaluation> members;
  options.spread = nullptr;
  for (options.member = 0; options.member < 3; ++options.member) {
    members.push_back(*field->Evaluate(x, t, mask, options));
  }
  EXPECT_FALSE(field->Evaluate(x, t, mask, options).ok());  // member 3
  // The first member is the field that the seed alone would give.
  EXPECT_EQ(members[0].velocity.values, single->Evaluate(x, t, mask)->velocity.values);
  for (size_t i = 0; i < 4; ++i) {
    double sum = 0, squares = 0;
    for (const auto& m : members) sum += m.velocity.values[i] / 3;
    for (const auto& m : members) squares += std::pow(m.velocity.values[i] - sum, 2) / 2;
    EXPECT_NEAR(mean.velocity.values[i], sum, 1e-12);
    EXPECT_NEAR(spread.velocity.values[i], std::sqrt(squares), 1e-9);
    EXPECT_GT(spread.velocity.values[i], 0);
  }
  const auto scores = ScoreField(*field, Data(), {});
  ASSERT_TRUE(scores.ok());
  EXPECT_EQ(scores->from_previous[0].members, 3);
  EXPECT_GT(scores->from_previous[0].w1_deviation, 0);
}

// Cells that only multiply: the field's growth and mass are those of the counts.
TEST(GrowthTest, CountsAreTheMass) {
  Gaussians population;
  population.snapshots = 3;
  population.points = 300;
  population.shift = 1;
  population.spread = 0;
  Snapshots data = *Simulate(population, 5);
  int64_t row = 0;
  for (size_t k = 0; k < 3; ++k) {
    Snapshot& s = data.at[k];
    const Snapshot once = s;
    for (size_t copy = 0; copy < k; ++copy) {
      for (int64_t i = 0; i < 300; ++i) {
        s.points.Append(once.points.row(i));
        s.weights.push_back(1);
      }
    }
    s.rows.clear();
    for (int64_t i = 0; i < s.points.count(); ++i) s.rows.push_back(row++);
  }
  TrainSpec spec = Spec();
  spec.dynamics.lambda = 1;
  spec.training.steps = 1200;
  spec.training.batch_size = 128;
  spec.potential.hidden = {64, 64};
  spec.hold_out = {0.0, 0, {}, false};
  const auto field = Train(spec, data);
  EXPECT_EQ(field->provenance().path, PathSpec::Kind::kUot);
  EXPECT_NEAR(field->Mass(1), 3, 1e-9);
  const auto scores = ScoreField(*field, data, {});
  ASSERT_TRUE(scores.ok()) << scores.status();
  for (const SnapshotScore& s : scores->from_first) {
    EXPECT_NEAR(s.mass / *s.observed_mass, 1, 0.05) << s.time;
    EXPECT_NEAR(*s.observed_mass, 1 + 2 * s.time, 1e-9);
  }
}

// A field with noise: the drift that makes up for what the noise does, and no way back.
TEST(NoiseTest, TheDriftIsTheProcesssOwn) {
  OrnsteinUhlenbeck population;
  population.points = 1000;
  population.snapshots = 3;
  const Snapshots data = *Simulate(population, 5);
  TrainSpec spec = Spec();
  spec.hold_out.test_fraction = 0;
  spec.dynamics.sigma = 1;
  spec.training.steps = 1500;
  const auto field = Train(spec, data);
  ScoreOptions options;
  const auto scores = ScoreField(*field, data, options);
  ASSERT_TRUE(scores.ok()) << scores.status();
  for (const SnapshotScore& s : scores->from_previous) EXPECT_LT(s.w1, 1.3 * *s.floor_w1);
  // Between two snapshots the path is a mixture of bridges over an exact plan, not the process: only near its own law.
  Points x{2, {1, 0.5, 1.5, -0.5}};
  Field::Mask mask;
  mask.velocity = true;
  const auto answer = field->Evaluate(x, {0.25, 0.25}, mask);
  EXPECT_LT(answer->velocity.values[0], 0);
  EXPECT_LT(answer->velocity.values[2], answer->velocity.values[0]);
}

TEST(DensityTest, TheChangeOfDensityIsThatOfTheLaw) {
  Gaussians population;
  population.snapshots = 2;
  population.points = 1500;
  const Snapshots data = *Simulate(population, 3);
  TrainSpec spec = Spec();
  spec.hold_out = {0.0, 0, {}, false};
  spec.potential.hidden = {64, 64};
  spec.training.steps = 1000;
  spec.training.batch_size = 256;
  const auto field = Train(spec, data);
  Points x{2, {}};
  for (double a : {-1.0, 0.0, 1.0}) x.Append({2 + 1.5 * a, 0.75 * a});
  const auto exact = ChangeOfDensity(*field, x, 1, 0, {});
  ASSERT_TRUE(exact.ok()) << exact.status();
  const auto gaussian = FitGaussian(data.at[0]);
  const auto start = LogDensity(*gaussian, exact->origins);
  ASSERT_TRUE(start.ok());
  for (int64_t i = 0; i < 3; ++i) {
    // N(2 e_1, 1.5^2 I) at t = 1.
    const double u = (x.row(i)[0] - 2) / 1.5, v = x.row(i)[1] / 1.5;
    const double truth = -0.5 * (u * u + v * v) - std::log(2 * 3.14159265358979 * 1.5 * 1.5);
    EXPECT_NEAR((*start)[i] + exact->log_ratio[i], truth, 0.15);
    EXPECT_NEAR(exact->origins.row(i)[0], u, 0.15);
  }
  // Forwards again: the same change, the other way round.
  const auto forth = ChangeOfDensity(*field, exact->origins, 0, 1, {});
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(forth->log_ratio[i], -exact->log_ratio[i], 1e-3);
    EXPECT_NEAR(forth->origins.row(i)[0], x.row(i)[0], 1e-3);
  }
  // Hutchinson's estimate of a divergence in two dimensions, from many directions.
  DensityOptions options;
  options.probes = 64;
  const auto estimate = ChangeOfDensity(*field, x, 1, 0, options);
  for (int64_t i = 0; i < 3; ++i) EXPECT_NEAR(estimate->log_ratio[i], exact->log_ratio[i], 0.1);
}

TEST(DensityTest, WhereNoScoreIsKnownTheReasonIsGiven) {
  TrainSpec spec = Spec();
  spec.dynamics.sigma = 1;
  const auto noisy = Train(spec, Data());
  const auto refused = ChangeOfDensity(*noisy, Points{2, {0, 0}}, 1, 0, {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("no score"));
  spec = Spec();
  spec.dynamics.cost_power = 3;
  EXPECT_EQ(ChangeOfDensity(*Train(spec, Data()), Points{2, {0, 0}}, 1, 0, {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(LogDensity({{0, 0}, {1, 2, 2, 1}}, Points{2, {0, 0}}).ok());  // not positive definite
}

TEST(ResampleTest, WeightsBecomeEqualAndTheirMeanStays) {
  Gaussians population;
  population.snapshots = 2;
  population.points = 300;
  Snapshots data = *Simulate(population, 5);
  TrainSpec spec = Spec();
  spec.dynamics.lambda = 1;
  spec.mass = {MassSpec::Source::kGiven, {1, 2}};
  spec.training.steps = 300;
  const auto field = Train(spec, data);
  IntegrateOptions options;
  const auto plain = *Integrate(*field, data.at[0].points, 0, {0.5, 1}, options);
  options.resample_below = 1;
  const auto drawn = *Integrate(*field, data.at[0].points, 0, {1, 0.5}, options);
  // The first frame is before any resampling; only the step sizes differ.
  for (size_t i = 0; i < 600; ++i) EXPECT_NEAR(drawn.points[1].values[i], plain.points[0].values[i], 1e-4);
  EXPECT_NEAR(MeanWeight(drawn.log_weights[0]), MeanWeight(plain.log_weights[1]), 0.1);
  EXPECT_GT(EffectiveSampleSize(drawn.log_weights[0]), EffectiveSampleSize(plain.log_weights[1]));
  EXPECT_FALSE(Integrate(*field, data.at[0].points, 1, {0.5}, options).ok());
}

}  // namespace
}  // namespace actionmatch
