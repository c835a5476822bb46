// Settings of a small spec of our own: ranges, JSON, and settings that count only for one kind.

#include "core/spec/setting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/spec/settings_json.h"

namespace actionmatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct ShapeSpec {
  enum class Kind { kRound, kPolygon };
  friend constexpr auto WordsOf(Kind) {
    return WordTable<Kind, 2>{{{Kind::kRound, "round"}, {Kind::kPolygon, "polygon"}}};
  }
  Kind kind = Kind::kRound;
  int corners = 3;
  double weight = 1;
  double share = 0;
  std::optional<double> angle;
  std::vector<int> sides = {1};

  template <typename Self, typename Visit>
  static void VisitSettings(Self& shape, const Visit& visit) {
    visit(Setting("kind"), shape.kind);
    visit(Setting("corners").Between(3, 20000000).OnlyWhere("kind", shape.kind, Kind::kPolygon), shape.corners);
    visit(Setting("weight").Positive(), shape.weight);
    visit(Setting("share").AtLeastAndBelow(0, 1), shape.share);
    visit(Setting("angle").Between(-1.5, 1e30), shape.angle);
    visit(Setting("sides").Count(1, 2).Between(1, 9), shape.sides);
  }
};

// What is wrong with it, as "field reason".
std::vector<std::string> Wrong(const ShapeSpec& shape) {
  std::vector<Violation> violations;
  ShapeSpec::VisitSettings(shape, RangeChecker(&violations));
  std::vector<std::string> texts;
  for (const Violation& violation : violations) texts.push_back(violation.field + " " + violation.reason);
  return texts;
}

TEST(SettingTest, EndsBelongToTheRangeAsTheySay) {
  ShapeSpec shape;
  EXPECT_THAT(Wrong(shape), IsEmpty());
  shape.share = std::nextafter(1, 0);
  shape.angle = -1.5;
  shape.weight = std::numeric_limits<double>::denorm_min();
  shape.sides = {1, 9};
  EXPECT_THAT(Wrong(shape), IsEmpty());
  shape.share = 1;
  shape.angle = -1.75;
  shape.weight = 0;
  shape.sides = {0, 9, 10};
  EXPECT_THAT(Wrong(shape),
              ElementsAre("weight must be positive and finite, is 0", "share must be at least 0 and below 1, is 1",
                          "angle must be -1.5 to 1e+30, is -1.75", "sides must be 1 to 2, is 3",
                          "sides must be 1 to 9, is 0", "sides must be 1 to 9, is 10"));
  shape = ShapeSpec();
  shape.weight = std::numeric_limits<double>::infinity();
  shape.share = std::nan("");
  EXPECT_THAT(Wrong(shape), ElementsAre("weight must be positive and finite, is inf",
                                        "share must be at least 0 and below 1, is nan"));
}

TEST(SettingTest, WholeNumbersAreWrittenInFull) {
  ShapeSpec shape;
  shape.kind = ShapeSpec::Kind::kPolygon;
  shape.corners = 20000001;
  EXPECT_THAT(Wrong(shape), ElementsAre("corners must be 3 to 20000000, is 20000001"));
}

TEST(SettingTest, JsonHoldsWhatIsSetAndApplies) {
  ShapeSpec shape;
  EXPECT_EQ(SettingsToJson(shape), R"({"kind":"round","share":0.0,"sides":[1],"weight":1.0})");
  shape.kind = ShapeSpec::Kind::kPolygon;
  shape.corners = 5;
  shape.angle = 0.5;
  const std::string json = R"({"angle":0.5,"corners":5,"kind":"polygon","share":0.0,"sides":[1],"weight":1.0})";
  EXPECT_EQ(SettingsToJson(shape), json);
  const auto read = SettingsFromJson<ShapeSpec>(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(SettingsToJson(*read), json);
}

TEST(SettingTest, JsonWithoutAKeyKeepsTheDefault) {
  const auto read = SettingsFromJson<ShapeSpec>(R"({"kind":"polygon"})");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->corners, 3);
  EXPECT_EQ(read->weight, 1);
  EXPECT_EQ(read->angle, std::nullopt);
}

// Neither checked, nor written; refused where someone sets it.
TEST(SettingTest, ASettingOfAnotherKindIsRefusedWithTheRemedy) {
  ShapeSpec shape;
  shape.corners = 0;
  EXPECT_THAT(Wrong(shape), IsEmpty());
  EXPECT_THAT(std::string(SettingsFromJson<ShapeSpec>(R"({"corners":4})").status().message()),
              HasSubstr("corners counts only where kind is POLYGON; set that, or leave it out"));
}

TEST(SettingTest, WordsAndValuesAreOneToOne) {
  EXPECT_EQ(WordOf(ShapeSpec::Kind::kPolygon), "polygon");
  EXPECT_EQ(FromWord<ShapeSpec::Kind>("polygon"), ShapeSpec::Kind::kPolygon);
  EXPECT_EQ(FromWord<ShapeSpec::Kind>("POLYGON"), std::nullopt);
}

// Format 1 of stored files has numbers, whose meaning the order of today's values does not change.
TEST(SettingTest, StoredValuesAreWordsOrTheNumbersOfFormatOne) {
  using Kind = ShapeSpec::Kind;
  constexpr std::array<absl::string_view, 3> kNumbers = {"", "polygon", "round"};
  const auto read = [&](const nlohmann::json& json) { return FromStored<Kind>(json, kNumbers); };
  EXPECT_EQ(read("round"), Kind::kRound);
  EXPECT_EQ(read(1U), Kind::kPolygon);
  EXPECT_EQ(read(2U), Kind::kRound);
  for (const nlohmann::json& wrong : {nlohmann::json(0U), nlohmann::json(3U), nlohmann::json(-1), nlohmann::json(1.5),
                                      nlohmann::json("oval"), nlohmann::json()}) {
    EXPECT_EQ(read(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace actionmatch
