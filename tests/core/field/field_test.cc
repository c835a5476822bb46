// What a trained field answers: its units, scores, members, masses and noise.

#include "core/field/field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <tuple>

#include "core/field/field_score.h"
#include "core/field/sample.h"
#include "core/trajectory/integrate.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

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

TEST(FieldTest, AnAnswerThatIsNotFiniteNamesThePoint) {
  const auto field = Train(Spec(), Data());
  Field::Mask mask;
  mask.value = mask.velocity = true;
  const auto far = field->Evaluate({2, {0, 0, 0, 1e300}}, {0.4, 0.4}, mask).status();
  EXPECT_EQ(far.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(far.message()), testing::HasSubstr("point 1"));
  EXPECT_EQ(field->Evaluate({2, {0, 0}}, {1e300}, mask).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(FieldTest, EachQuantityAloneIsWhatItIsAmongAll) {
  TrainSpec spec = Spec();
  spec.dynamics.lambda = 0.5;
  const auto field = Train(spec, Data());
  const Points x{2, {0.5, -0.3, 1, 2}};
  const auto evaluate = [&](const Field::Mask& mask) { return *field->Evaluate(x, {0.4, 0.7}, mask); };
  const auto only = [&](bool Field::Mask::*quantity) {
    Field::Mask mask;
    mask.*quantity = true;
    return evaluate(mask);
  };
  Field::Mask mask;
  mask.value = mask.velocity = mask.time_derivative = mask.growth = mask.divergence = true;
  const Field::Evaluation all = evaluate(mask);
  EXPECT_NE(all.time_derivative[0], 0);
  EXPECT_EQ(only(&Field::Mask::value).value, all.value);
  EXPECT_EQ(only(&Field::Mask::velocity).velocity.values, all.velocity.values);
  EXPECT_EQ(only(&Field::Mask::time_derivative).time_derivative, all.time_derivative);
  EXPECT_EQ(only(&Field::Mask::growth).growth, all.growth);
  EXPECT_EQ(only(&Field::Mask::divergence).divergence, all.divergence);
}

// Rows alike, alone, in a tile that is not full and among others in full ones: the same bits, under any cost.
TEST(FieldTest, APointsAnswerDoesNotDependOnTheOthers) {
  for (const double power : {2.0, 3.0}) {
    TrainSpec spec = Spec();
    spec.dynamics.cost.power = power;
    const auto field = Train(spec, Data());
    Points x{2, {}};
    for (int i = 0; i < 300; ++i) x.Append({0.01 * i, 1 - 0.02 * i});
    Field::Mask mask;
    mask.velocity = mask.divergence = true;
    const auto all = *field->Evaluate(x, std::vector<double>(300, 0.4), mask);
    for (const int64_t count : {1, 3, 37, 256}) {
      const Points few{2, {x.values.begin(), x.values.begin() + 2 * count}};
      const auto answer = *field->Evaluate(few, std::vector<double>(static_cast<size_t>(count), 0.4), mask);
      for (int64_t i = 0; i < count; ++i) {
        ASSERT_EQ(answer.divergence[i], all.divergence[i]) << power << " " << count << " " << i;
        ASSERT_EQ(answer.velocity.row(i)[0], all.velocity.row(i)[0]);
      }
    }
  }
}

// Exact in any dimension, and in memory that does not grow with its square.
TEST(FieldTest, AnExactDivergenceOfManyComponentsNeedsLittleMemory) {
  constexpr int64_t kDimension = 1500;
  Snapshots data;
  data.dimension = kDimension;
  for (const double time : {0.0, 1.0}) {
    Snapshot snapshot;
    snapshot.time = time;
    snapshot.points.dimension = kDimension;
    for (int64_t i = 0; i < 4; ++i) {
      for (int64_t d = 0; d < kDimension; ++d) {
        snapshot.points.values.push_back(std::sin(static_cast<double>(1 + i * d)) + time);
      }
      snapshot.weights.push_back(1);
      snapshot.rows.push_back(i + (time > 0 ? 4 : 0));
    }
    data.at.push_back(std::move(snapshot));
  }
  TrainSpec spec = Spec();
  spec.potential.hidden = {8};
  spec.training.steps = 1;
  spec.hold_out.test_fraction = 0;
  const auto field = Train(spec, data);
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;  // MiB
  };
  Field::Mask mask;
  mask.divergence = true;
  const Points x{kDimension, std::vector<double>(kDimension, 0.5)};
  const auto before = peak();
  const double exact = field->Evaluate(x, {0.4}, mask)->divergence[0];
  EXPECT_LT(peak() - before, 500);
  // The trace of the Hessian of a network, by the differences of its velocity.
  mask = Field::Mask();
  mask.velocity = true;
  const double h = 0.05 * field->standardisation().scale;
  Points moved{kDimension, {}};
  for (int64_t d = 0; d < kDimension; ++d) {
    for (const double step : {h, -h}) {
      moved.Append(x.row(0));
      moved.row(moved.count() - 1)[d] += step;
    }
  }
  const auto there = *field->Evaluate(moved, std::vector<double>(2 * kDimension, 0.4), mask);
  double sum = 0;
  for (int64_t d = 0; d < kDimension; ++d) {
    sum += (there.velocity.row(2 * d)[d] - there.velocity.row(2 * d + 1)[d]) / (2 * h);
  }
  EXPECT_NEAR(sum, exact, 0.01 * std::abs(exact) + 1e-3);
}

// The field answers in the data's own units, whatever their scale, span and cost: velocity is grad c*(grad s), with c
// in data units, growth lambda S/T.
TEST(FieldTest, UnitsAreTheDatasWhateverTheCost) {
  for (const auto& [power, cost_scale, lambda] :
       {std::tuple{2.0, 1.0, 0.0}, {2.0, 2.5, 0.0}, {3.0, 1.0, 0.0}, {1.5, 0.4, 0.0}, {2.0, 2.5, 0.7}}) {
    Snapshots data = Data();
    for (Snapshot& s : data.at) {
      s.time = 10 + 40 * s.time;
      for (double& x : s.points.values) x = 300 + 7 * x;
    }
    TrainSpec spec = Spec();
    spec.dynamics.cost.power = power;
    spec.dynamics.cost.scale = cost_scale;
    spec.dynamics.lambda = lambda;
    spec.training.steps = 400;
    spec.training.learning_rate = 5e-3;
    spec.training.ema_decay = 0.99;
    const auto field = Train(spec, data);
    const double scale = field->standardisation().scale;
    ASSERT_GT(scale, 5);
    ASSERT_EQ(field->standardisation().duration, 40);
    Field::Mask mask;
    mask.value = mask.velocity = mask.growth = mask.time_derivative = mask.divergence = true;
    const std::vector<double> x = {303, 296};
    const double t = 22;
    const auto at = [&](double dx, double dy, double dt) {
      return *field->Evaluate({2, {x[0] + dx, x[1] + dy}}, {t + dt}, mask);
    };
    const auto here = at(0, 0, 0);
    const double h = 0.02 * scale, ht = 0.02 * 40;
    const double p[2] = {(at(h, 0, 0).value[0] - at(-h, 0, 0).value[0]) / (2 * h),
                         (at(0, h, 0).value[0] - at(0, -h, 0).value[0]) / (2 * h)};
    // grad c*(p) = a^(1-q) |p|^(q-2) p.
    const double q = power / (power - 1);
    const double factor = std::pow(cost_scale, 1 - q) * std::pow(std::hypot(p[0], p[1]), q - 2);
    const double speed = std::hypot(here.velocity.values[0], here.velocity.values[1]);
    ASSERT_GT(speed, 0.01);
    for (int d = 0; d < 2; ++d) EXPECT_NEAR(here.velocity.values[d], factor * p[d], 0.02 * speed) << power;
    EXPECT_NEAR((at(0, 0, ht).value[0] - at(0, 0, -ht).value[0]) / (2 * ht), here.time_derivative[0],
                0.01 * std::abs(here.time_derivative[0]) + 1e-3 * std::abs(here.value[0]) / 40);
    const double divergence = (at(h, 0, 0).velocity.values[0] - at(-h, 0, 0).velocity.values[0] +
                               at(0, h, 0).velocity.values[1] - at(0, -h, 0).velocity.values[1]) /
                              (2 * h);
    EXPECT_NEAR(divergence, here.divergence[0], 0.02 * std::abs(divergence) + 1e-4);
    // s = alpha S, growth = lambda S/T.
    const double alpha = std::pow(std::pow(scale, q) / 40, 1 / (q - 1));
    EXPECT_NEAR(here.growth[0], lambda * here.value[0] / alpha / 40, 1e-6 * std::abs(here.growth[0]));
    // The points move from 300 to 314 in 40; with growth, some of them grow there instead.
    if (lambda == 0) {
      EXPECT_NEAR(here.velocity.values[0], 0.35, 0.1) << power << " " << cost_scale;
    }
  }
}

TEST(FieldTest, TimesOutsideAreOutOfRangeUnlessExtrapolated) {
  const auto field = Train(Spec(), Data());
  EXPECT_EQ(field->CheckTimes({0.0, 1.0}).code(), absl::StatusCode::kOk);
  EXPECT_EQ(field->CheckTimes({1.1}).code(), absl::StatusCode::kOutOfRange);
  SampleOptions options;
  EXPECT_EQ(Sample(*field, Points{2, {0, 0}}, 0, {2}, options).status().code(), absl::StatusCode::kOutOfRange);
  options.extrapolate = true;
  EXPECT_TRUE(Sample(*field, Points{2, {0, 0}}, 0, {2}, options).ok());
  EXPECT_EQ(Sample(*field, Points{3, {0, 0, 0}}, 0, {1}, options).status().code(), absl::StatusCode::kInvalidArgument);
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

// lambda and the cost's scale a set what growth costs beside motion: the energy a |v|^2/2 + g^2/(2 lambda) is a times
// that of lambda a alone, so the plan is that of their product, S is a times as large, and v and g are the same.
TEST(GrowthTest, OnlyTheProductOfLambdaAndTheCostsScaleMatters) {
  Gaussians population;
  population.snapshots = 2;
  population.points = 150;
  Snapshots data = *Simulate(population, 5);
  TrainSpec spec = Spec();
  spec.hold_out = {0.0, 0, {}, false};
  spec.mass = {MassSpec::Source::kGiven, {1, 2}};
  spec.dynamics.lambda = 2;
  const auto plain = Train(spec, data);
  spec.dynamics.lambda = 0.5;
  spec.dynamics.cost.scale = 4;
  const auto scaled = Train(spec, data);
  spec.dynamics.cost.scale = 1;
  const auto other = Train(spec, data);
  ASSERT_EQ(scaled->provenance().path, PathSpec::Kind::kUot);
  ASSERT_GT(plain->provenance().masses.size(), 2u);
  EXPECT_EQ(plain->provenance().masses, scaled->provenance().masses);
  EXPECT_NE(plain->provenance().masses, other->provenance().masses);
}

// Between snapshots the mass of uot is that of its plan, and goes into densities as into scores.
TEST(GrowthTest, TheMassBetweenSnapshotsIsThePaths) {
  Gaussians population;
  population.snapshots = 2;
  population.points = 200;
  population.shift = 0;
  population.spread = 0;
  Snapshots data = *Simulate(population, 5);
  // Two clusters that stay; one grows threefold, the other dies out to a third.
  for (Snapshot& s : data.at) {
    for (int64_t i = 0; i < 200; ++i) {
      s.points.row(i)[0] = 0.1 * s.points.row(i)[0] + (i % 2 == 0 ? 20 : -20);
      if (s.time == 1) s.weights[i] = i % 2 == 0 ? 3 : 1.0 / 3;
    }
  }
  TrainSpec spec = Spec();
  spec.hold_out = {0.0, 0, {}, false};
  spec.dynamics.lambda = 1;
  const auto field = Train(spec, data);
  ASSERT_EQ(field->provenance().path, PathSpec::Kind::kUot);
  for (double t : {0.0, 0.25, 0.5, 0.9, 1.0}) {
    const double exact = (std::pow(3, t) + std::pow(3, -t)) / 2;
    EXPECT_NEAR(field->Mass(t) / exact, 1, 2e-3) << t;
    EXPECT_NEAR((*Field::Parse(field->Serialize()))->Mass(t), field->Mass(t), 1e-12);
  }
  const double log_linear = std::sqrt((3 + 1.0 / 3) / 2);
  EXPECT_GT(std::abs(field->Mass(0.5) / log_linear - 1), 0.1);
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

}  // namespace
}  // namespace actionmatch
