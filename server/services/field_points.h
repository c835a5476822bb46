// The check that a dataset's points are of a field's kind.

#ifndef ACTIONMATCH_SERVER_SERVICES_FIELD_POINTS_H_
#define ACTIONMATCH_SERVER_SERVICES_FIELD_POINTS_H_

#include "absl/status/status.h"
#include "actionmatch/v1/dataset.pb.h"
#include "actionmatch/v1/field.pb.h"

namespace actionmatch {

// INVALID_ARGUMENT if dataset and field have different dimensions. FAILED_PRECONDITION if the dataset's points were
// divided by another transform than the points that the field was trained on, or if only one of the two has a
// transform. The dataset that the field was trained on passes, and so does any dataset if the field's transform is not
// known.
absl::Status CheckFieldPoints(const v1::Field& field, const v1::Dataset& dataset);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_FIELD_POINTS_H_
