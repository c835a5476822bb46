// From the job that a caller asks for to the job that can be queued.

#ifndef ACTIONMATCH_SERVER_SERVICES_JOB_PLAN_H_
#define ACTIONMATCH_SERVER_SERVICES_JOB_PLAN_H_

#include "absl/status/statusor.h"
#include "actionmatch/v1/job.pb.h"
#include "server/store/store.h"

namespace actionmatch {

// Checks the caller's part of a job, whole, against the dataset as it stands: names filled in, the spec complete with
// all defaults, bound to the dataset's state. Stores nothing. INVALID_ARGUMENT with all violations, UNIMPLEMENTED for
// warm starts; NOT_FOUND for the dataset; FAILED_PRECONDITION if there is too little in it.
absl::StatusOr<v1::Job> PlanJob(Store& store, const v1::Job& asked);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_JOB_PLAN_H_
