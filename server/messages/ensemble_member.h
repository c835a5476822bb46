// The member of an ensemble that a request asks for.

#ifndef ACTIONMATCH_SERVER_MESSAGES_ENSEMBLE_MEMBER_H_
#define ACTIONMATCH_SERVER_MESSAGES_ENSEMBLE_MEMBER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/field/field.h"

namespace actionmatch {

// kAllMembers if the request names no member; INVALID_ARGUMENT for a member that the field does not have.
template <typename Request>
absl::StatusOr<int> MemberOf(const Request& request, const Field& field) {
  if (!request.has_member()) return Field::kAllMembers;
  if (request.member() >= 0 && request.member() < field.members()) return request.member();
  return ErrorOf(kNoSuchMember,
                 {{"member", absl::StrCat(request.member())}, {"members", absl::StrCat(field.members())}},
                 absl::StrCat("member ", request.member(), " is not one of the field's ", field.members(),
                              ": give 0 to ", field.members() - 1));
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_ENSEMBLE_MEMBER_H_
