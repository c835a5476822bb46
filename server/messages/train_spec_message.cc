#include "server/messages/train_spec_message.h"

#include "server/messages/settings_message.h"
#include "server/messages/violations.h"

namespace actionmatch {

TrainSpec ToCore(const v1::TrainSpec& spec, std::vector<Violation>* violations) {
  TrainSpec core;
  TrainSpec::VisitSettings(core, MessageReader(spec, violations));
  return core;
}

absl::StatusOr<TrainSpec> ToCore(const v1::TrainSpec& spec) {
  std::vector<Violation> violations;
  TrainSpec core = ToCore(spec, &violations);
  if (absl::Status status = ToStatus(violations); !status.ok()) return status;
  return core;
}

v1::TrainSpec ToProto(const TrainSpec& spec) {
  v1::TrainSpec proto;
  TrainSpec::VisitSettings(spec, MessageWriter(&proto));
  return proto;
}

}  // namespace actionmatch
