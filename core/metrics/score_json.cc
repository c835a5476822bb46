#include "core/metrics/score_json.h"

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/words.h"

namespace actionmatch {
namespace {

using Json = nlohmann::json;

// JSON has no infinity: null stands for it.
Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
double FromNumber(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::infinity() : json.get<double>();
}

Json ToJson(const SnapshotScore& s) {
  return {{"time", s.time},
          {"source_time", s.source_time},
          {"subset", std::string(WordOf(s.subset))},
          {"pushed_count", s.pushed_count},
          {"observed_count", s.observed_count},
          {"pushed_present", s.pushed_present},
          {"observed_present", s.observed_present},
          {"distance", std::string(WordOf(s.distance))},
          {"split_seed", s.split_seed},
          {"member_seeds", s.member_seeds},
          {"w1", Number(s.w1)},
          {"w2", Number(s.w2)},
          {"w1_error_bound", s.w1_error_bound},
          {"w2_error_bound", s.w2_error_bound},
          {"mmd2", Number(s.mmd2)},
          {"members", s.members},
          {"w1_deviation", Number(s.w1_deviation)},
          {"w2_deviation", Number(s.w2_deviation)},
          {"mass", Number(s.mass)},
          {"observed_mass", s.observed_mass.has_value() ? Json(*s.observed_mass) : Json()},
          {"effective_sample_size", s.effective_sample_size}};
}

// The words that the numbers of format 1 stood for. Files from before scores named their distance have none: it was
// exact.
constexpr std::array<absl::string_view, 4> kSubsetNumbers = {"all", "train", "validation", "test"};
constexpr std::array<absl::string_view, 3> kDistanceNumbers = {"", "exact", "sliced"};

absl::StatusOr<SnapshotScore> ScoreFromJson(const Json& json) {
  SnapshotScore s;
  const auto subset = FromStored<Subset>(json.at("subset"), kSubsetNumbers);
  const auto distance = FromStored<Distance>(json.value("distance", Json("exact")), kDistanceNumbers);
  if (!subset.has_value() || !distance.has_value()) {
    return absl::InvalidArgumentError("the scores name an unknown subset or distance");
  }
  s.subset = *subset;
  s.distance = *distance;
  s.time = json.at("time").get<double>();
  s.source_time = json.at("source_time").get<double>();
  s.pushed_count = json.at("pushed_count").get<int64_t>();
  s.observed_count = json.at("observed_count").get<int64_t>();
  // Files from before scores had these members have none of them.
  s.pushed_present = json.value("pushed_present", s.pushed_count);
  s.observed_present = json.value("observed_present", s.observed_count);
  s.split_seed = json.value("split_seed", uint64_t{0});
  s.member_seeds = json.value("member_seeds", std::vector<uint64_t>());
  s.w1 = FromNumber(json.at("w1"));
  s.w2 = FromNumber(json.at("w2"));
  s.w1_error_bound = json.value("w1_error_bound", 0.0);
  s.w2_error_bound = json.value("w2_error_bound", 0.0);
  s.mmd2 = FromNumber(json.at("mmd2"));
  s.members = json.at("members").get<int>();
  s.w1_deviation = FromNumber(json.at("w1_deviation"));
  s.w2_deviation = FromNumber(json.at("w2_deviation"));
  s.mass = FromNumber(json.at("mass"));
  if (!json.at("observed_mass").is_null()) s.observed_mass = json.at("observed_mass").get<double>();
  s.effective_sample_size = json.at("effective_sample_size").get<double>();
  return s;
}

}  // namespace

std::string ScoresToJson(const std::vector<SnapshotScore>& scores) {
  Json json = Json::array();
  for (const SnapshotScore& score : scores) json.push_back(ToJson(score));
  return json.dump();
}

absl::StatusOr<std::vector<SnapshotScore>> ScoresFromJson(const std::string& json) {
  std::vector<SnapshotScore> scores;
  // nlohmann reports wrong types by exceptions, which end here.
  try {
    for (const Json& entry : Json::parse(json)) {
      absl::StatusOr<SnapshotScore> score = ScoreFromJson(entry);
      if (!score.ok()) return score.status();
      scores.push_back(*std::move(score));
    }
  } catch (const Json::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("the scores are not readable: ", e.what()));
  }
  return scores;
}

}  // namespace actionmatch
