#include "server/services/import_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field/field.h"
#include "server/calls/responses.h"
#include "server/messages/convert.h"
#include "server/messages/error_reasons.h"
#include "server/messages/names.h"
#include "server/messages/violations.h"

namespace actionmatch {

ImportCall::ImportCall(CallRuntime& runtime, grpc::CallbackServerContext* context, Store& store, ByteBudget& budget,
                       v1::Field* response)
    : call_(runtime, context, "FieldService/ImportField"),
      store_(store),
      budget_(budget),
      share_(budget),
      response_(response) {
  if (call_.admission().ok()) {
    StartRead(&incoming_);
  } else {
    End(call_.admission());
  }
}

absl::Status ImportCall::Take(const v1::ImportFieldRequest& request) {
  if (name_.empty()) {
    if (absl::Status status = CheckName(request.name(), "fields", "name"); !status.ok()) return status;
    name_ = request.name();
  } else if (!request.name().empty() && request.name() != name_) {
    return InvalidField("name", absl::StrCat("is ", Quoted(request.name()), ", but this stream imports ", name_,
                                             ": use one stream for each field"));
  }
  if (!share_.Take(static_cast<int64_t>(request.chunk().size()))) {
    return ErrorOf(
        v1::ERROR_REASON_IMPORTS_TOO_LARGE, {{"limit", absl::StrCat(budget_.total())}},
        absl::StrCat("all imports together may hold ", budget_.total(), " bytes (--max-import-bytes), and after ",
                     bytes_.size(), " of this file there is no room for ", request.chunk().size(),
                     " more: try again when other imports have ended, or raise the limit"));
  }
  bytes_.append(request.chunk());
  return absl::OkStatus();
}

absl::Status ImportCall::Import() {
  if (name_.empty()) return InvalidField("name", "is required in the first message");
  absl::StatusOr<std::shared_ptr<const Field>> field = Field::Parse(bytes_);
  if (!field.ok()) {
    // The damaged file is the caller's, not ours: no DATA_LOSS.
    return ErrorOf(v1::ERROR_REASON_FIELD_FILE_INVALID, {},
                   absl::StrCat("the imported file is not a whole field: ", field.status().message()));
  }
  v1::Field row = Describe(**field, bytes_);
  row.set_name(name_);
  return Answer(store_.CreateField(row, bytes_), response_);
}

void ImportCall::End(const absl::Status& status) {
  // Free the room before the answer, so that a caller who has the answer finds it free.
  std::string().swap(bytes_);
  share_.GiveBack();
  Finish(call_.End(status));
}

void ImportCall::OnReadDone(bool ok) {
  if (ok) {
    const absl::Status status = call_.Guard([&] { return Take(incoming_); });
    status.ok() ? StartRead(&incoming_) : End(status);
    return;
  }
  call_.runtime().disk.Run([this] { End(call_.Guard([&] { return Import(); })); });
}

}  // namespace actionmatch
