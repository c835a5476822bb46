#include "server/messages/simulation.h"

#include <algorithm>
#include <memory>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/alternatives.h"
#include "core/simulation/population.h"
#include "core/snapshots/snapshots.h"
#include "google/protobuf/message.h"
#include "google/protobuf/reflection.h"
#include "server/messages/error_reasons.h"
#include "server/messages/tensor.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

constexpr int64_t kBatchBytes = 1 << 20;

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Sets each parameter from the field of its name. A field that is not set gets the parameter's default.
void ReadParameters(Message* message, Population* population) {
  const google::protobuf::Reflection& fields = *message->GetReflection();
  population->VisitParameters([&](absl::string_view name, ParameterValue value) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(std::string(name));
    if (int** whole = std::get_if<int*>(&value)) {
      if (fields.HasField(*message, field)) **whole = fields.GetInt32(*message, field);
      fields.SetInt32(message, field, **whole);
    } else if (double** number = std::get_if<double*>(&value)) {
      if (fields.HasField(*message, field)) **number = fields.GetDouble(*message, field);
      fields.SetDouble(message, field, **number);
    } else {
      const auto& list = fields.GetRepeatedFieldRef<double>(*message, field);
      std::get<std::vector<double>*>(value)->assign(list.begin(), list.end());
    }
  });
}

absl::StatusOr<Snapshots> DrawSnapshots(v1::Simulation* simulation, const BeforeDraw& before_draw) {
  std::vector<std::string> words;
  for (const PopulationRow& row : Populations()) {
    const FieldDescriptor* field = v1::Simulation::descriptor()->FindFieldByName(row.word);
    words.emplace_back(row.word);
    if (!simulation->GetReflection()->HasField(*simulation, field)) continue;
    const std::unique_ptr<Population> population = row.make();
    ReadParameters(simulation->GetReflection()->MutableMessage(simulation, field), population.get());
    return population->Draw(simulation->seed(), before_draw);
  }
  return InvalidField("simulation.population", absl::StrCat("is required: set ", Alternatives(words)));
}

}  // namespace

absl::StatusOr<std::vector<v1::SnapshotBatch>> Draw(v1::Simulation* simulation, const BeforeDraw& before_draw) {
  absl::StatusOr<Snapshots> snapshots = DrawSnapshots(simulation, before_draw);
  if (!snapshots.ok()) {
    const absl::Status& status = snapshots.status();
    if (HasReason(status, v1::ERROR_REASON_INVALID_FIELD)) return status;  // names its field already
    const std::string text = absl::StrCat("simulation: ", status.message());
    if (!HasReason(status, v1::ERROR_REASON_INVALID_ARGUMENT)) return WithMessage(status, text);
    // The core refused a parameter.
    return WithField(ErrorOf(v1::ERROR_REASON_INVALID_FIELD, {{"violations", "1"}}, text), "simulation",
                     status.message());
  }
  const int64_t dimension = snapshots->dimension;
  const int64_t rows_at_once = std::max<int64_t>(1, kBatchBytes / (dimension * static_cast<int64_t>(sizeof(double))));
  std::vector<v1::SnapshotBatch> batches;
  for (const Snapshot& snapshot : snapshots->at) {
    for (int64_t first = 0; first < snapshot.points.count(); first += rows_at_once) {
      if (absl::Status status = before_draw(); !status.ok()) return status;
      const int64_t rows = std::min(rows_at_once, snapshot.points.count() - first);
      v1::SnapshotBatch& batch = batches.emplace_back();
      batch.set_number(static_cast<int64_t>(batches.size()));
      batch.set_time(snapshot.time);
      *batch.mutable_points() =
          ToTensor(absl::MakeConstSpan(snapshot.points.values).subspan(first * dimension, rows * dimension),
                   {rows, dimension}, v1::DATA_TYPE_FLOAT64);
    }
  }
  return batches;
}

}  // namespace actionmatch
