#include "client/terminal/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_split.h"
#include "actionmatch/v1/dataset.pb.h"
#include "google/protobuf/util/json_util.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What went to standard output and to standard error.
struct Printed {
  std::string out;
  std::string error;
};

Printed Capture(const std::function<void()>& print) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  print();
  return {::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  EXPECT_EQ(lines.back(), "");
  lines.pop_back();
  return lines;
}

TEST(OutputTest, ColumnsOfNumbersStandToTheRightWithTheirHeaders) {
  const Printed printed = Capture([] {
    PrintTable({{"name", "W1", "floor"}, {"a", "12.5", "-"}, {"long", "3", "0.25"}, {"b", "", "7"}});
  });
  EXPECT_THAT(Lines(printed.out), ElementsAre("name    W1  floor",  //
                                              "a     12.5      -",  //
                                              "long     3   0.25",  //
                                              "b               7"));
  EXPECT_THAT(printed.error, IsEmpty());
}

TEST(OutputTest, AColumnWithAWordStandsToTheLeftAndNoLineEndsInBlanks) {
  const Printed printed = Capture([] { PrintTable({{"state", "note"}, {"12", "x"}, {"RUNNING", ""}}); });
  EXPECT_THAT(Lines(printed.out), ElementsAre("state    note", "12       x", "RUNNING"));
}

TEST(OutputTest, EveryColumnOfATableStartsOrEndsAtOnePlace) {
  const TextTable table = {{"a", "b"}, {"word", "1"}, {"w", "100000"}};
  const std::vector<std::string> lines = Lines(Capture([&] { PrintTable(table); }).out);
  for (const std::string& line : lines) EXPECT_EQ(line.size(), lines[0].size());
}

TEST(OutputTest, FactsWithoutAValueAreLeftOut) {
  const Printed printed = Capture([] { PrintFacts({{"name", "a"}, {"unit", ""}, {"points", "3"}}); });
  EXPECT_THAT(printed.out, HasSubstr("name"));
  EXPECT_THAT(printed.out, ::testing::Not(HasSubstr("unit")));
  EXPECT_EQ(Lines(printed.out).size(), 2u);
}

TEST(OutputTest, JsonIsOneLineAndComesBackAsTheMessage) {
  v1::Dataset dataset;
  dataset.set_name("datasets/a \"b\"\n");
  dataset.set_row_count(1ll << 60);
  dataset.add_axis_names("x");
  for (const auto& print : {PrintJson, PrintJsonIndented}) {
    const Printed printed = Capture([&] { print(dataset); });
    v1::Dataset back;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(printed.out, &back).ok()) << printed.out;
    EXPECT_EQ(back.SerializeAsString(), dataset.SerializeAsString());
    EXPECT_THAT(printed.out, HasSubstr("\"lastBatch\""));  // also what is 0
  }
  EXPECT_EQ(Lines(Capture([&] { PrintJson(dataset); }).out).size(), 1u);
  EXPECT_GT(Lines(Capture([&] { PrintJsonIndented(dataset); }).out).size(), 5u);
}

TEST(OutputTest, TalkGoesToStandardError) {
  const Printed printed = Capture([] { Say("wrote a.csv"); });
  EXPECT_EQ(printed.error, "wrote a.csv\n");
  EXPECT_THAT(printed.out, IsEmpty());
}

TEST(OutputTest, WithoutATerminalProgressIsALineAtEveryTenth) {
  const Printed printed = Capture([] {
    ProgressBar bar("put");
    for (int i = 0; i <= 100; ++i) bar.Update(i / 100.0, "points");
    bar.Update(7, "points");  // more than all is all
  });
  const std::vector<std::string> lines = Lines(printed.error);
  ASSERT_EQ(lines.size(), 11u) << printed.error;
  EXPECT_EQ(lines[0], "put   0% points");
  EXPECT_EQ(lines[10], "put 100% points");
  EXPECT_THAT(printed.out, IsEmpty());
}

TEST(OutputTest, TimesAreUtcToTheSecond) {
  google::protobuf::Timestamp time;
  EXPECT_EQ(TimeText(time), "-");
  time.set_seconds(1700000000);
  time.set_nanos(999999999);
  EXPECT_EQ(TimeText(time), "2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace actionmatch
