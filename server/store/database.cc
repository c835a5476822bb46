#include "server/store/database.h"

#include "absl/strings/cord.h"

namespace actionmatch {
namespace {

constexpr char kBusy[] = "actionmatch/busy";  // the payload that marks a busy database's status

}  // namespace

absl::Status BusyError(absl::string_view message) {
  absl::Status busy = absl::UnavailableError(message);
  busy.SetPayload(kBusy, absl::Cord());
  return busy;
}

bool IsBusy(const absl::Status& status) { return status.GetPayload(kBusy).has_value(); }

}  // namespace actionmatch
