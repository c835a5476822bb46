#include "core/path/make_path.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/core/support/small_paths.h"

namespace actionmatch {
namespace {

using Kind = PathSpec::Kind;

// The plans of every interval are heard of, in order, up to the end; an error is the caller's way out.
TEST(MakePathTest, ProgressIncreasesToOneAndItsErrorEndsTheWork) {
  for (Kind kind : {Kind::kOt, Kind::kUot}) {
    PathSpec spec;
    spec.kind = kind;
    spec.plan_points = 100;
    Dynamics dynamics;
    dynamics.lambda = kind == Kind::kUot ? 1 : 0;
    const Snapshots data = SmallData(4, 300);
    std::vector<double> heard;
    const auto listen = [&](double fraction) {
      EXPECT_GT(fraction, heard.empty() ? 0 : heard.back());
      heard.push_back(fraction);
      return absl::OkStatus();
    };
    ASSERT_TRUE(MakePath(spec, dynamics, data, Standardise(data), 7, listen).ok());
    EXPECT_EQ(heard.size(), 9u);  // three blocks in each of three intervals
    EXPECT_DOUBLE_EQ(heard.back(), 1);
    int asked = 0;
    const auto stop = [&](double) { return ++asked == 2 ? absl::CancelledError("stop") : absl::OkStatus(); };
    EXPECT_EQ(MakePath(spec, dynamics, data, Standardise(data), 7, stop).status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(asked, 2);
  }
}

TEST(MakePathTest, TooFewSnapshotsAndAKindThatIsNotChosenAreRefused) {
  const Snapshots data = SmallData(2, 10);
  const Standardisation units = Standardise(data);
  PathSpec spec;
  EXPECT_EQ(MakePath(spec, {}, data, units, 7, {}).status().code(), absl::StatusCode::kInvalidArgument);
  spec.kind = Kind::kLinear;
  EXPECT_TRUE(MakePath(spec, {}, data, units, 7, {}).ok());
  Snapshots one = data;
  one.at.resize(1);
  EXPECT_EQ(MakePath(spec, {}, one, units, 7, {}).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace actionmatch
