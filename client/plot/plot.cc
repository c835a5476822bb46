#include "client/plot/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/files/number_text.h"

namespace actionmatch {
namespace {

constexpr double kWidth = 840;
constexpr double kHeight = 600;
constexpr double kLeft = 70;
constexpr double kRight = 690;
constexpr double kTop = 50;
constexpr double kBottom = 540;
constexpr size_t kLegendEntries = 16;
constexpr int kMaxTicks = 12;

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // Adds a little room on both sides, and more if both sides are equal.
  void Widen() {
    if (!(low <= high)) low = high = 0;
    const double room = high > low ? 0.04 * (high - low) : 1;
    low -= room;
    high += room;
  }
  double Share(double value) const { return (value - low) / (high - low); }
};

// A step of 1, 2 or 5 times a power of ten, with about six steps over the range.
double TickStep(const Range& range) {
  const double rough = (range.high - range.low) / 6;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

// The multiples of the range's TickStep within the range.
std::vector<double> Ticks(const Range& range) {
  const double step = TickStep(range);
  std::vector<double> ticks;
  const double first = std::ceil(range.low / step);
  for (int i = 0; i <= kMaxTicks && (first + i) * step <= range.high; ++i) ticks.push_back((first + i) * step);
  return ticks;
}

// Ten digits: neighbouring ticks far from 0 differ in late digits, but the last digits are noise.
std::string TickText(double tick) { return absl::StrFormat("%.10g", tick + 0.0); }

// The colour of a share from 0 to 1: from dark violet over green to yellow, an order that survives printing in grey.
std::string Colour(double share) {
  constexpr double kStops[5][3] = {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {230, 210, 30}};
  const double at = std::clamp(share, 0.0, 1.0) * 4;
  const int stop = std::min(3, static_cast<int>(at));
  int rgb[3];
  for (int i = 0; i < 3; ++i) {
    rgb[i] = static_cast<int>(std::lround(kStops[stop][i] + (at - stop) * (kStops[stop + 1][i] - kStops[stop][i])));
  }
  return absl::StrFormat("#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
}

class Canvas {
 public:
  Canvas(const Range& x, const Range& y) : x_(x), y_(y) {
    absl::StrAppendFormat(
        &svg_,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" viewBox=\"0 0 %g %g\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n",
        kWidth, kHeight, kWidth, kHeight, kWidth, kHeight);
  }

  void Text(double x, double y, const std::string& anchor, const std::string& text, const std::string& more = "") {
    absl::StrAppendFormat(&svg_, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", x, y, anchor, more,
                          Escaped(text));
  }

  void Axes(const std::string& x_label, const std::string& y_label) {
    for (const double tick : Ticks(x_)) {
      Line(X(tick), kTop, X(tick), kBottom, "#e8e8e8");
      Text(X(tick), kBottom + 18, "middle", TickText(tick));
    }
    for (const double tick : Ticks(y_)) {
      Line(kLeft, Y(tick), kRight, Y(tick), "#e8e8e8");
      Text(kLeft - 8, Y(tick) + 4, "end", TickText(tick));
    }
    absl::StrAppendFormat(&svg_, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"none\" stroke=\"#888\"/>\n",
                          kLeft, kTop, kRight - kLeft, kBottom - kTop);
    Text((kLeft + kRight) / 2, kBottom + 40, "middle", x_label);
    Text(18, (kTop + kBottom) / 2, "middle", y_label,
         absl::StrFormat(" transform=\"rotate(-90 18 %g)\"", (kTop + kBottom) / 2));
  }

  void Dots(const std::vector<PlotPoint>& points, const std::string& colour) {
    absl::StrAppend(&svg_, "<g fill=\"", colour, "\" fill-opacity=\"0.45\">\n");
    for (const PlotPoint& point : points) {
      absl::StrAppendFormat(&svg_, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>\n", X(point.x), Y(point.y));
    }
    absl::StrAppend(&svg_, "</g>\n");
  }

  void Lines(const std::vector<std::vector<PlotPoint>>& lines) {
    absl::StrAppend(&svg_, "<g fill=\"none\" stroke=\"#222\" stroke-width=\"0.7\" stroke-opacity=\"0.35\">\n");
    for (const std::vector<PlotPoint>& line : lines) {
      absl::StrAppend(&svg_, "<polyline points=\"");
      for (const PlotPoint& point : line) absl::StrAppendFormat(&svg_, "%.1f,%.1f ", X(point.x), Y(point.y));
      absl::StrAppend(&svg_, "\"/>\n");
    }
    absl::StrAppend(&svg_, "</g>\n");
  }

  void LegendEntry(size_t row, const std::string& colour, const std::string& text) {
    const double y = kTop + 12 + 20 * static_cast<double>(row);
    absl::StrAppendFormat(&svg_, "<circle cx=\"%g\" cy=\"%g\" r=\"5\" fill=\"%s\"/>\n", kRight + 22, y - 4, colour);
    Text(kRight + 34, y, "start", text);
  }

  std::string Finish() && { return std::move(svg_) + "</svg>\n"; }

 private:
  double X(double x) const { return kLeft + x_.Share(x) * (kRight - kLeft); }
  double Y(double y) const { return kBottom - y_.Share(y) * (kBottom - kTop); }
  void Line(double x1, double y1, double x2, double y2, const std::string& colour) {
    absl::StrAppendFormat(&svg_, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2,
                          y2, colour);
  }

  const Range x_;
  const Range y_;
  std::string svg_;
};

}  // namespace

std::string RenderSvg(const Plot& plot) {
  Range x;
  Range y;
  Range time;
  const auto include = [&](const std::vector<PlotPoint>& points) {
    for (const PlotPoint& point : points) {
      x.Include(point.x);
      y.Include(point.y);
    }
  };
  for (const PlotSnapshot& snapshot : plot.snapshots) {
    include(snapshot.points);
    time.Include(snapshot.time);
  }
  for (const std::vector<PlotPoint>& line : plot.lines) include(line);
  x.Widen();
  y.Widen();
  Canvas canvas(x, y);
  canvas.Text(kLeft, 30, "start", plot.title, " font-size=\"15\" font-weight=\"bold\"");
  canvas.Axes(plot.x_label, plot.y_label);
  const size_t every = (plot.snapshots.size() + kLegendEntries - 1) / kLegendEntries;
  size_t row = 0;
  for (size_t k = 0; k < plot.snapshots.size(); ++k) {
    const PlotSnapshot& snapshot = plot.snapshots[k];
    const std::string colour = Colour(time.high > time.low ? time.Share(snapshot.time) : 0);
    canvas.Dots(snapshot.points, colour);
    if (k % every != 0) continue;
    canvas.LegendEntry(row++, colour, absl::StrCat("t = ", ExactNumber(snapshot.time), " ", plot.time_unit));
  }
  canvas.Lines(plot.lines);
  if (!plot.lines.empty()) canvas.LegendEntry(row, "#222", absl::StrCat(plot.lines.size(), " trajectories"));
  return std::move(canvas).Finish();
}

}  // namespace actionmatch
