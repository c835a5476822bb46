// The server's errors in the words of the command line.

#ifndef ACTIONMATCH_CLIENT_TERMINAL_ERROR_TEXT_H_
#define ACTIONMATCH_CLIENT_TERMINAL_ERROR_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

// What to tell a person about an error. The server's text names fields and calls of the API; who types a command knows
// flags and commands. So where the error's reason has a remedy on the command line, or its violations name fields that
// flags set, the text is made anew from the error's values; otherwise it is the status's own.
std::string ErrorText(const absl::Status& status);

// An error of the same code that says more: ErrorText, then `more`. The details go: what they had to say is in the
// text.
absl::Status WithMore(const absl::Status& status, absl::string_view more);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_ERROR_TEXT_H_
