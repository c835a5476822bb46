// Checks that the simulated populations share.

#ifndef ACTIONMATCH_CORE_SIMULATE_CHECKS_H_
#define ACTIONMATCH_CORE_SIMULATE_CHECKS_H_

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

// All parameters together may not ask for more numbers than memory holds.
inline absl::Status CheckSize(double snapshots, double points, double dimension) {
  const double numbers = snapshots * points * dimension;
  if (numbers <= 1e8) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("snapshots * points * dimension must be at most 1e8, is ", numbers, "; ask for fewer points"));
}

inline absl::Status FirstError(std::initializer_list<absl::Status> checks) {
  for (const absl::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SIMULATE_CHECKS_H_
