#include "core/field/field.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/field/field_parameters.h"

namespace actionmatch {
Field::Field(Standardisation standardisation, double end_time, Provenance provenance,
             std::unique_ptr<const FieldParameters> parameters)
    : standardisation_(std::move(standardisation)),
      end_time_(end_time),
      provenance_(std::move(provenance)),
      parameters_(std::move(parameters)) {}

Field::~Field() = default;

absl::Status Field::CheckTimes(absl::Span<const double> t) const {
  for (double time : t) {
    if (time >= start_time() && time <= end_time()) continue;
    return ErrorOf(kTimeOutsideField,
                   {{"time", absl::StrCat(time)},
                    {"start_time", absl::StrCat(start_time())},
                    {"end_time", absl::StrCat(end_time())}},
                   absl::StrCat("time ", time, " is outside the field's times ", start_time(), " to ", end_time(),
                                "; set extrapolate to allow it"));
  }
  return absl::OkStatus();
}

int Field::members() const { return static_cast<int>(parameters_->members.size()); }

double Field::Mass(double t) const {
  const std::vector<double>& times = provenance_.mass_times;
  const std::vector<double>& masses = provenance_.masses;
  if (times.size() < 2) return 1;
  const auto after = std::upper_bound(times.begin() + 1, times.end() - 1, t);
  const auto k = static_cast<size_t>(after - times.begin()) - 1;
  const double u = (t - times[k]) / (times[k + 1] - times[k]);
  return std::exp((1 - u) * std::log(masses[k]) + u * std::log(masses[k + 1]));
}

}  // namespace actionmatch
