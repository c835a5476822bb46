// Jobs as rows, for the parts of the store that change them.

#ifndef ACTIONMATCH_SERVER_STORE_STORE_JOBS_H_
#define ACTIONMATCH_SERVER_STORE_STORE_JOBS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "actionmatch/v1/job.pb.h"
#include "server/store/blobs.h"
#include "server/store/sql.h"

namespace actionmatch {

bool HasEnded(v1::Job::State state);

// Writes a job's message, and the columns that repeat parts of it, with a new etag and update_time.
void SaveJob(Sql& sql, v1::Job* job);

// JobEnd: a job that was moved to one of its three final states.
struct JobEnd {
  v1::Job job;
  std::string call;  // the call that made the job
};
JobEnd EndJob(Sql& sql, v1::Job* job, v1::Job::State state, absl::string_view error);
// Logs an end that is durable, and removes the job's checkpoints.
void SettleEnd(const JobEnd& end, Blobs& blobs);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_STORE_JOBS_H_
