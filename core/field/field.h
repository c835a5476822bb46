// Field: a learned potential with its dynamics and units, and where it came from. A field answers in the data's own
// units:
//   s = alpha S,  velocity = (scale/duration) grad c*(grad_y S),  d_t s = (alpha/duration) dS/dtau,
//   growth = lambda S/duration,  divergence of velocity = div_y grad c*(grad_y S) / duration,
// with alpha = PotentialScale, which is scale^2/duration for the quadratic cost. A field has one or more members, each
// trained from a seed of its own; the field's answer is the members' mean of each quantity.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/field/provenance.h"
#include "core/points.h"
#include "core/snapshots/snapshots.h"
#include "core/spec/spec.h"

namespace actionmatch {

struct FieldParameters;  // field_parameters.h, which needs LibTorch

// Immutable and thread-safe: any number of threads may call all methods at once.
class Field {
 public:
  Field(Standardisation standardisation, double end_time, Provenance provenance,
        std::unique_ptr<const FieldParameters> parameters);
  ~Field();
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  // The one file form of a field (tensor_file.h, kind "field"). Serialize writes the newest format; Parse reads all
  // formats, and is the exact inverse of Serialize. DATA_LOSS or INVALID_ARGUMENT say what is wrong with the bytes; a
  // spec that could not have been trained is wrong too.
  static absl::StatusOr<std::shared_ptr<const Field>> Parse(absl::string_view bytes);
  std::string Serialize() const;

  int64_t dimension() const { return static_cast<int64_t>(standardisation_.mean.size()); }
  double start_time() const { return standardisation_.start_time; }
  double end_time() const { return end_time_; }
  const Standardisation& standardisation() const { return standardisation_; }
  const Dynamics& dynamics() const { return provenance_.spec.dynamics; }
  const Provenance& provenance() const { return provenance_; }
  const FieldParameters& parameters() const { return *parameters_; }
  int members() const;
  static constexpr int kAllMembers = -1;
  // sigma at a time, in data units.
  double Sigma(double t) const { return dynamics().Sigma(standardisation_.Tau(t)); }
  // The population's mass at a time relative to start_time, as the path has it: the given mass at the snapshots trained
  // on, log-linear between them; for uot, E[W_t] of the plan (to the error that Path::masses names). Beyond the ends
  // the mass goes on at the last rate.
  double Mass(double t) const;

  struct Mask {
    bool value = false;
    bool velocity = false;
    bool time_derivative = false;
    bool growth = false;
    bool divergence = false;
  };
  struct Evaluation {                     // the quantities asked for; the others are empty
    std::vector<double> value;            // [N]
    Points velocity;                      // [N, D]
    std::vector<double> time_derivative;  // [N]
    std::vector<double> growth;           // [N]
    std::vector<double> divergence;       // [N]
  };
  struct EvaluateOptions {
    std::function<absl::Status()> before_tile;  // called before each tile of rows; its error, if any, is returned
    int member = kAllMembers;                   // one member's answer, or the mean of all members
    Evaluation* spread = nullptr;               // if set: the standard deviation over members (n - 1), 0 for one member
    int divergence_probes = 0;                  // 0: exact; otherwise Hutchinson's estimate, by row number and seed
    uint64_t seed = 0;
  };
  // Evaluates the field at x [N, D] in data units and t [N] in data time. Works through the rows in tiles of fixed
  // size, so that a row's answer does not depend on the other rows. INVALID_ARGUMENT for a wrong dimension, count or
  // member; OUT_OF_RANGE, naming the point, if an answer is not finite. Times are not checked (see CheckTimes).
  absl::StatusOr<Evaluation> Evaluate(const Points& x, absl::Span<const double> t, const Mask& mask,
                                      const EvaluateOptions& options) const;
  absl::StatusOr<Evaluation> Evaluate(const Points& x, absl::Span<const double> t, const Mask& mask) const {
    return Evaluate(x, t, mask, EvaluateOptions());
  }

  // OUT_OF_RANGE, naming time and range, if a time lies outside [start_time, end_time].
  absl::Status CheckTimes(absl::Span<const double> t) const;

 private:
  const Standardisation standardisation_;
  const double end_time_;
  const Provenance provenance_;
  const std::unique_ptr<const FieldParameters> parameters_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_H_
