#include "core/score_json.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

using Json = nlohmann::json;

Json ToJson(const SnapshotScore& s) {
  return {{"time", s.time},
          {"source_time", s.source_time},
          {"subset", static_cast<int>(s.subset)},
          {"pushed_count", s.pushed_count},
          {"observed_count", s.observed_count},
          {"w1", s.w1},
          {"w2", s.w2},
          {"mmd2", s.mmd2}};
}

SnapshotScore ScoreFromJson(const Json& json) {
  SnapshotScore s;
  s.time = json.at("time").get<double>();
  s.source_time = json.at("source_time").get<double>();
  s.subset = static_cast<Subset>(json.at("subset").get<int>());
  s.pushed_count = json.at("pushed_count").get<int64_t>();
  s.observed_count = json.at("observed_count").get<int64_t>();
  s.w1 = json.at("w1").get<double>();
  s.w2 = json.at("w2").get<double>();
  s.mmd2 = json.at("mmd2").get<double>();
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
  // nlohmann reports wrong types by exceptions: they end here.
  try {
    for (const Json& score : Json::parse(json)) scores.push_back(ScoreFromJson(score));
  } catch (const Json::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("the scores are not readable: ", e.what()));
  }
  return scores;
}

}  // namespace actionmatch
