// Checkpoint: all that a training run is at a moment, as bytes from which it goes on with the same bits.
//
//   checkpoint := tensor file (tensor_file.h) of kind "checkpoint"
//   metadata   := "spec", "content_hash", "path", "kernels", "members_done", and "SERVED.scores" of each SERVED
//   arrays     := "optimizer.*" (optimizer_state.h), "times" (TimeSampler::state), "best.distance" [1], and of each
//   SERVED
//                 "SERVED.step" [1] and "SERVED.NAME" for each parameter of the potential
//   SERVED     := "member.0", "member.1", ... ("members_done" of them), "choice" and "best" where there are such

#ifndef ACTIONMATCH_CORE_TRAINING_CHECKPOINT_H_
#define ACTIONMATCH_CORE_TRAINING_CHECKPOINT_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/metrics/snapshot_score.h"
#include "core/potential/potential.h"
#include "core/spec/spec.h"
#include "core/training/optimizer_state.h"

namespace actionmatch {

// The parameters that a member serves, and how they scored on the held-out rows.
struct ServedMember {
  Parameters parameters;
  int64_t step = 0;
  std::vector<SnapshotScore> scores;
};

// The member in training.
struct MemberState {
  explicit MemberState(OptimizerState state) : optimizer(std::move(state)) {}

  OptimizerState optimizer;
  std::vector<double> times;           // TimeSampler::state
  std::optional<ServedMember> choice;  // what the validation rows chose, while the member is trained once more
  std::optional<ServedMember> best;    // of the training under way; empty until a choice was made
  double best_distance = std::numeric_limits<double>::infinity();
};

// Copies share their tensors, so that a checkpoint of a training must be saved before its next step.
struct Checkpoint {
  std::vector<ServedMember> done;  // fewer than the spec's members
  MemberState member;
};

// What a checkpoint belongs to.
struct CheckpointOwner {
  TrainSpec spec;            // resolved; device and engine are left out, for any of them goes on from any other's
  std::string content_hash;  // of the dataset
  std::string path;          // the path and the windows that draws depend on, in a sentence
  std::string kernels;       // what decided rounding so far: for who compares bits, and never checked
};

std::string SaveCheckpoint(const Checkpoint& checkpoint, const CheckpointOwner& owner, const Potential& potential);

// The exact inverse of SaveCheckpoint, for the same potential; tensors lie on the host. DATA_LOSS or INVALID_ARGUMENT,
// naming the part, if the bytes are damaged or a part is missing or does not fit; FAILED_PRECONDITION if they belong to
// another spec, other content or another path.
absl::StatusOr<Checkpoint> LoadCheckpoint(absl::string_view bytes, const CheckpointOwner& owner,
                                          const Potential& potential);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_CHECKPOINT_H_
