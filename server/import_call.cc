#include "server/import_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/field.h"
#include "server/answer.h"
#include "server/convert.h"
#include "server/names.h"

namespace actionmatch {
namespace {

constexpr size_t kMostBytes = size_t{256} << 20;

}  // namespace

ImportCall::ImportCall(CallRuntime& runtime, grpc::CallbackServerContext* context, Store& store, v1::Field* response)
    : call_(runtime, context, "FieldService/ImportField"), store_(store), response_(response) {
  StartRead(&incoming_);
}

absl::Status ImportCall::Take(const v1::ImportFieldRequest& request) {
  if (name_.empty()) {
    if (absl::Status status = CheckName(request.name(), "fields", "name"); !status.ok()) return status;
    name_ = request.name();
  } else if (!request.name().empty() && request.name() != name_) {
    return absl::InvalidArgumentError(absl::StrCat("name is ", Quoted(request.name()), ", but this stream imports ",
                                                   name_, ": use one stream for each field"));
  }
  if (bytes_.size() + request.chunk().size() > kMostBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the file is larger than ", kMostBytes, " bytes, which is the limit"));
  }
  bytes_.append(request.chunk());
  return absl::OkStatus();
}

absl::Status ImportCall::Import() {
  if (name_.empty()) return absl::InvalidArgumentError("name is required in the first message");
  absl::StatusOr<std::shared_ptr<const Field>> field = Field::Parse(bytes_);
  if (!field.ok()) {
    // The caller's file, not ours, is what is damaged.
    return absl::InvalidArgumentError(
        absl::StrCat("the imported file is not a whole field: ", field.status().message()));
  }
  v1::Field row = Describe(**field, bytes_);
  row.set_name(name_);
  return Answer(store_.CreateField(row, bytes_), response_);
}

void ImportCall::OnReadDone(bool ok) {
  if (ok) {
    const absl::Status status = call_.Guard([&] { return Take(incoming_); });
    status.ok() ? StartRead(&incoming_) : Finish(call_.End(status));
    return;
  }
  const absl::Status admitted = call_.runtime().disk.Submit([this] {
    const absl::Status status = call_.Guard([&] { return Import(); });
    Finish(call_.End(status));
  });
  if (!admitted.ok()) Finish(call_.End(admitted));
}

}  // namespace actionmatch
