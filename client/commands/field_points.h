// `actionmatch field evaluate` and `density`: what a field says at the points of a file, as a table.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_FIELD_POINTS_H_
#define ACTIONMATCH_CLIENT_COMMANDS_FIELD_POINTS_H_

#include "absl/status/status.h"
#include "client/terminal/session.h"

namespace actionmatch {

// Value, velocity and so on at one time: a column for each, a row for each point.
absl::Status EvaluateAtPoints(const Session& session, const Arguments& arguments);

// Where the points came from, and how the density changed on the way.
absl::Status FollowDensity(const Session& session, const Arguments& arguments);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_FIELD_POINTS_H_
