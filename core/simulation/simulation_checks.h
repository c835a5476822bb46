// Checks that the simulated populations share.

#ifndef ACTIONMATCH_CORE_SIMULATION_SIMULATION_CHECKS_H_
#define ACTIONMATCH_CORE_SIMULATION_SIMULATION_CHECKS_H_

#include <cstdint>
#include <initializer_list>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

inline absl::Status CheckRange(absl::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, " must be ", low, " to ", high, ", is ", value));
}

inline constexpr double kLargest = 1e6;  // of lengths: far from where double precision would lose the scatter

inline constexpr double kMostNumbers = 1e8;

// All parameters together may not ask for more numbers than memory holds.
inline absl::Status CheckSize(double snapshots, double points, double dimension) {
  const double numbers = snapshots * points * dimension;
  if (numbers <= kMostNumbers) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("snapshots * points * dimension must be at most 1e8, is ", numbers, "; ask for fewer points"));
}

inline absl::Status FirstError(std::initializer_list<absl::Status> checks) {
  for (const absl::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Asks `before_draw` before one in so many of the rows 0, 1, 2, ...
inline absl::Status AskEvery(int64_t rows, int64_t row, const BeforeDraw& before_draw) {
  return before_draw && row % rows == 0 ? before_draw() : absl::OkStatus();
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SIMULATION_SIMULATION_CHECKS_H_
