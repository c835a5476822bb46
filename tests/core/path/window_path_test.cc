// Training on rows that stay in their files, against the same rows in memory.

#include "core/path/window_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/training/trainer.h"
#include "tests/core/support/stored_files.h"

namespace actionmatch {
namespace {

using Layout = StoredFiles::Layout;
using ::testing::HasSubstr;

Snapshots Data() { return ThreeGaussians(4000); }

TrainSpec Spec(PathSpec::Kind kind) {
  TrainSpec spec;
  spec.path.kind = kind;
  spec.path.plan_points = 64;
  spec.potential.hidden = {32, 32};
  spec.training.steps = 60;
  spec.training.batch_size = 64;
  spec.training.warmup_steps = 10;
  spec.training.evaluation_interval = 30;
  spec.training.checkpoint_interval = 25;
  return spec;
}

// Windows of 320 rows of each of three snapshots, in blocks of 20.
constexpr WindowOptions kSmall = {320 * 3 * 16, 20 * 16};

TrainerOptions Options(int threads = 1) {
  TrainerOptions options;
  options.threads = threads;
  options.windows = kSmall;
  options.device = TrainingSpec::Device::kCpu;
  return options;
}

std::unique_ptr<Trainer> Make(const TrainSpec& spec, const StoredFiles& files, int threads = 1) {
  auto trainer = Trainer::Create(spec, files.Open(), Provenance(), Options(threads), nullptr);
  EXPECT_TRUE(trainer.ok()) << trainer.status();
  return *std::move(trainer);
}

TEST(PathWindowsTest, WindowsServeAsManyStepsAsTheScheduleSays) {
  TrainSpec spec;
  spec.training.batch_size = 100;
  spec.training.steps = 1000;
  spec.path.kind = PathSpec::Kind::kLinear;
  WindowSchedule schedule = MakeSchedule(spec.path, spec.training, 100000);
  EXPECT_EQ(schedule.rows, 100000);
  EXPECT_EQ(schedule.steps, 2000);
  spec.path.kind = PathSpec::Kind::kOt;
  spec.path.plan_points = 500;
  schedule = MakeSchedule(spec.path, spec.training, 100000);
  EXPECT_EQ(schedule.rows, 2000);
  EXPECT_EQ(schedule.steps, 125);  // an eighth
  spec.training.steps = 100;
  EXPECT_EQ(MakeSchedule(spec.path, spec.training, 100000).steps, 40);
}

TEST(PathWindowsTest, ThreadsAndResumesChangeNoBit) {
  const StoredFiles files(Data(), 1000);
  for (const PathSpec::Kind kind : {PathSpec::Kind::kLinear, PathSpec::Kind::kObserved, PathSpec::Kind::kOt}) {
    const TrainSpec spec = Spec(kind);
    const std::string once = (*Make(spec, files)->Run({}))->Serialize();
    std::vector<std::string> checkpoints;
    TrainerHooks hooks;
    hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
      checkpoints.push_back(bytes);
      return absl::OkStatus();
    };
    EXPECT_EQ((*Make(spec, files, 2)->Run(hooks))->Serialize(), once);
    ASSERT_GE(checkpoints.size(), 2u);  // between windows and within them
    for (const std::string& checkpoint : checkpoints) {
      const auto resumed = Make(spec, files);
      ASSERT_TRUE(resumed->Resume(checkpoint).ok());
      EXPECT_EQ((*resumed->Run({}))->Serialize(), once);
    }
  }
}

TEST(PathWindowsTest, ACheckpointOfOtherWindowsIsRefused) {
  const StoredFiles files(Data(), 1000);
  const TrainSpec spec = Spec(PathSpec::Kind::kLinear);
  std::string checkpoint;
  TrainerHooks hooks;
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
    checkpoint = bytes;
    return absl::OkStatus();
  };
  ASSERT_TRUE(Make(spec, files)->Run(hooks).ok());
  const auto in_memory = Trainer::Create(spec, files.in_memory(), Provenance(), Options());
  ASSERT_TRUE(in_memory.ok());
  EXPECT_EQ((*in_memory)->Resume(checkpoint).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Make(spec, files)->provenance().path_reason, HasSubstr("about 320 of each snapshot serve 10 steps"));
}

// Held-out rows that would spoil everything they touched.
TEST(PathWindowsTest, HeldOutRowsTouchNothing) {
  TrainSpec spec = Spec(PathSpec::Kind::kLinear);
  spec.hold_out.validation_fraction = 0;
  spec.hold_out.test_fraction = 0.3;
  const auto train = [&](double poison) {
    Snapshots data = Data();
    int64_t row = 0;
    for (Snapshot& snapshot : data.at) {
      for (int64_t i = 0; i < snapshot.points.count(); ++i, ++row) {
        HoldOutSpec hold_out = spec.hold_out;
        if (SubsetOf(hold_out, spec.seed, row, snapshot.time) != Subset::kTest) continue;
        for (double& x : snapshot.points.row(i)) x += poison;
      }
    }
    const StoredFiles files(data, 1000);
    const auto field = Make(spec, files)->Run({});
    EXPECT_TRUE(field.ok()) << field.status();
    return *field;
  };
  const auto clean = train(0);
  const auto poisoned = train(1000);
  const Points points{2, {0.5, -1, 2, 3, 0, 0}};
  Field::Mask mask;
  mask.value = mask.velocity = true;
  const Field::Evaluation expected = *clean->Evaluate(points, {0, 0.7, 1}, mask);
  const Field::Evaluation answer = *poisoned->Evaluate(points, {0, 0.7, 1}, mask);
  EXPECT_EQ(answer.value, expected.value);
  EXPECT_EQ(answer.velocity.values, expected.velocity.values);
}

TEST(PathWindowsTest, AFieldIsAsGoodAsOneFromMemory) {
  const StoredFiles files(Data(), 500, Layout::kInterleaved);
  for (const PathSpec::Kind kind : {PathSpec::Kind::kLinear, PathSpec::Kind::kOt}) {
    TrainSpec spec = Spec(kind);
    spec.path.plan_points = 256;
    spec.training.steps = 800;
    const auto in_memory = Trainer::Create(spec, files.in_memory(), Provenance(), Options());
    ASSERT_TRUE(in_memory.ok());
    const auto mean_w1 = [](Trainer& trainer) {
      const auto field = trainer.Run({});
      EXPECT_TRUE(field.ok()) << field.status();
      double sum = 0;
      for (const SnapshotScore& score : (*field)->provenance().scores) sum += score.w1;
      return sum / static_cast<double>((*field)->provenance().scores.size());
    };
    const double stored = mean_w1(*Make(spec, files));
    const double memory = mean_w1(**in_memory);
    EXPECT_LT(stored, 1.15 * memory) << memory;
  }
}

TEST(PathWindowsTest, AFileThatGoesEndsTheRunWithItsName) {
  const StoredFiles files(Data(), 500);
  const auto trainer = Make(Spec(PathSpec::Kind::kLinear), files);
  for (const std::string& path : files.paths()) std::filesystem::remove(path);
  const auto field = trainer->Run({});
  EXPECT_EQ(field.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(field.status().message()), HasSubstr(files.paths()[0].substr(0, 20)));
}

}  // namespace
}  // namespace actionmatch
