// Checkpoint: the whole state of a training run at a moment, as bytes from which the run goes on with the same bits.
//
//   checkpoint := tensor file (tensor_file.h) of kind "checkpoint"
//   metadata   := "spec", "content_hash", "path", "kernels", "members_done", and "SERVED.scores" for each SERVED
//   arrays     := "optimizer.*" (optimizer_state.h), "times" (TimeSampler::state), "best.distance" [1], and for each
//                 SERVED "SERVED.step" [1] and "SERVED.NAME" for each parameter of the potential
//   SERVED     := "member.0", "member.1", ... ("members_done" of them), "choice" and "best" if there are such

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
  std::optional<ServedMember> choice;  // the choice of the validation rows, while the member is trained once more
  std::optional<ServedMember> best;    // the best so far in the training under way; empty until there is one
  double best_distance = std::numeric_limits<double>::infinity();
};

// Copies share their tensors, so a checkpoint of a training must be saved before the training's next step.
struct Checkpoint {
  std::vector<ServedMember> done;  // fewer than the spec's members
  MemberState member;
};

// The training that a checkpoint belongs to.
struct CheckpointOwner {
  TrainSpec spec;            // resolved, without device and engine: any of them goes on from a checkpoint of any other
  std::string content_hash;  // of the dataset
  std::string path;          // a sentence that names the path and the windows that draws depend on
  std::string kernels;       // what decided rounding so far; for readers who compare bits, never checked
};

std::string SaveCheckpoint(const Checkpoint& checkpoint, const CheckpointOwner& owner, const Potential& potential);

// The exact inverse of SaveCheckpoint, for the same potential; tensors lie on the host. DATA_LOSS or INVALID_ARGUMENT,
// naming the part, if the bytes are damaged or a part is missing or does not fit; FAILED_PRECONDITION if the checkpoint
// belongs to another spec, other content or another path.
absl::StatusOr<Checkpoint> LoadCheckpoint(absl::string_view bytes, const CheckpointOwner& owner,
                                          const Potential& potential);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_CHECKPOINT_H_
