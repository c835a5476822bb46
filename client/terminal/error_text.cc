#include "client/terminal/error_text.h"

#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/status_details.h"
#include "client/terminal/session.h"

namespace actionmatch {
namespace {

// The values of an error by name.
class Values {
 public:
  explicit Values(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  std::string operator[](const std::string& name) const {
    const auto found = values_.find(name);
    complete_ = complete_ && found != values_.end();
    return found == values_.end() ? "" : found->second;
  }

  // Whether all values that were asked for were there.
  bool complete() const { return complete_; }

 private:
  const std::map<std::string, std::string> values_;
  mutable bool complete_ = true;
};

std::string NotFound(const char* noun, const Values& of) {
  return absl::StrCat("there is no ", noun, " named ", of["name"], ": `actionmatch ", noun,
                      " list` shows those there are");
}

std::string Exists(const char* noun, const Values& of) {
  return absl::StrCat("a ", noun, " named ", of["name"],
                      " exists already: choose another name, or delete that one (`actionmatch ", noun, " delete ",
                      ShortName(of["name"]), "`)");
}

std::string WaitForJob(const Values& of) {
  return absl::StrCat("has not ended: stop it with `actionmatch job cancel ", ShortName(of["job"]),
                      "`, or wait for its end");
}

std::string TooFewTimes(const Values& of) {
  const std::string put = absl::StrCat("`actionmatch dataset put ", ShortName(of["dataset"]), " FILE --append`");
  if (of["times"] == "0") return absl::StrCat(of["dataset"], " holds no snapshots: put some with ", put);
  return absl::StrCat(of["dataset"], " has snapshots at ", of["times"], " of the times that count, and ",
                      of["required"], " or more are needed: put more with ", put);
}

std::string NoSuchMember(const Values& of) {
  int64_t members = 0;
  if (!absl::SimpleAtoi(of["members"], &members) || members < 2) {
    return absl::StrCat("member ", of["member"], " is not there: the field has one, 0");
  }
  return absl::StrCat("member ", of["member"], " is not one of the field's ", members, ": give --member 0 to ",
                      members - 1);
}

std::string TransformMismatch(const Values& of) {
  const bool divided = of["dataset_transform"] != "none";
  const bool field_divided = of["field_transform"] != "none";
  return absl::StrCat(
      "points of ", of["dataset"], " were divided by ",
      !divided        ? "no"
      : field_divided ? "another"
                      : "a",
      " transform, those that ", of["field"], " was trained on by ", field_divided ? "its own" : "none",
      ": to a dataset with the same transform, ",
      field_divided ? absl::StrCat("put their files with --like ", of["field"]) : "put their files without --whiten");
}

// A reason's text on the command line. A reason without a row here keeps the server's text, which fits.
struct Remedy {
  v1::ErrorReason reason;
  std::string (*text)(const Values& of);
};

const Remedy kRemedies[] = {
    {v1::ERROR_REASON_DATASET_NOT_FOUND, [](const Values& of) { return NotFound("dataset", of); }},
    {v1::ERROR_REASON_JOB_NOT_FOUND, [](const Values& of) { return NotFound("job", of); }},
    {v1::ERROR_REASON_FIELD_NOT_FOUND, [](const Values& of) { return NotFound("field", of); }},
    {v1::ERROR_REASON_DATASET_EXISTS, [](const Values& of) { return Exists("dataset", of); }},
    {v1::ERROR_REASON_JOB_EXISTS, [](const Values& of) { return Exists("job", of); }},
    {v1::ERROR_REASON_FIELD_EXISTS, [](const Values& of) { return Exists("field", of); }},
    {v1::ERROR_REASON_FIELD_NAME_RESERVED,
     [](const Values& of) {
       return absl::StrCat("the name ", of["name"], " is reserved by ", of["job"],
                           ", which has not ended: choose another with --field");
     }},
    {v1::ERROR_REASON_BATCH_DIFFERS,
     [](const Values& of) {
       return absl::StrCat("batch ", of["batch"], " of ", of["dataset"],
                           " is stored already with other content: to add these rows to those that are there, use "
                           "--append");
     }},
    {v1::ERROR_REASON_DATASET_IN_USE,
     [](const Values& of) {
       return absl::StrCat(of["dataset"], " is in use by ", of["job"], ", which ", WaitForJob(of));
     }},
    {v1::ERROR_REASON_JOB_NOT_ENDED, [](const Values& of) { return absl::StrCat(of["job"], " ", WaitForJob(of)); }},
    {v1::ERROR_REASON_TOO_FEW_TIMES, TooFewTimes},
    {v1::ERROR_REASON_NO_SUCH_MEMBER, NoSuchMember},
    {v1::ERROR_REASON_TRANSFORM_MISMATCH, TransformMismatch},
    {v1::ERROR_REASON_SPREAD_NEEDS_ALL_MEMBERS,
     [](const Values&) { return std::string("--spread is over all members: leave --member out"); }},
    {v1::ERROR_REASON_SUBSET_OF_OTHER_DATASET,
     [](const Values& of) {
       return absl::StrCat("subset ", of["subset"], " is a split of the rows that ", of["field"],
                           " was trained on, and ", of["dataset"], " is not that dataset: score it with --subset all");
     }},
    {v1::ERROR_REASON_TIME_OUTSIDE_FIELD,
     [](const Values& of) {
       return absl::StrCat("time ", of["time"], " is outside the field's times ", of["start_time"], " to ",
                           of["end_time"], ": --extrapolate allows it");
     }},
    {v1::ERROR_REASON_NO_SUCH_TIME,
     [](const Values& of) {
       return absl::StrCat(of["dataset"], " has no points at time ", of["time"], ": give one of its times, which ",
                           "`actionmatch dataset show ", ShortName(of["dataset"]),
                           "` lists, to --start-time with --gaussian, or to --at");
     }},
    {v1::ERROR_REASON_METHOD_NEEDS_STEPS,
     [](const Values& of) {
       return absl::StrCat("--steps is required for --method ", of["method"], ", which has no tolerance");
     }},
    {v1::ERROR_REASON_METHOD_CHOOSES_STEPS,
     [](const Values& of) {
       return absl::StrCat("--method ", of["method"], " chooses its own steps: give --tolerance instead of --steps");
     }},
    {v1::ERROR_REASON_TOO_MANY_STEPS,
     [](const Values& of) {
       return absl::StrCat("a point needs more than ", of["limit"], " steps: raise --tolerance, now ", of["tolerance"],
                           ", or give --steps");
     }},
    {v1::ERROR_REASON_NOISE_NEEDS_STOCHASTIC_METHOD,
     [](const Values&) {
       return std::string(
           "--method must be euler_maruyama or stochastic_heun here: the field has noise, and its drift alone does not "
           "move the population");
     }},
    {v1::ERROR_REASON_NOISE_NOT_REVERSIBLE,
     [](const Values& of) {
       return absl::StrCat("--times holds ", of["time"], ", before the start at ", of["start_time"],
                           ": the field has noise, and no score is known that would take it back");
     }},
    {v1::ERROR_REASON_RESAMPLING_NOT_REVERSIBLE,
     [](const Values& of) {
       return absl::StrCat("--times holds ", of["time"], ", before the start at ", of["start_time"],
                           ": resampling goes forwards only; leave --resample-below out, or ask for later times");
     }},
};

// The flags that set fields of requests. A setting of a spec is named by its path in the spec, as in --set.
constexpr std::pair<const char*, const char*> kFlags[] = {
    {"job.train", "the spec"},
    {"job.dataset", "the dataset"},
    {"job.name", "--name"},
    {"job.fields", "--field"},
    {"dataset.name", "the dataset's name"},
    {"dataset.time_unit", "--time-unit"},
    {"simulation", "simulation:"},
    {"solver.method", "--method"},
    {"solver.steps", "--steps"},
    {"solver.tolerance", "--tolerance"},
    {"resample_below", "--resample-below"},
    {"member", "--member"},
    {"probes", "--probes"},
    {"subset", "--subset"},
    {"time", "--time"},
    {"start_time", "--start-time"},
};

std::string InFlags(const std::string& field) {
  for (const auto& [name, flag] : kFlags) {
    if (field == name) return flag;
  }
  return std::string(absl::StripPrefix(field, "job.train."));
}

// All violations, field by field.
std::string ViolationsText(const ErrorDetails& details) {
  std::string text;
  for (const auto& [field, description] : details.violations) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", InFlags(field), " ", description);
  }
  int64_t count = 0;
  const auto listed = static_cast<int64_t>(details.violations.size());
  const auto told = details.metadata.find("violations");
  if (told != details.metadata.end() && absl::SimpleAtoi(told->second, &count) && count > listed) {
    absl::StrAppend(&text, "; and ", count - listed, " more");
  }
  return text;
}

}  // namespace

std::string ErrorText(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  const ErrorDetails details = DetailsOf(status);
  if (reason == v1::ERROR_REASON_INVALID_FIELD && !details.violations.empty()) return ViolationsText(details);
  for (const Remedy& remedy : kRemedies) {
    if (remedy.reason != reason) continue;
    const Values values(details.metadata);
    std::string text = remedy.text(values);
    if (values.complete()) return text;
  }
  return std::string(status.message());
}

absl::Status WithMore(const absl::Status& status, absl::string_view more) {
  return absl::Status(status.code(), absl::StrCat(ErrorText(status), more));
}

}  // namespace actionmatch
