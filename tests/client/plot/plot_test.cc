#include "client/plot/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

size_t Count(const std::string& text, absl::string_view word) {
  return std::vector<absl::string_view>(absl::StrSplit(text, word)).size() - 1;
}

Plot TwoSnapshots() {
  Plot plot;
  plot.title = "field \"a\" < b & c";
  plot.x_label = "x1";
  plot.y_label = "x2";
  plot.time_unit = "day";
  plot.snapshots = {{0, {{0, 0}, {1, 1}}}, {3.5, {{2, -1}, {3, 4}, {5, 0}}}};
  plot.lines = {{{0, 0}, {1, 2}, {2, -1}}, {{1, 1}, {5, 0}}};
  return plot;
}

TEST(PlotTest, EveryPointIsADotAndEveryTrajectoryALine) {
  const std::string svg = RenderSvg(TwoSnapshots());
  const size_t legend = 2 + 1;  // the two times and the trajectories
  EXPECT_EQ(Count(svg, "<circle"), 5 + legend);
  EXPECT_EQ(Count(svg, "<polyline"), 2u);
  EXPECT_THAT(svg, HasSubstr("t = 3.5 day"));
  EXPECT_THAT(svg, HasSubstr("2 trajectories"));
}

TEST(PlotTest, TextIsEscapedAndElementsAreClosed) {
  const std::string svg = RenderSvg(TwoSnapshots());
  EXPECT_THAT(svg, HasSubstr("field &quot;a&quot; &lt; b &amp; c"));
  EXPECT_EQ(Count(svg, "<"), Count(svg, ">"));
  EXPECT_EQ(Count(svg, "<g"), Count(svg, "</g>"));
  EXPECT_EQ(Count(svg, "<text"), Count(svg, "</text>"));
  EXPECT_EQ(Count(svg, "</svg>"), 1u);
}

TEST(PlotTest, TimesHaveDifferentColours) {
  Plot plot = TwoSnapshots();
  EXPECT_THAT(RenderSvg(plot), HasSubstr("<g fill=\"#440154\""));
  EXPECT_THAT(RenderSvg(plot), HasSubstr("<g fill=\"#e6d21e\""));
}

TEST(PlotTest, PicturesOfNothingOfOnePointAndOfHugeNumbersAreFinite) {
  Plot one;
  one.snapshots = {{1, {{7, 7}}}};
  Plot huge;
  huge.snapshots = {{1, {{1e17, -1e300}, {std::nextafter(1e17, 1e18), 1e300}}}};
  for (const Plot& plot : {Plot(), one, huge}) {
    const std::string svg = RenderSvg(plot);
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    EXPECT_THAT(svg, Not(HasSubstr("inf")));
    EXPECT_LT(Count(svg, "<line"), 30u);
  }
}

}  // namespace
}  // namespace actionmatch
