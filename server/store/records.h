// The values that the store takes and gives besides the API's messages. Plain structs.

#ifndef ACTIONMATCH_SERVER_STORE_RECORDS_H_
#define ACTIONMATCH_SERVER_STORE_RECORDS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "actionmatch/v1/job.pb.h"

namespace actionmatch {

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_page_token;  // empty on the last page
};

// The key that makes a creating call safe to repeat: the request's id, empty for none, and a fingerprint of the whole
// request. `call` is the call's id in the log. A job keeps this id, so that its worker can log it too.
struct RequestKey {
  std::string id;
  std::string fingerprint;
  std::string call;
};

// Lease: a worker's right to write for a job. Every claim raises the attempt; a write with an older attempt is ABORTED.
struct Lease {
  std::string job;  // "jobs/ID"
  std::string job_uid;
  int attempt = 0;
};

struct ClaimedJob {
  Lease lease;
  v1::Job job;
  std::string call;  // from the RequestKey that made the job
};

// A function that is called before each batch; its error, if any, ends the work and is returned. May be empty.
using BeforeBatch = std::function<absl::Status()>;

// Progress in the order of steps.
struct ProgressPart {
  std::vector<v1::Progress> progress;
  bool more = false;  // there is later progress
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_RECORDS_H_
