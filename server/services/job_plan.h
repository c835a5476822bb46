// PlanJob: makes the job that can be queued from the job that a caller asks for.

#ifndef ACTIONMATCH_SERVER_SERVICES_JOB_PLAN_H_
#define ACTIONMATCH_SERVER_SERVICES_JOB_PLAN_H_

#include "absl/status/statusor.h"
#include "actionmatch/v1/job.pb.h"
#include "server/store/store.h"

namespace actionmatch {

// Checks the caller's whole part of a job against the dataset as it stands. The job that is returned has all names
// filled in and a complete spec with all defaults, and is bound to the dataset's state. Stores nothing.
// INVALID_ARGUMENT with all violations; UNIMPLEMENTED for warm starts and for more than one field; NOT_FOUND for the
// dataset; FAILED_PRECONDITION if the dataset has points at fewer than two times.
absl::StatusOr<v1::Job> PlanJob(Store& store, const v1::Job& asked);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_JOB_PLAN_H_
