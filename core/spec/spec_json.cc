// The JSON form of a spec.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/spec/settings_json.h"
#include "core/spec/spec.h"

namespace actionmatch {

std::string TrainSpecToJson(const TrainSpec& spec) { return SettingsToJson(spec); }
absl::StatusOr<TrainSpec> TrainSpecFromJson(absl::string_view json) { return SettingsFromJson<TrainSpec>(json); }

}  // namespace actionmatch
