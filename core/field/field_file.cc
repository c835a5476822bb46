// A field's file (tensor_file.h, kind "field"):
//   arrays    member.M.NAME for each parameter of the potential (layers.L.weight, layers.L.bias of perceptrons);
//             standardisation.mean [D]; standardisation.scalars [4]: scale, start_time, duration, end_time
//   metadata  spec (spec.h), provenance (JSON), scores (JSON); enumerations as words, in format 1 as numbers

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/field/field.h"
#include "core/field/field_parameters.h"
#include "core/metrics/score_json.h"
#include "core/potential/parameter_arrays.h"
#include "core/potential/potential_kinds.h"
#include "core/storage/tensor_file.h"
#include "core/words.h"

namespace actionmatch {
namespace {

using Json = nlohmann::json;

std::string ProvenanceToJson(const Provenance& p) {
  Json json{{"path", std::string(WordOf(p.path))},
            {"path_reason", p.path_reason},
            {"form", std::string(WordOf(p.form))},
            {"dataset", p.dataset},
            {"dataset_uid", p.dataset_uid},
            {"last_batch", p.last_batch},
            {"content_hash", p.content_hash},
            {"axis_names", p.axis_names},
            {"time_unit", p.time_unit},
            {"selected_steps", p.selected_steps},
            {"snapshot_times", p.snapshot_times},
            {"snapshot_masses", p.snapshot_masses},
            {"mass_times", p.mass_times},
            {"masses", p.masses}};
  if (p.transform) json["transform"] = *p.transform;
  return json.dump();
}

// The words that the numbers of format 1 stood for.
constexpr std::array<absl::string_view, 5> kPathNumbers = {"auto", "observed", "linear", "ot", "uot"};
constexpr std::array<absl::string_view, 3> kFormNumbers = {"auto", "action", "conditional"};

// nlohmann reports wrong types by exceptions, which end here.
absl::StatusOr<Provenance> ProvenanceFromJson(const std::string& text) {
  Provenance p;
  try {
    const Json json = Json::parse(text);
    const auto path = FromStored<PathSpec::Kind>(json.at("path"), kPathNumbers);
    const auto form = FromStored<TrainingSpec::Form>(json.at("form"), kFormNumbers);
    if (!path.has_value() || !form.has_value()) {
      return absl::InvalidArgumentError("the field's provenance names an unknown path or form");
    }
    p.path = *path;
    p.form = *form;
    p.path_reason = json.at("path_reason").get<std::string>();
    p.dataset = json.at("dataset").get<std::string>();
    p.dataset_uid = json.at("dataset_uid").get<std::string>();
    p.last_batch = json.at("last_batch").get<int64_t>();
    p.content_hash = json.at("content_hash").get<std::string>();
    p.axis_names = json.at("axis_names").get<std::vector<std::string>>();
    p.time_unit = json.at("time_unit").get<std::string>();
    p.selected_steps = json.at("selected_steps").get<std::vector<int64_t>>();
    p.snapshot_times = json.at("snapshot_times").get<std::vector<double>>();
    p.snapshot_masses = json.at("snapshot_masses").get<std::vector<double>>();
    p.mass_times = json.at("mass_times").get<std::vector<double>>();
    p.masses = json.at("masses").get<std::vector<double>>();
    if (json.contains("transform")) p.transform = json.at("transform").get<std::vector<double>>();
  } catch (const Json::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("the field's provenance is not readable: ", e.what()));
  }
  return p;
}

// Checks spec, units and provenance of a file, which may come from anywhere.
absl::Status Check(const Provenance& p, const Standardisation& units, double end_time) {
  for (const Violation& violation : Validate(p.spec)) {
    return absl::InvalidArgumentError(absl::StrCat("the field's spec: ", violation.field, " ", violation.reason));
  }
  const auto finite = [](double value) { return std::isfinite(value); };
  const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
  const auto all = [](const std::vector<double>& values, const auto& is) {
    return std::all_of(values.begin(), values.end(), is);
  };
  if (units.mean.empty() || !all(units.mean, finite) || !positive(units.scale) || !positive(units.duration) ||
      !finite(units.start_time) || !finite(end_time)) {
    return absl::InvalidArgumentError("the field's standardisation is not valid");
  }
  if (p.transform && !p.transform->empty() &&
      (p.transform->size() != units.mean.size() || !all(*p.transform, positive))) {
    return absl::InvalidArgumentError("the field's transform is not valid");
  }
  const bool increasing =
      std::adjacent_find(p.mass_times.begin(), p.mass_times.end(), std::greater_equal<double>()) == p.mass_times.end();
  if (p.snapshot_times.size() != p.snapshot_masses.size() || p.mass_times.size() != p.masses.size() || !increasing ||
      !all(p.snapshot_masses, positive) || !all(p.masses, positive) ||
      p.selected_steps.size() != static_cast<size_t>(p.spec.members)) {
    return absl::InvalidArgumentError("the field's provenance does not fit its members and snapshots");
  }
  return absl::OkStatus();
}

}  // namespace

