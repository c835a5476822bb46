// RequestKey: the key that makes creating calls safe to repeat.

#ifndef ACTIONMATCH_SERVER_CALLS_REQUEST_KEY_H_
#define ACTIONMATCH_SERVER_CALLS_REQUEST_KEY_H_

#include <string>

#include "google/protobuf/message_lite.h"
#include "server/store/records.h"

namespace actionmatch {

// The key of a request: its id, and a fingerprint of `content`. Equal contents have equal fingerprints.
RequestKey MakeRequestKey(const std::string& request_id, const google::protobuf::MessageLite& content);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_CALLS_REQUEST_KEY_H_
