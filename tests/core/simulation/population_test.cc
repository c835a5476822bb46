// Each row of Populations(), by its parameters' names alone.

#include "core/simulation/population.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

namespace actionmatch {
namespace {

// Sets the parameter to a number; a list, to that number alone.
void Set(Population* population, absl::string_view wanted, double number) {
  population->VisitParameters([&](absl::string_view name, ParameterValue value) {
    if (name != wanted) return;
    if (int** whole = std::get_if<int*>(&value)) **whole = static_cast<int>(number);
    if (double** real = std::get_if<double*>(&value)) **real = number;
    if (std::vector<double>** list = std::get_if<std::vector<double>*>(&value)) **list = {number};
  });
}

std::vector<std::string> Names(Population* population) {
  std::vector<std::string> names;
  population->VisitParameters([&](absl::string_view name, ParameterValue) { names.emplace_back(name); });
  return names;
}

TEST(PopulationTest, EachRowDrawsWhatItsParametersAsk) {
  std::set<std::string> words;
  for (const PopulationRow& row : Populations()) {
    EXPECT_TRUE(words.insert(row.word).second) << row.word;
    const auto population = row.make();
    Set(population.get(), "snapshots", 3);
    Set(population.get(), "points", 20);
    const auto data = population->Draw(5, {});
    ASSERT_TRUE(data.ok()) << row.word << ": " << data.status();
    ASSERT_EQ(data->at.size(), 3u) << row.word;
    EXPECT_EQ(data->at[0].points.count(), 20) << row.word;
    int64_t next = 0;
    for (const Snapshot& snapshot : data->at) {
      EXPECT_EQ(snapshot.points.dimension, data->dimension) << row.word;
      EXPECT_EQ(snapshot.weights.size(), static_cast<size_t>(snapshot.points.count())) << row.word;
      for (const int64_t number : snapshot.rows) EXPECT_EQ(number, next++) << row.word;
      for (const double x : snapshot.points.values) EXPECT_TRUE(std::isfinite(x)) << row.word;
    }
    EXPECT_EQ(population->Draw(5, {})->at[2].points.values, data->at[2].points.values) << row.word;
    EXPECT_NE(population->Draw(6, {})->at[2].points.values, data->at[2].points.values) << row.word;
  }
}

// A parameter that no check knows would pass.
TEST(PopulationTest, EachParameterThatIsOutOfItsRangeIsNamed) {
  for (const PopulationRow& row : Populations()) {
    for (const std::string& name : Names(row.make().get())) {
      const auto population = row.make();
      Set(population.get(), name, std::numeric_limits<int>::min());
      const absl::Status status = population->Draw(0, {}).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << row.word << "." << name;
      EXPECT_THAT(std::string(status.message()), testing::StartsWith(name + " must be")) << row.word;
    }
  }
}

TEST(PopulationTest, EveryPopulationEndsWhenItIsAskedTo) {
  for (const PopulationRow& row : Populations()) {
    const absl::Status status = row.make()->Draw(0, [] { return absl::CancelledError("enough"); }).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << row.word;
  }
}

}  // namespace
}  // namespace actionmatch
