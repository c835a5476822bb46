// TrainJob: trains one claimed job, from its dataset to its end.

#ifndef ACTIONMATCH_SERVER_WORKERS_TRAIN_JOB_H_
#define ACTIONMATCH_SERVER_WORKERS_TRAIN_JOB_H_

#include <atomic>

#include "absl/status/status.h"
#include "server/process/options.h"
#include "server/store/store.h"

namespace actionmatch {

// Trains the job and writes its end to the store: SUCCEEDED, FAILED or CANCELLED. Releases the job if `stop` became
// true or the database was busy for too long; gives the job up if files cannot be read or written. Goes on from the
// last checkpoint, if there is one. During training it renews the lease, records progress and writes checkpoints. On a
// full disk it trains on without records and checkpoints, and tries for ten minutes to store the field. Returns the
// status that ended the training (OK: the field is stored), for the log.
absl::Status TrainJob(Store& store, const ClaimedJob& claimed, const WorkOptions& options,
                      const std::atomic<bool>& stop);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_WORKERS_TRAIN_JOB_H_
