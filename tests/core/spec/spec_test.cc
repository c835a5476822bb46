#include "core/spec/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

using testing::Contains;
using testing::Field;
using testing::IsEmpty;

const DatasetShape kShape{2, {0, 1, 2, 3}, {100, 100, 100, 100}};

TEST(SpecTest, TheDefaultIsValid) { EXPECT_THAT(Validate(TrainSpec(), kShape), IsEmpty()); }

TEST(SpecTest, JsonKeepsEveryMember) {
  TrainSpec spec;
  spec.path = {PathSpec::Kind::kLinear, 100, PathSpec::Bridge::kBrownian, 0.25, 0.5};
  spec.mass = {MassSpec::Source::kGiven, {1, 2, 3, 4}};
  spec.potential = {
      PotentialSpec::Kind::kPerceptron, {5, 6}, PotentialSpec::Activation::kTanh, PotentialSpec::Head::kQuadratic, 3};
  spec.dynamics = {3, 2, 0.5, 0.75, 0.25, {1, -1}};
  spec.training = {TrainingSpec::Form::kAction,
                   TrainingSpec::Times::kAdaptive,
                   TrainingSpec::Engine::kAutograd,
                   TrainingSpec::Device::kCuda,
                   TrainingSpec::Precision::kTf32,
                   5,
                   2,
                   7,
                   8,
                   0.1,
                   9,
                   2,
                   0.5,
                   0.01,
                   10,
                   11};
  spec.members = 4;
  spec.hold_out = {0.3, 0.2, {1, 2}, false};
  spec.seed = ~uint64_t{0};
  const std::string json = TrainSpecToJson(spec);
  const auto read = TrainSpecFromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(TrainSpecToJson(*read), json);
  EXPECT_NE(TrainSpecToJson(TrainSpec()), json);
  EXPECT_EQ(read->hold_out.test_times, (std::vector<double>{1, 2}));
  EXPECT_EQ(read->seed, spec.seed);
}

TEST(SpecTest, JsonNamesWhatItDoesNotKnow) {
  EXPECT_THAT(std::string(TrainSpecFromJson("{\"training.stepz\":1}").status().message()),
              testing::HasSubstr("training.stepz"));
  EXPECT_THAT(std::string(TrainSpecFromJson("{\"path.kind\":\"straight\"}").status().message()),
              testing::HasSubstr("path.kind"));
  EXPECT_THAT(std::string(TrainSpecFromJson("{\"members\":4294967297}").status().message()),
              testing::HasSubstr("members"));
  EXPECT_FALSE(TrainSpecFromJson("{\"training.steps\":18446744073709551615}").ok());
  EXPECT_FALSE(TrainSpecFromJson("[1").ok());
}

TEST(SpecTest, AllViolationsAreReportedAtOnce) {
  TrainSpec spec;
  spec.training.steps = 0;
  spec.training.learning_rate = std::nan("");
  spec.path.plan_points = 1;
  spec.potential.hidden = {};
  const auto violations = Validate(spec, kShape);
  EXPECT_EQ(violations.size(), 4u);
  for (const char* field : {"training.steps", "training.learning_rate", "path.plan_points", "potential.hidden"}) {
    EXPECT_THAT(violations, Contains(Field(&Violation::field, field)));
  }
}

