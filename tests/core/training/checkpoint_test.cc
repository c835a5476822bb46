// Laws of checkpoints: loading is the exact inverse of saving, and no other or damaged checkpoint is taken for one.

#include "core/training/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/metrics/score_json.h"
#include "core/storage/tensor_file.h"
#include "tests/core/support/small_network.h"

namespace actionmatch {
namespace {

using testing::HasSubstr;

CheckpointOwner Owner() {
  CheckpointOwner owner;
  owner.spec.members = 3;
  owner.content_hash = "hash";
  owner.path = "linear, since told so";
  owner.kernels = "fused, baseline";
  return owner;
}

ServedMember Served(uint64_t seed) {
  ServedMember served;
  served.parameters = SmallNetwork()->Initialise(seed);
  served.step = static_cast<int64_t>(1000 + seed);
  served.scores.resize(2);
  served.scores[0].w1 = 0.1 * static_cast<double>(seed);
  served.scores[1].subset = Subset::kValidation;
  served.scores[1].w1 = std::numeric_limits<double>::infinity();
  return served;
}

Checkpoint Whole() {
  MemberState member(AnyState(*SmallNetwork(), 1));
  member.times = {1, 0.5, 0.25};
  member.choice = Served(3);
  member.best = Served(4);
  member.best_distance = 0.3;
  return {{Served(1), Served(2)}, std::move(member)};
}

std::string Saved(const Checkpoint& checkpoint) { return SaveCheckpoint(checkpoint, Owner(), *SmallNetwork()); }

absl::StatusOr<Checkpoint> Loaded(absl::string_view bytes, const CheckpointOwner& owner = Owner()) {
  return LoadCheckpoint(bytes, owner, *SmallNetwork());
}

void ExpectSame(const ServedMember& a, const ServedMember& b) {
  EXPECT_TRUE(SameBits(a.parameters, b.parameters));
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(ScoresToJson(a.scores), ScoresToJson(b.scores));
}

void ExpectSame(const std::optional<ServedMember>& a, const std::optional<ServedMember>& b) {
  ASSERT_EQ(a.has_value(), b.has_value());
  if (a.has_value()) ExpectSame(*a, *b);
}

// What a change of a whole checkpoint's file is answered.
absl::Status After(const std::function<void(TensorFile&)>& change) {
  TensorFile file = *ParseTensorFile(Saved(Whole()), "checkpoint");
  change(file);
  return Loaded(SerializeTensorFile(file)).status();
}

TEST(CheckpointTest, LoadingIsTheExactInverseOfSaving) {
  const Checkpoint whole = Whole();
  std::vector<Checkpoint> checkpoints(4, whole);
  checkpoints[1].done.clear();
  checkpoints[1].member.choice.reset();
  checkpoints[2].member.best.reset();
  checkpoints[2].member.best_distance = std::numeric_limits<double>::infinity();
  checkpoints[3].member.times.clear();
  for (const Checkpoint& checkpoint : checkpoints) {
    const std::string bytes = Saved(checkpoint);
    const absl::StatusOr<Checkpoint> loaded = Loaded(bytes);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    ASSERT_EQ(loaded->done.size(), checkpoint.done.size());
    for (size_t m = 0; m < loaded->done.size(); ++m) ExpectSame(loaded->done[m], checkpoint.done[m]);
    EXPECT_TRUE(SameBits(loaded->member.optimizer, checkpoint.member.optimizer));
    EXPECT_EQ(loaded->member.times, checkpoint.member.times);
    ExpectSame(loaded->member.choice, checkpoint.member.choice);
    ExpectSame(loaded->member.best, checkpoint.member.best);
    EXPECT_EQ(loaded->member.best_distance, checkpoint.member.best_distance);
    EXPECT_EQ(Saved(*loaded), bytes);
  }
}

TEST(CheckpointTest, AnyFlippedBitIsDataLoss) {
  const std::string bytes = Saved(Whole());
  for (size_t at = 8; at < bytes.size(); at += bytes.size() / 60) {
    std::string damaged = bytes;
    damaged[at] ^= 1;
    EXPECT_EQ(Loaded(damaged).status().code(), absl::StatusCode::kDataLoss) << at;
  }
  EXPECT_EQ(Loaded(bytes.substr(0, bytes.size() - 1)).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(Loaded("").ok());
}

TEST(CheckpointTest, EveryPartThatIsMissingIsNamed) {
  for (const char* key : {"spec", "content_hash", "path", "members_done", "member.0.scores", "best.scores"}) {
    const absl::Status refused = After([&](TensorFile& file) { file.metadata.erase(key); });
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << key;
    const std::string name = key;
    const std::string said = name == "members_done" ? "members" : name.substr(0, name.rfind(".scores"));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(said));
  }
  for (const char* name : {"times", "best.distance", "optimizer.weights", "optimizer.average", "member.1.step",
                           "member.1.layers.0.weight", "choice.layers.2.bias", "best.layers.1.weight"}) {
    const absl::Status refused = After([&](TensorFile& file) { file.arrays.erase(name); });
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << name;
    const std::string text = name;
    const std::string said = text == "member.1.step" ? "member.1" : text;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(said));
  }
}

TEST(CheckpointTest, EveryPartThatDoesNotFitIsNamed) {
  for (const char* name : {"best.step", "choice.step", "best.distance", "optimizer.step", "optimizer.weights",
                           "member.0.layers.0.weight"}) {
    const absl::Status refused =
        After([&](TensorFile& file) { file.arrays[name] = Array::Of(absl::Span<const double>(), {0}); });
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << name;
    const std::string text = name;
    const std::string said = text.substr(0, text.find(".step"));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(text == "optimizer.step" ? "step" : said));
  }
  for (const char* count : {"3", "-1", "many", ""}) {
    const absl::Status refused = After([&](TensorFile& file) { file.metadata["members_done"] = count; });
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << count;
  }
  EXPECT_EQ(LoadCheckpoint(Saved(Whole()), Owner(), *SmallNetwork(3)).status().code(), absl::StatusCode::kDataLoss);
}

TEST(CheckpointTest, ItBelongsToItsSpecContentAndPathAlone) {
  const std::string bytes = Saved(Whole());
  std::vector<CheckpointOwner> others(3, Owner());
  others[0].spec.training.learning_rate *= 2;
  others[1].content_hash = "other";
  others[2].path += "; the rows stay in their files";
  for (const CheckpointOwner& other : others) {
    EXPECT_EQ(Loaded(bytes, other).status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

// The steps may go on elsewhere, by another engine, in another rounding.
TEST(CheckpointTest, AnyDeviceAndEngineGoesOn) {
  CheckpointOwner other = Owner();
  other.spec.training.device = TrainingSpec::Device::kCuda;
  other.spec.training.engine = TrainingSpec::Engine::kAutograd;
  other.kernels = "libtorch";
  EXPECT_TRUE(Loaded(Saved(Whole()), other).ok());
}

TEST(CheckpointTest, AnotherKindOfFileIsNoCheckpoint) {
  TensorFile file;
  file.kind = "field";
  EXPECT_EQ(Loaded(SerializeTensorFile(file)).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace actionmatch
