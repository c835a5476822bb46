// Whether a dataset's points are what a field is about.

#ifndef ACTIONMATCH_SERVER_SERVICES_FIELD_POINTS_H_
#define ACTIONMATCH_SERVER_SERVICES_FIELD_POINTS_H_

#include "absl/status/status.h"
#include "actionmatch/v1/dataset.pb.h"
#include "actionmatch/v1/field.pb.h"

namespace actionmatch {

// INVALID_ARGUMENT if the dataset's dimension is another than the field's, FAILED_PRECONDITION if its points were
// divided by another transform than those that the field was trained on, or only one of them by any. The dataset that
// it was trained on passes, and any beside a field whose transform is not known.
absl::Status CheckFieldPoints(const v1::Field& field, const v1::Dataset& dataset);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_FIELD_POINTS_H_