TEST(SpecTest, DynamicsThatCannotBeAreNamed) {
  const auto violated = [](const std::function<void(TrainSpec&)>& change) {
    TrainSpec spec;
    change(spec);
    const std::vector<Violation> violations = Validate(spec, kShape);
    return violations.size() == 1 ? violations[0].field : absl::StrCat(violations.size(), " violations");
  };
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.sigma = -1; }), "dynamics.sigma");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.sigma_end = std::nan(""); }), "dynamics.sigma_end");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.lambda = -1; }), "dynamics.lambda");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.cost.power = 1; }), "dynamics.cost.power");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.cost.scale = 0; }), "dynamics.cost.scale");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.time_weight = {1, -2}; }), "dynamics.time_weight");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.time_weight = {0}; }), "dynamics.time_weight");
  EXPECT_EQ(violated([](TrainSpec& s) { s.path.kind = PathSpec::Kind::kUot; }), "path.kind");
  EXPECT_EQ(violated([](TrainSpec& s) { s.path.bridge = PathSpec::Bridge::kBrownian; }), "path.bridge");
  EXPECT_EQ(violated([](TrainSpec& s) { s.mass.source = MassSpec::Source::kCounts; }), "mass.source");
  EXPECT_EQ(violated([](TrainSpec& s) { s.mass.values = {1, 2, 3, 4}; }), "mass.values");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.dynamics.lambda = 1;
              s.mass = {MassSpec::Source::kGiven, {1, 2, 3}};
            }),
            "mass.values");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.dynamics.lambda = 1;
              s.mass = {MassSpec::Source::kGiven, {1e-200, 1, 1, 1e200}};
            }),
            "mass.values");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.dynamics.lambda = 1;
              s.potential.head = PotentialSpec::Head::kQuadratic;
            }),
            "potential.head");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.path.kind = PathSpec::Kind::kOt;
              s.training.times = TrainingSpec::Times::kGaussLegendre;
            }),
            "training.times");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.training.engine = TrainingSpec::Engine::kAutograd;
              s.training.precision = TrainingSpec::Precision::kBfloat16;
            }),
            "training.precision");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.training.engine = TrainingSpec::Engine::kFused;
              s.training.device = TrainingSpec::Device::kCuda;
            }),
            "training.device");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.training.device = TrainingSpec::Device::kCpu;
              s.training.precision = TrainingSpec::Precision::kTf32;
            }),
            "training.precision");
  EXPECT_EQ(violated([](TrainSpec& s) {
              s.training.engine = TrainingSpec::Engine::kFused;
              s.training.precision = TrainingSpec::Precision::kTf32;
            }),
            "training.precision");
  EXPECT_EQ(violated([](TrainSpec& s) { s.members = 0; }), "members");
}

// Each device has its engine, and what only one of them can do chooses it.
TEST(SpecTest, TheDeviceAndTheEngineFollowEachOther) {
  using Device = TrainingSpec::Device;
  using Engine = TrainingSpec::Engine;
  using Precision = TrainingSpec::Precision;
  struct Case {
    Device asked;
    Engine engine;
    Precision precision;
    Device automatic;
    Device device_in_use;
    Engine engine_in_use;
  };
  for (const Case& c : {
           Case{Device::kAuto, Engine::kAuto, Precision::kFloat32, Device::kCpu, Device::kCpu, Engine::kFused},
           Case{Device::kAuto, Engine::kAuto, Precision::kFloat32, Device::kCuda, Device::kCuda, Engine::kAutograd},
           Case{Device::kCpu, Engine::kAuto, Precision::kFloat32, Device::kCuda, Device::kCpu, Engine::kFused},
           Case{Device::kCuda, Engine::kAuto, Precision::kFloat32, Device::kCpu, Device::kCuda, Engine::kAutograd},
           Case{Device::kAuto, Engine::kFused, Precision::kFloat32, Device::kCuda, Device::kCpu, Engine::kFused},
           Case{Device::kAuto, Engine::kAutograd, Precision::kFloat32, Device::kCpu, Device::kCpu, Engine::kAutograd},
           Case{Device::kAuto, Engine::kAuto, Precision::kTf32, Device::kCpu, Device::kCuda, Engine::kAutograd},
       }) {
    TrainingSpec training;
    training.device = c.asked;
    training.engine = c.engine;
    training.precision = c.precision;
    const TrainingSpec resolved = ResolveDevice(training, PotentialSpec(), c.automatic);
    EXPECT_EQ(resolved.device, c.device_in_use);
    EXPECT_EQ(resolved.engine, c.engine_in_use);
  }
}

