// The server's errors in the words of the command line.

#ifndef ACTIONMATCH_CLIENT_TERMINAL_ERROR_TEXT_H_
#define ACTIONMATCH_CLIENT_TERMINAL_ERROR_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

// The text of an error for a person. The server's text names fields and calls of the API, but a person who types
// commands knows flags and commands. So the text is made anew from the error's values if the error's reason has a
// remedy on the command line, or if its violations name fields that flags set. Otherwise it is the status's own text.
std::string ErrorText(const absl::Status& status);

// An error of the same code whose text is ErrorText and then `more`. It has no details: they are in the text.
absl::Status WithMore(const absl::Status& status, absl::string_view more);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_ERROR_TEXT_H_
