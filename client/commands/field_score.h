// `actionmatch field score`: the distances of pushed snapshots from the observed ones.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_FIELD_SCORE_H_
#define ACTIONMATCH_CLIENT_COMMANDS_FIELD_SCORE_H_

#include "absl/status/status.h"
#include "client/terminal/session.h"

namespace actionmatch {

// Prints two tables of distances: one from each snapshot to the next, one from the first snapshot to all others.
absl::Status ScoreField(const Session& session, const Arguments& arguments);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_FIELD_SCORE_H_
