// The server's errors in the words of the command line.

#ifndef ACTIONMATCH_CLIENT_TERMINAL_WORDING_H_
#define ACTIONMATCH_CLIENT_TERMINAL_WORDING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace actionmatch {

// An error names fields and calls of the API; who types a command knows flags and verbs.
std::string InFlags(absl::string_view message);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_WORDING_H_
