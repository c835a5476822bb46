// Provenance: where a field came from.

#ifndef ACTIONMATCH_CORE_FIELD_PROVENANCE_H_
#define ACTIONMATCH_CORE_FIELD_PROVENANCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics/snapshot_score.h"
#include "core/spec/spec.h"

namespace actionmatch {

// Provenance is part of a field's file, and so of its hash. It holds no clock times and no names of jobs.
struct Provenance {
  TrainSpec spec;  // resolved
  PathSpec::Kind path = PathSpec::Kind::kOt;
  std::string path_reason;
  TrainingSpec::Form form = TrainingSpec::Form::kConditional;
  std::string dataset;  // name
  std::string dataset_uid;
  int64_t last_batch = 0;
  std::string content_hash;
  std::vector<std::string> axis_names;
  std::string time_unit;
  // [D]: the numbers that raw components were divided by before; empty if by none, not set if unknown.
  std::optional<std::vector<double>> transform;
  std::vector<double> snapshot_times;   // of the snapshots trained on
  std::vector<double> snapshot_masses;  // relative to the first
  // The path's own masses at the snapshots and, for uot, at times between them (Path::masses); log-linear between these
  // times.
  std::vector<double> mass_times;       // data units
  std::vector<double> masses;           // relative to the first
  std::vector<int64_t> selected_steps;  // for each member
  std::vector<SnapshotScore> scores;    // held-out distances of the served parameters
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_PROVENANCE_H_
