// Batches that are drawn ahead are those that would be drawn in time.

#include "core/training/training_batches.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace actionmatch {
namespace {

constexpr int64_t kSteps = 5;

// A path that writes down which steps were prepared and drawn, one after the other.
class RecordingPath final : public Path {
 public:
  explicit RecordingPath(absl::Status prepared = absl::OkStatus()) : prepared_(std::move(prepared)) {}
  bool has_curves() const override { return false; }
  std::vector<double> knots() const override { return {0, 1}; }
  std::vector<MassNode> masses() const override { return {}; }
  absl::Status Prepare(int64_t step) const override {
    prepared_steps.push_back(step);
    return prepared_;
  }
  void Draw(const DrawRequest& request, PathBatch* batch) const override {
    drawn_steps.push_back(request.step);
    batch->rows = request.samples;
    batch->tau.assign(1, static_cast<float>(request.step));
  }

  mutable std::vector<int64_t> prepared_steps;
  mutable std::vector<int64_t> drawn_steps;

 private:
  const absl::Status prepared_;
};

DrawRequest Request() {
  DrawRequest request;
  request.samples = 7;
  return request;
}

// The steps whose batches were answered, from `first` on.
std::vector<float> Answered(TrainingBatches* batches, int64_t first) {
  std::vector<float> answered;
  EXPECT_TRUE(batches->Begin(first).ok());
  for (int64_t step = first; step < kSteps; ++step) {
    const absl::StatusOr<const PathBatch*> batch = batches->Next(step);
    EXPECT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ((*batch)->rows, 7);
    if (batches->beside()) batches->beside()();
    answered.push_back((*batch)->tau[0]);
  }
  return answered;
}

TEST(TrainingBatchesTest, EachStepHasItsOwnBatchWhereverItBegins) {
  for (const bool draw_ahead : {false, true}) {
    for (const int64_t first : {int64_t{0}, int64_t{3}}) {
      const RecordingPath path;
      TrainingBatches batches(path, Request(), kSteps, draw_ahead);
      EXPECT_EQ(static_cast<bool>(batches.beside()), draw_ahead);
      std::vector<float> expected;
      for (int64_t step = first; step < kSteps; ++step) expected.push_back(static_cast<float>(step));
      EXPECT_EQ(Answered(&batches, first), expected);
    }
  }
}

TEST(TrainingBatchesTest, NoStepIsPreparedTwiceOrAfterTheLast) {
  for (const bool draw_ahead : {false, true}) {
    const RecordingPath path;
    TrainingBatches batches(path, Request(), kSteps, draw_ahead);
    Answered(&batches, 0);
    EXPECT_EQ(path.prepared_steps, (std::vector<int64_t>{0, 1, 2, 3, 4}));
  }
}

TEST(TrainingBatchesTest, APathThatCannotBePreparedEndsTheWork) {
  const RecordingPath path(absl::DataLossError("damaged"));
  TrainingBatches ahead(path, Request(), kSteps, /*draw_ahead=*/true);
  EXPECT_EQ(ahead.Begin(0).code(), absl::StatusCode::kDataLoss);
  TrainingBatches in_time(path, Request(), kSteps, /*draw_ahead=*/false);
  EXPECT_TRUE(in_time.Begin(0).ok());
  EXPECT_EQ(in_time.Next(0).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace actionmatch