// AUTO can give quadrature its path only where it can choose OBSERVED.
TEST(SpecTest, QuadratureUnderAnAutomaticPathNeedsManySnapshots) {
  DatasetShape shape{2, {}, std::vector<int64_t>(21, 100)};
  for (int k = 0; k < 21; ++k) shape.times.push_back(k);
  TrainSpec spec;
  spec.training.times = TrainingSpec::Times::kGaussLegendre;
  const auto times = Contains(Field(&Violation::field, "training.times"));
  EXPECT_THAT(Validate(spec, kShape), times);
  EXPECT_THAT(Validate(spec, shape), IsEmpty());
  spec.hold_out.test_times = {3, 4};  // 19 are left
  EXPECT_THAT(Validate(spec, shape), times);
  spec.path.kind = PathSpec::Kind::kObserved;
  EXPECT_THAT(Validate(spec, shape), IsEmpty());
  spec.path.kind = PathSpec::Kind::kAuto;
  spec.hold_out.test_times = {};
  spec.training.form = TrainingSpec::Form::kConditional;
  EXPECT_THAT(Validate(spec, shape), times);
  spec.training.times = TrainingSpec::Times::kStratified;
  EXPECT_THAT(Validate(spec, shape), IsEmpty());
}

TEST(SpecTest, ATimeWithoutWeightIsNamedUnlessItIsHeldOut) {
  DatasetShape shape = kShape;
  shape.weight_sums = {100, 0, 100, 100};
  TrainSpec spec;
  const std::vector<Violation> violations = Validate(spec, shape);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "dataset");
  EXPECT_THAT(violations[0].reason, testing::HasSubstr("at time 1 the weights sum to 0"));
  spec.hold_out.test_times = {1};
  EXPECT_THAT(Validate(spec, shape), IsEmpty());
}

TEST(SpecTest, EveryMixOfDynamicsIsLegal) {
  TrainSpec spec;
  spec.dynamics = {1.5, 2, 0.5, 0.1, 0.5, {1, -1}};
  EXPECT_THAT(Validate(spec, kShape), IsEmpty());
}

TEST(SpecTest, DefaultsFollowTheDynamics) {
  TrainSpec spec;
  EXPECT_EQ(ResolveSpec(spec, kShape).mass.source, MassSpec::Source::kNone);
  EXPECT_EQ(ResolveSpec(spec, kShape).path.bridge, PathSpec::Bridge::kSmooth);
  spec.dynamics.lambda = 1;
  spec.dynamics.sigma = 1;
  EXPECT_EQ(ResolveSpec(spec, kShape).mass.source, MassSpec::Source::kCounts);
  EXPECT_EQ(ResolveSpec(spec, kShape).path.bridge, PathSpec::Bridge::kBrownian);
  EXPECT_EQ(ResolveSpec(spec, kShape).training.laplacian_probes, 0);
  EXPECT_EQ(ResolveSpec(spec, {9, {0, 1}, {50, 50}}).training.laplacian_probes, 1);
}

TEST(SpecTest, OnlyInteriorObservedTimesCanBeHeldOut) {
  for (const std::vector<double>& times : {std::vector<double>{0}, {3}, {1.5}, {1, 1}}) {
    TrainSpec spec;
    spec.hold_out.test_times = times;
    EXPECT_THAT(Validate(spec, kShape), Contains(Field(&Violation::field, "hold_out.test_times"))) << times[0];
  }
  TrainSpec spec;
  spec.hold_out.test_times = {1, 2};
  EXPECT_THAT(Validate(spec, kShape), IsEmpty());
}

TEST(SpecTest, ValidationIsHeldOutWhereSnapshotsAreLargeEnough) {
  EXPECT_EQ(ResolveSpec(TrainSpec(), kShape).hold_out.validation_fraction, 0.1);
  EXPECT_EQ(ResolveSpec(TrainSpec(), {2, {0, 1}, {100, 49}}).hold_out.validation_fraction, 0.0);
  TrainSpec spec;
  spec.hold_out.validation_fraction = 0.3;
  EXPECT_EQ(ResolveSpec(spec, kShape).hold_out.validation_fraction, 0.3);
}

