#include "core/path/choose_path.h"

#include "absl/strings/str_cat.h"
#include "core/path/path_kind.h"
#include "core/words.h"

namespace actionmatch {
namespace {

// Whether the rest of the spec leaves room for a kind. Whether it has curves does not matter here: quadrature comes
// first.
bool Fits(const PathTraits& kind, const TrainSpec& spec) {
  if (spec.training.times == TrainingSpec::Times::kGaussLegendre && !kind.allows_quadrature) return false;
  if (kind.needs_growth && !(spec.dynamics.lambda > 0)) return false;
  return !kind.needs_quadratic_cost || spec.dynamics.cost.IsQuadratic();
}

}  // namespace

PathChoice ChoosePath(const TrainSpec& spec, const Snapshots& train) {
  if (spec.path.kind != PathSpec::Kind::kAuto) return {spec.path.kind, "as the spec asks"};
  PathChoice choice{};
  std::string reason;
  for (const PathKind& row : PathKinds()) {
    if (row.choose == nullptr || !Fits(TraitsOf(row.kind), spec)) continue;
    const Verdict verdict = row.choose(spec, train);
    if (!verdict.reason.empty()) reason = verdict.reason;
    choice = {row.kind, absl::StrCat(WordOf(row.kind), ": ", reason)};
    if (verdict.applies) break;
  }
  return choice;
}

}  // namespace actionmatch
