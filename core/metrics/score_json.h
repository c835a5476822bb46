// Scores as JSON, for the metadata of stored files. Copy and floor are not kept: no score in training has them.

#ifndef ACTIONMATCH_CORE_METRICS_SCORE_JSON_H_
#define ACTIONMATCH_CORE_METRICS_SCORE_JSON_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/metrics/snapshot_score.h"

namespace actionmatch {

std::string ScoresToJson(const std::vector<SnapshotScore>& scores);
absl::StatusOr<std::vector<SnapshotScore>> ScoresFromJson(const std::string& json);  // INVALID_ARGUMENT

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_METRICS_SCORE_JSON_H_