std::string Field::Serialize() const {
  TensorFile file;
  file.kind = "field";
  file.metadata["spec"] = TrainSpecToJson(provenance_.spec);
  file.metadata["provenance"] = ProvenanceToJson(provenance_);
  file.metadata["scores"] = ScoresToJson(provenance_.scores);
  const Standardisation& s = standardisation_;
  file.arrays["standardisation.mean"] = Array::Of(absl::MakeConstSpan(s.mean), {dimension()});
  file.arrays["standardisation.scalars"] =
      Array::Of(absl::Span<const double>({s.scale, s.start_time, s.duration, end_time_}), {4});
  for (size_t m = 0; m < parameters_->members.size(); ++m) {
    SaveParameters(*parameters_->potential, parameters_->members[m], absl::StrCat("member.", m, "."), &file.arrays);
  }
  return SerializeTensorFile(file);
}

absl::StatusOr<std::shared_ptr<const Field>> Field::Parse(absl::string_view bytes) {
  const absl::StatusOr<TensorFile> file = ParseTensorFile(bytes, "field");
  if (!file.ok()) return file.status();
  const auto metadata = [&](const char* key) {
    const auto found = file->metadata.find(key);
    return found == file->metadata.end() ? std::string() : found->second;
  };
  absl::StatusOr<Provenance> provenance = ProvenanceFromJson(metadata("provenance"));
  if (!provenance.ok()) return provenance.status();
  absl::StatusOr<TrainSpec> spec = TrainSpecFromJson(metadata("spec"));
  if (!spec.ok()) return spec.status();
  provenance->spec = *std::move(spec);
  absl::StatusOr<std::vector<SnapshotScore>> scores = ScoresFromJson(metadata("scores"));
  if (!scores.ok()) return scores.status();
  provenance->scores = *std::move(scores);
  const absl::StatusOr<const Array*> mean = file->Find("standardisation.mean");
  const absl::StatusOr<const Array*> scalars = file->Find("standardisation.scalars");
  if (!mean.ok()) return mean.status();
  if (!scalars.ok()) return scalars.status();
  const std::vector<double> values = (*scalars)->Doubles();
  Standardisation standardisation;
  standardisation.mean = (*mean)->Doubles();
  if (values.size() != 4) return absl::InvalidArgumentError("the field's standardisation is not valid");
  standardisation.scale = values[0];
  standardisation.start_time = values[1];
  standardisation.duration = values[2];
  const absl::Status valid = Check(*provenance, standardisation, values[3]);
  if (!valid.ok()) return valid;
  const std::shared_ptr<const Potential> potential =
      MakePotential(provenance->spec.potential, static_cast<int64_t>(standardisation.mean.size()));
  std::vector<Parameters> members;
  for (int m = 0; m < provenance->spec.members; ++m) {
    absl::StatusOr<Parameters> parameters = LoadParameters(*potential, absl::StrCat("member.", m, "."), *file);
    if (!parameters.ok()) return parameters.status();
    members.push_back(*std::move(parameters));
  }
  return std::shared_ptr<const Field>(
      std::make_shared<Field>(std::move(standardisation), values[3], *std::move(provenance),
                              std::make_unique<FieldParameters>(potential, std::move(members))));
}

}  // namespace actionmatch
