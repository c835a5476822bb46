// The parameters of simulated populations. A population is a struct whose members are its parameters and their
// defaults; it lists them once, with the names of the API and their ranges:
//
//   template <typename Self, typename Visit>
//   static void VisitParameters(Self& p, const Visit& visit) {
//     visit("points", p.points, 1, 1000000);
//   }
//
// Checks (CheckParameters) and the API's messages (population.h) know the parameters from that list alone. Self is the
// struct or the const struct; a member is an int, a double, or a std::vector<double>, whose range holds for each
// number.

#ifndef ACTIONMATCH_CORE_SIMULATION_PARAMETERS_H_
#define ACTIONMATCH_CORE_SIMULATION_PARAMETERS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

inline constexpr double kLargest = 1e6;  // of lengths: at far larger ones double precision would lose the scatter
inline constexpr double kMaxNumbers = 1e8;

inline absl::Status CheckRange(absl::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, " must be ", low, " to ", high, ", is ", value));
}
inline absl::Status CheckRange(absl::string_view name, const std::vector<double>& values, double low, double high) {
  absl::Status status;
  for (const double value : values) status.Update(CheckRange(name, value, low, high));
  return status;
}

// INVALID_ARGUMENT for the first parameter that is out of its range.
template <typename Population>
absl::Status CheckParameters(const Population& population) {
  absl::Status status;
  Population::VisitParameters(population, [&](absl::string_view name, const auto& member, double low, double high) {
    status.Update(CheckRange(name, member, low, high));
  });
  return status;
}

// All parameters together may not ask for more numbers than memory holds.
inline absl::Status CheckSize(double snapshots, double points, double dimension) {
  const double numbers = snapshots * points * dimension;
  if (numbers <= kMaxNumbers) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("snapshots * points * dimension must be at most 1e8, is ", numbers, "; ask for fewer points"));
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SIMULATION_PARAMETERS_H_
