// NewUid: names that are never used twice.

#ifndef ACTIONMATCH_SERVER_PROCESS_UID_H_
#define ACTIONMATCH_SERVER_PROCESS_UID_H_

#include <string>

namespace actionmatch {

// 128 random bits as 32 lower-case hexadecimal digits. Thread-safe.
std::string NewUid();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_UID_H_
