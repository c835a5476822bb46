#include "server/messages/error_reasons.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace actionmatch {
namespace {

constexpr char kPrefix[] = "ERROR_REASON_";

constexpr ErrorRow kTable[] = {
    {v1::ERROR_REASON_CANCELLED, absl::StatusCode::kCancelled},
    {v1::ERROR_REASON_UNKNOWN, absl::StatusCode::kUnknown},
    {v1::ERROR_REASON_INVALID_ARGUMENT, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_DEADLINE_EXCEEDED, absl::StatusCode::kDeadlineExceeded},
    {v1::ERROR_REASON_NOT_FOUND, absl::StatusCode::kNotFound},
    {v1::ERROR_REASON_ALREADY_EXISTS, absl::StatusCode::kAlreadyExists},
    {v1::ERROR_REASON_PERMISSION_DENIED, absl::StatusCode::kPermissionDenied},
    {v1::ERROR_REASON_RESOURCE_EXHAUSTED, absl::StatusCode::kResourceExhausted},
    {v1::ERROR_REASON_FAILED_PRECONDITION, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_ABORTED, absl::StatusCode::kAborted},
    {v1::ERROR_REASON_OUT_OF_RANGE, absl::StatusCode::kOutOfRange},
    {v1::ERROR_REASON_UNIMPLEMENTED, absl::StatusCode::kUnimplemented},
    {v1::ERROR_REASON_INTERNAL, absl::StatusCode::kInternal},
    {v1::ERROR_REASON_UNAVAILABLE, absl::StatusCode::kUnavailable},
    {v1::ERROR_REASON_DATA_LOSS, absl::StatusCode::kDataLoss},
    {v1::ERROR_REASON_UNAUTHENTICATED, absl::StatusCode::kUnauthenticated},
    {v1::ERROR_REASON_INVALID_FIELD, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_REQUEST_ID_REUSED, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_INVALID_PAGE_TOKEN, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_DIMENSION_MISMATCH, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_NO_SUCH_TIME, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_NO_SUCH_MEMBER, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_SPREAD_NEEDS_ALL_MEMBERS, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_METHOD_NEEDS_STEPS, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_METHOD_CHOOSES_STEPS, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_NOISE_NEEDS_STOCHASTIC_METHOD, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_NOISE_NOT_REVERSIBLE, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_RESAMPLING_NOT_REVERSIBLE, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_FIELD_FILE_INVALID, absl::StatusCode::kInvalidArgument},
    {v1::ERROR_REASON_DATASET_NOT_FOUND, absl::StatusCode::kNotFound},
    {v1::ERROR_REASON_JOB_NOT_FOUND, absl::StatusCode::kNotFound},
    {v1::ERROR_REASON_FIELD_NOT_FOUND, absl::StatusCode::kNotFound},
    {v1::ERROR_REASON_BATCH_NOT_FOUND, absl::StatusCode::kNotFound},
    {v1::ERROR_REASON_DATASET_EXISTS, absl::StatusCode::kAlreadyExists},
    {v1::ERROR_REASON_JOB_EXISTS, absl::StatusCode::kAlreadyExists},
    {v1::ERROR_REASON_FIELD_EXISTS, absl::StatusCode::kAlreadyExists},
    {v1::ERROR_REASON_FIELD_NAME_RESERVED, absl::StatusCode::kAlreadyExists},
    {v1::ERROR_REASON_BATCH_DIFFERS, absl::StatusCode::kAlreadyExists},
    {v1::ERROR_REASON_BATCH_GAP, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_DATASET_IN_USE, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_JOB_NOT_ENDED, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_TOO_FEW_TIMES, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_NO_WEIGHT, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_TRANSFORM_MISMATCH, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_SUBSET_OF_OTHER_DATASET, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_SUBSET_EMPTY, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_NO_DENSITY, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_TOO_FEW_POINTS, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_DEVICE_UNAVAILABLE, absl::StatusCode::kFailedPrecondition},
    {v1::ERROR_REASON_ETAG_MISMATCH, absl::StatusCode::kAborted},
    {v1::ERROR_REASON_DATASET_REPLACED, absl::StatusCode::kAborted},
    {v1::ERROR_REASON_WRITE_CONFLICT, absl::StatusCode::kAborted, absl::Milliseconds(100)},
    {v1::ERROR_REASON_BATCHES_OUT_OF_RANGE, absl::StatusCode::kOutOfRange},
    {v1::ERROR_REASON_TIME_OUTSIDE_FIELD, absl::StatusCode::kOutOfRange},
    {v1::ERROR_REASON_NOT_FINITE, absl::StatusCode::kOutOfRange},
    {v1::ERROR_REASON_FIELD_NOT_SUPPORTED, absl::StatusCode::kUnimplemented},
    {v1::ERROR_REASON_SERVER_BUSY, absl::StatusCode::kResourceExhausted, absl::Seconds(1)},
    {v1::ERROR_REASON_OUT_OF_MEMORY, absl::StatusCode::kResourceExhausted},
    {v1::ERROR_REASON_OUT_OF_THREADS, absl::StatusCode::kResourceExhausted, absl::Seconds(1)},
    {v1::ERROR_REASON_DISK_FULL, absl::StatusCode::kResourceExhausted},
    {v1::ERROR_REASON_ANSWER_TOO_LARGE, absl::StatusCode::kResourceExhausted},
    {v1::ERROR_REASON_IMPORTS_TOO_LARGE, absl::StatusCode::kResourceExhausted},
    {v1::ERROR_REASON_TOO_MANY_TIMES, absl::StatusCode::kResourceExhausted},
    {v1::ERROR_REASON_TOO_MANY_STEPS, absl::StatusCode::kResourceExhausted},
    {v1::ERROR_REASON_SERVER_DRAINING, absl::StatusCode::kUnavailable, absl::Seconds(2)},
    {v1::ERROR_REASON_DATABASE_BUSY, absl::StatusCode::kUnavailable, absl::Seconds(1)},
    {v1::ERROR_REASON_DATA_DAMAGED, absl::StatusCode::kDataLoss},
};

// Every error code has a reason of its own, whose number is the code's.
const ErrorRow& RowOfCode(absl::StatusCode code) { return kTable[static_cast<int>(code) - 1]; }

const ErrorRow* FindRow(v1::ErrorReason reason) {
  for (const ErrorRow& row : kTable) {
    if (row.reason == reason) return &row;
  }
  return nullptr;
}

}  // namespace

absl::Span<const ErrorRow> ErrorTable() { return kTable; }

std::string ReasonWord(v1::ErrorReason reason) {
  return std::string(absl::StripPrefix(v1::ErrorReason_Name(reason), kPrefix));
}

absl::Status ErrorOf(v1::ErrorReason reason, const std::map<std::string, std::string>& values,
                     absl::string_view message) {
  return ErrorOf(Reason{ReasonWord(reason).c_str(), FindRow(reason)->code}, values, message);
}

const ErrorRow& RowOf(const absl::Status& status) {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  if (v1::ErrorReason_Parse(absl::StrCat(kPrefix, CauseOf(status).reason), &reason)) {
    const ErrorRow* row = FindRow(reason);
    if (row != nullptr && row->code == status.code()) return *row;
  }
  return RowOfCode(status.code());
}

bool HasReason(const absl::Status& status, v1::ErrorReason reason) {
  return !status.ok() && RowOf(status).reason == reason;
}

}  // namespace actionmatch
