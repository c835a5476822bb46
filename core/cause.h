// Cause: why something failed, as a word and values that callers can decide on. An absl::Status carries the cause
// beside its text, which is for people.
//
//   return ErrorOf(kNoSuchMember, {{"member", "5"}, {"members", "2"}}, "member 5 is not one of the field's 2");

#ifndef ACTIONMATCH_CORE_CAUSE_H_
#define ACTIONMATCH_CORE_CAUSE_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

// A kind of failure. The words are those of the API (errors.proto says what each means and which values it brings).
struct Reason {
  const char* word;  // "TIME_OUTSIDE_FIELD"
  absl::StatusCode code;
};

// The core's own kinds of failure that a caller can do something about.
inline constexpr Reason kTimeOutsideField = {"TIME_OUTSIDE_FIELD", absl::StatusCode::kOutOfRange};
inline constexpr Reason kNotFinite = {"NOT_FINITE", absl::StatusCode::kOutOfRange};
inline constexpr Reason kTooManySteps = {"TOO_MANY_STEPS", absl::StatusCode::kResourceExhausted};
inline constexpr Reason kNoSuchMember = {"NO_SUCH_MEMBER", absl::StatusCode::kInvalidArgument};
inline constexpr Reason kNoiseNeedsStochasticMethod = {"NOISE_NEEDS_STOCHASTIC_METHOD",
                                                       absl::StatusCode::kInvalidArgument};
inline constexpr Reason kNoiseNotReversible = {"NOISE_NOT_REVERSIBLE", absl::StatusCode::kInvalidArgument};
inline constexpr Reason kResamplingNotReversible = {"RESAMPLING_NOT_REVERSIBLE", absl::StatusCode::kInvalidArgument};
inline constexpr Reason kNoDensity = {"NO_DENSITY", absl::StatusCode::kFailedPrecondition};
inline constexpr Reason kTooFewPoints = {"TOO_FEW_POINTS", absl::StatusCode::kFailedPrecondition};
inline constexpr Reason kSubsetEmpty = {"SUBSET_EMPTY", absl::StatusCode::kFailedPrecondition};
inline constexpr Reason kDeviceUnavailable = {"DEVICE_UNAVAILABLE", absl::StatusCode::kFailedPrecondition};
inline constexpr Reason kOutOfThreads = {"OUT_OF_THREADS", absl::StatusCode::kResourceExhausted};
inline constexpr Reason kDiskFull = {"DISK_FULL", absl::StatusCode::kResourceExhausted};
inline constexpr Reason kDataDamaged = {"DATA_DAMAGED", absl::StatusCode::kDataLoss};

// All of these. A test of the server checks that the API has each, with the same code.
inline constexpr Reason kCoreReasons[] = {
    kTimeOutsideField, kNotFinite,          kTooManySteps,
    kNoSuchMember,     kNoiseNotReversible, kNoiseNeedsStochasticMethod,
    kNoDensity,        kTooFewPoints,       kResamplingNotReversible,
    kSubsetEmpty,      kDeviceUnavailable,  kOutOfThreads,
    kDiskFull,         kDataDamaged,
};

// What a status tells a caller that must decide.
struct Cause {
  std::string reason;                         // empty: the code is all that is known
  std::map<std::string, std::string> values;  // by name: {"member", "5"}
};

// An error with the reason's code. `message` is for people.
absl::Status ErrorOf(const Reason& reason, const std::map<std::string, std::string>& values, absl::string_view message);

// The cause that ErrorOf gave the status.
Cause CauseOf(const absl::Status& status);

// The status with another text; the code, the cause and all other payloads stay. OK stays OK.
absl::Status WithMessage(const absl::Status& status, absl::string_view message);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_CAUSE_H_
