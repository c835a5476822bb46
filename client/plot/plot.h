// A picture of trajectories over snapshots, as SVG.

#ifndef ACTIONMATCH_CLIENT_PLOT_PLOT_H_
#define ACTIONMATCH_CLIENT_PLOT_PLOT_H_

#include <string>
#include <vector>

namespace actionmatch {

struct PlotPoint {
  double x = 0;
  double y = 0;
};

struct PlotSnapshot {
  double time = 0;
  std::vector<PlotPoint> points;
};

struct Plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::string time_unit;
  std::vector<PlotSnapshot> snapshots;        // dots, coloured by time
  std::vector<std::vector<PlotPoint>> lines;  // one for each trajectory, from its start to its end
};

// The picture as SVG. Each axis is scaled by itself to fill the picture.
std::string RenderSvg(const Plot& plot);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_PLOT_PLOT_H_
