// Errors that end the program with an exit code of their own.

#ifndef ACTIONMATCH_CLIENT_TERMINAL_EXIT_CODE_H_
#define ACTIONMATCH_CLIENT_TERMINAL_EXIT_CODE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

// An error in how the command was called: exit code 2 instead of 1.
absl::Status Misuse(absl::string_view message);
bool IsMisuse(const absl::Status& status);
// The error of a command that Ctrl-C cut off: exit code 130.
absl::Status Interrupted(absl::string_view message);
bool IsInterrupted(const absl::Status& status);

// The program's exit code for a status: 0, 1, 2 or 130.
int ExitCode(const absl::Status& status);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_EXIT_CODE_H_
