#include "server/services/field_points.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/messages/error_reasons.h"

namespace actionmatch {

absl::Status CheckFieldPoints(const v1::Field& field, const v1::Dataset& dataset) {
  if (dataset.dimension() != field.dimension()) {
    return ErrorOf(v1::ERROR_REASON_DIMENSION_MISMATCH,
                   {{"dataset", dataset.name()},
                    {"field", field.name()},
                    {"dataset_dimension", absl::StrCat(dataset.dimension())},
                    {"field_dimension", absl::StrCat(field.dimension())}},
                   absl::StrCat(dataset.name(), " has dimension ", dataset.dimension(), "; that of ", field.name(),
                                " is ", field.dimension()));
  }
  if (!field.has_transform() || dataset.uid() == field.dataset_uid()) return absl::OkStatus();
  const auto& trained = field.transform().scale();
  const auto& here = dataset.transform().scale();
  if (std::equal(trained.begin(), trained.end(), here.begin(), here.end())) return absl::OkStatus();
  const char* const by = here.empty() ? "no" : trained.empty() ? "a" : "another";
  return ErrorOf(
      v1::ERROR_REASON_TRANSFORM_MISMATCH,
      {{"dataset", dataset.name()},
       {"field", field.name()},
       {"dataset_transform", here.empty() ? "none" : "scale"},
       {"field_transform", trained.empty() ? "none" : "scale"}},
      absl::StrCat("points of ", dataset.name(), " were divided by ", by, " transform, those that ", field.name(),
                   " was trained on by ", trained.empty() ? "none" : "its own",
                   ": to a dataset with the same transform, ",
                   trained.empty() ? "append their rows undivided"
                                   : absl::StrCat("append their rows divided by the scale of ", field.name())));
}

}  // namespace actionmatch
