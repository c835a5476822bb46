#include "core/training/checkpoint.h"

#include <ATen/ATen.h>

#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/metrics/score_json.h"
#include "core/potential/parameter_arrays.h"
#include "core/storage/tensor_file.h"

namespace actionmatch {
namespace {

// The spec as a text, without the device and engine that take its steps.
std::string SpecText(TrainSpec spec) {
  spec.training.device = TrainingSpec::Device::kAuto;
  spec.training.engine = TrainingSpec::Engine::kAuto;
  return TrainSpecToJson(spec);
}

void SaveServed(const Potential& potential, const ServedMember& served, const std::string& prefix, TensorFile* file) {
  SaveParameters(potential, served.parameters, absl::StrCat(prefix, "."), &file->arrays);
  file->arrays[absl::StrCat(prefix, ".step")] = Array::Of(absl::MakeConstSpan(&served.step, 1), {1});
  file->metadata[absl::StrCat(prefix, ".scores")] = ScoresToJson(served.scores);
}

absl::StatusOr<ServedMember> LoadServed(const Potential& potential, const std::string& prefix, const TensorFile& file) {
  absl::StatusOr<Parameters> parameters = LoadParameters(potential, absl::StrCat(prefix, "."), file);
  if (!parameters.ok()) return absl::DataLossError(parameters.status().message());
  const absl::StatusOr<const Array*> step = file.Find(absl::StrCat(prefix, ".step"));
  if (!step.ok() || (*step)->Int64s().size() != 1) {
    return absl::DataLossError(absl::StrCat("the checkpoint's ", prefix, " holds no step"));
  }
  const auto text = file.metadata.find(absl::StrCat(prefix, ".scores"));
  absl::StatusOr<std::vector<SnapshotScore>> scores =
      ScoresFromJson(text == file.metadata.end() ? std::string() : text->second);
  if (!scores.ok()) {
    return absl::DataLossError(
        absl::StrCat("the scores of the checkpoint's ", prefix, " cannot be read: ", scores.status().message()));
  }
  return ServedMember{*std::move(parameters), (*step)->Int64s()[0], *std::move(scores)};
}

// Fills in `served` if the file has such a member.
absl::Status LoadIfThere(const Potential& potential, const std::string& prefix, const TensorFile& file,
                         std::optional<ServedMember>* served) {
  if (!file.Find(absl::StrCat(prefix, ".step")).ok()) return absl::OkStatus();
  absl::StatusOr<ServedMember> loaded = LoadServed(potential, prefix, file);
  if (!loaded.ok()) return loaded.status();
  *served = *std::move(loaded);
  return absl::OkStatus();
}

// Whether a stored spec is the spec `now`. Compares specs, not texts: a checkpoint of an earlier release lacks the
// settings that came later, and was trained with their defaults.
bool SameSpec(const std::string& stored, const std::string& now) {
  const absl::StatusOr<TrainSpec> spec = TrainSpecFromJson(stored);
  return spec.ok() && TrainSpecToJson(*spec) == now;
}

absl::Status CheckOwner(const std::map<std::string, std::string>& metadata, const CheckpointOwner& owner) {
  const std::map<std::string, std::string> expected = {
      {"spec", SpecText(owner.spec)}, {"content_hash", owner.content_hash}, {"path", owner.path}};
  bool same = true;
  for (const auto& [key, value] : expected) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return absl::DataLossError(absl::StrCat("the checkpoint does not say its ", key));
    same = same && (key == "spec" ? SameSpec(found->second, value) : found->second == value);
  }
  if (same) return absl::OkStatus();
  return absl::FailedPreconditionError("the checkpoint belongs to another spec, to other data or to other windows");
}

absl::StatusOr<std::vector<ServedMember>> LoadDone(const Potential& potential, int members, const TensorFile& file) {
  const auto text = file.metadata.find("members_done");
  int count = 0;
  if (text == file.metadata.end() || !absl::SimpleAtoi(text->second, &count) || count < 0 || count >= members) {
    return absl::DataLossError("the checkpoint does not say how many members are done");
  }
  std::vector<ServedMember> done;
  for (int m = 0; m < count; ++m) {
    absl::StatusOr<ServedMember> member = LoadServed(potential, absl::StrCat("member.", m), file);
    if (!member.ok()) return member.status();
    done.push_back(*std::move(member));
  }
  return done;
}

OptimizerState NoSteps(const Potential& potential) {
  Parameters zeros;
  for (const std::vector<int64_t>& shape : potential.shapes()) zeros.tensors.push_back(at::zeros(shape, at::kFloat));
  return {zeros, at::kCPU};
}

absl::StatusOr<MemberState> LoadMember(const Potential& potential, const TensorFile& file) {
  MemberState member(NoSteps(potential));
  absl::Status status = member.optimizer.Restore(file);
  if (!status.ok()) return status;
  const absl::StatusOr<const Array*> times = file.Find("times");
  if (!times.ok()) return absl::DataLossError("the checkpoint holds no times");
  member.times = (*times)->Doubles();
  const absl::StatusOr<const Array*> distance = file.Find("best.distance");
  if (!distance.ok() || (*distance)->Doubles().size() != 1) {
    return absl::DataLossError("the checkpoint does not say how far off its best weights are (best.distance)");
  }
  member.best_distance = (*distance)->Doubles()[0];
  status = LoadIfThere(potential, "choice", file, &member.choice);
  if (status.ok()) status = LoadIfThere(potential, "best", file, &member.best);
  if (!status.ok()) return status;
  return member;
}

}  // namespace

std::string SaveCheckpoint(const Checkpoint& checkpoint, const CheckpointOwner& owner, const Potential& potential) {
  const MemberState& member = checkpoint.member;
  TensorFile file;
  file.kind = "checkpoint";
  file.metadata["spec"] = SpecText(owner.spec);
  file.metadata["content_hash"] = owner.content_hash;
  file.metadata["path"] = owner.path;
  file.metadata["kernels"] = owner.kernels;
  file.metadata["members_done"] = absl::StrCat(checkpoint.done.size());
  for (size_t m = 0; m < checkpoint.done.size(); ++m) {
    SaveServed(potential, checkpoint.done[m], absl::StrCat("member.", m), &file);
  }
  if (member.choice.has_value()) SaveServed(potential, *member.choice, "choice", &file);
  if (member.best.has_value()) SaveServed(potential, *member.best, "best", &file);
  file.arrays["best.distance"] = Array::Of(absl::MakeConstSpan(&member.best_distance, 1), {1});
  file.arrays["times"] = Array::Of(absl::MakeConstSpan(member.times), {static_cast<int64_t>(member.times.size())});
  member.optimizer.Save(&file.arrays);
  return SerializeTensorFile(file);
}

absl::StatusOr<Checkpoint> LoadCheckpoint(absl::string_view bytes, const CheckpointOwner& owner,
                                          const Potential& potential) {
  const absl::StatusOr<TensorFile> file = ParseTensorFile(bytes, "checkpoint");
  if (!file.ok()) return file.status();
  const absl::Status owned = CheckOwner(file->metadata, owner);
  if (!owned.ok()) return owned;
  absl::StatusOr<std::vector<ServedMember>> done = LoadDone(potential, owner.spec.members, *file);
  if (!done.ok()) return done.status();
  absl::StatusOr<MemberState> member = LoadMember(potential, *file);
  if (!member.ok()) return member.status();
  return Checkpoint{*std::move(done), *std::move(member)};
}

}  // namespace actionmatch
