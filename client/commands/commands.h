// The table of all nouns and verbs of the CLI.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_COMMANDS_H_
#define ACTIONMATCH_CLIENT_COMMANDS_COMMANDS_H_

#include "client/terminal/session.h"

namespace actionmatch {

const Noun& DatasetCommands();
const Noun& JobCommands();
const Noun& FieldCommands();
const Noun& TrajectoryCommands();

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_COMMANDS_H_
