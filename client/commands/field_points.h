// `actionmatch field evaluate` and `density`: a table of a field's values at the points of a file.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_FIELD_POINTS_H_
#define ACTIONMATCH_CLIENT_COMMANDS_FIELD_POINTS_H_

#include "absl/status/status.h"
#include "client/terminal/session.h"

namespace actionmatch {

// Writes value, velocity and other quantities at one time: a column for each quantity, a row for each point.
absl::Status EvaluateAtPoints(const Session& session, const Arguments& arguments);

// Writes where the points came from, and how the density changed on the way.
absl::Status FollowDensity(const Session& session, const Arguments& arguments);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_FIELD_POINTS_H_