// 100 / the points of the mean trained snapshot, without test rows; at most 1; what is given stays.
TEST(SpecTest, WeightDecayDefaultsToAShareOfThePoints) {
  const DatasetShape shape{2, {0, 1, 2}, {400, 800, 600}};
  TrainSpec spec;
  EXPECT_DOUBLE_EQ(*ResolveSpec(spec, shape).training.weight_decay, 100.0 / 600);
  spec.hold_out.test_fraction = 0.5;
  EXPECT_DOUBLE_EQ(*ResolveSpec(spec, shape).training.weight_decay, 100.0 / 300);
  spec.hold_out.test_times = {1};
  EXPECT_DOUBLE_EQ(*ResolveSpec(spec, shape).training.weight_decay, 100.0 / 250);
  EXPECT_EQ(*ResolveSpec(spec, {2, {0, 1, 2}, {90, 90, 90}}).training.weight_decay, 1);
  spec.training.weight_decay = 0;
  const TrainSpec given = ResolveSpec(spec, shape);
  EXPECT_EQ(*given.training.weight_decay, 0);
  EXPECT_EQ(TrainSpecFromJson(TrainSpecToJson(given))->training.weight_decay, 0);
  EXPECT_EQ(TrainSpecFromJson(TrainSpecToJson(TrainSpec()))->training.weight_decay, std::nullopt);
}

// One pass for each component: it is no default there, and is refused where the loss would have it.
TEST(SpecTest, AnExactLaplacianOfManyComponentsIsRefused) {
  const DatasetShape shape{kMaxExactLaplacian + 1, {0, 1}, {100, 100}};
  TrainSpec spec;
  spec.training.laplacian_probes = 0;
  EXPECT_THAT(Validate(spec, shape), IsEmpty());
  spec.dynamics.sigma = 1;
  const std::vector<Violation> violations = Validate(spec, shape);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "training.laplacian_probes");
  spec.training.laplacian_probes.reset();
  EXPECT_THAT(Validate(ResolveSpec(spec, shape), shape), IsEmpty());
}

// What float32 or memory could not hold is refused by name.
TEST(SpecTest, SettingsFarOutOfReachAreNamed) {
  const auto violated = [](const std::function<void(TrainSpec&)>& change) {
    TrainSpec spec;
    change(spec);
    const std::vector<Violation> violations = Validate(spec, kShape);
    return violations.size() == 1 ? violations[0].field : absl::StrCat(violations.size(), " violations");
  };
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.sigma = 1e300; }), "dynamics.sigma");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.sigma_end = 1e300; }), "dynamics.sigma_end");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.lambda = 1e300; }), "dynamics.lambda");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.cost.scale = 1e-300; }), "dynamics.cost.scale");
  EXPECT_EQ(violated([](TrainSpec& s) { s.dynamics.time_weight = {1e300}; }), "dynamics.time_weight");
  EXPECT_EQ(violated([](TrainSpec& s) { s.path.bridge_noise = 1e300; }), "path.bridge_noise");
  EXPECT_EQ(violated([](TrainSpec& s) { s.training.weight_decay = 1e300; }), "training.weight_decay");
  EXPECT_EQ(violated([](TrainSpec& s) { s.potential.hidden = std::vector<int>(8, 8192); }), "potential.hidden");
  const std::vector<Violation> far = Validate(TrainSpec(), {2, {-1e308, 1.5e308}, {100, 100}});
  ASSERT_EQ(far.size(), 1u);
  EXPECT_EQ(far[0].field, "dataset");
}

TEST(SpecTest, OneTimeIsTooFew) {
  EXPECT_THAT(Validate(TrainSpec(), {2, {0}, {100}}), Contains(Field(&Violation::field, "dataset")));
}

}  // namespace
}  // namespace actionmatch
