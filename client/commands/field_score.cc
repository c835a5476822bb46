#include "client/commands/field_score.h"

#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/number_text.h"
#include "client/requests/remote_fields.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

using Service = v1::FieldService::Stub;

std::string Optional(bool has, double value) { return has ? ShortNumber(value) : "-"; }

// Adds one block of scores to the table, with the mean of each column at its end.
void AddScores(const google::protobuf::RepeatedPtrField<v1::SnapshotScore>& scores, TextTable* table) {
  double sums[6] = {};
  for (const v1::SnapshotScore& score : scores) {
    const auto with_deviation = [&](double mean, double deviation) {
      return score.members() > 1 ? absl::StrCat(ShortNumber(mean), " +-", ShortNumber(deviation)) : ShortNumber(mean);
    };
    table->push_back({ExactNumber(score.time()), ExactNumber(score.source_time()), absl::StrCat(score.pushed_count()),
                      absl::StrCat(score.observed_count()), with_deviation(score.w1(), score.w1_deviation()),
                      Optional(score.has_copy_w1(), score.copy_w1()), Optional(score.has_floor_w1(), score.floor_w1()),
                      with_deviation(score.w2(), score.w2_deviation()), Optional(score.has_copy_w2(), score.copy_w2()),
                      Optional(score.has_floor_w2(), score.floor_w2()), ShortNumber(score.mass()),
                      Optional(score.has_observed_mass(), score.observed_mass())});
    const double values[6] = {score.w1(), score.copy_w1(), score.floor_w1(),
                              score.w2(), score.copy_w2(), score.floor_w2()};
    for (int i = 0; i < 6; ++i) sums[i] += values[i] / scores.size();
  }
  std::vector<std::string> mean = {"mean", "", "", ""};
  for (const double sum : sums) mean.push_back(ShortNumber(sum));
  table->push_back(mean);
}

// A text about the settings that all scores of one answer have in common.
std::string About(const v1::SnapshotScore& score) {
  const std::string subset = v1::Subset_Name(score.subset()).substr(sizeof("SUBSET_") - 1);
  return absl::StrCat("subset ", subset, " (split by seed ", score.split_seed(), "), ", score.members(),
                      (score.members() == 1 ? " member of seed " : " members of seeds "),
                      absl::StrJoin(score.member_seeds(), ", "), ", floor of seed ", score.floor_seed());
}

}  // namespace

absl::Status ScoreField(const Session& session, const Arguments& arguments) {
  v1::ScoreFieldRequest request;
  request.set_field(ResourceName("fields", arguments.Get("FIELD")));
  request.set_dataset(ResourceName("datasets", arguments.Get("DATASET")));
  const absl::StatusOr<uint64_t> seed = arguments.Seed();
  if (!seed.ok()) return seed.status();
  request.set_seed(*seed);
  const absl::StatusOr<std::optional<int64_t>> member = arguments.Integer("--member", 0, 31);
  if (!member.ok()) return member.status();
  if (member->has_value()) request.set_member(static_cast<int32_t>(**member));
  if (arguments.Has("--subset")) {
    v1::Subset subset;
    if (!v1::Subset_Parse(absl::StrCat("SUBSET_", absl::AsciiStrToUpper(arguments.Get("--subset"))), &subset)) {
      return Misuse(
          absl::StrCat("--subset must be all, train, validation or test, is \"", arguments.Get("--subset"), "\""));
    }
    request.set_subset(subset);
  }
  const absl::StatusOr<v1::Field> field = GetField(session.client, request.field());
  if (!field.ok()) return field.status();
  if (absl::Status status = CheckComponents(session.client, *field, request.dataset()); !status.ok()) return status;
  const auto scores = session.client.Call(session.client.fields(), &Service::ScoreField, request);
  if (!scores.ok()) return scores.status();
  if (session.json) {
    PrintJson(*scores);
    return absl::OkStatus();
  }
  Say(About(scores->from_previous(0)));
  const bool sliced = scores->from_previous(0).distance() == v1::DISTANCE_SLICED;
  std::vector<std::string> header = {"time", "from", "pushed", "observed"};
  for (const char* distance : {"W1", "W2"}) {
    for (const char* of : {"", "copy ", "floor "}) {
      header.push_back(absl::StrCat(of, sliced ? "sliced " : "", distance));
    }
  }
  header.insert(header.end(), {"mass", "observed mass"});
  std::cout << "Pushed from the snapshot before:\n";
  TextTable table = {header};
  AddScores(scores->from_previous(), &table);
  PrintTable(table);
  std::cout << "\nPushed from the first snapshot:\n";
  table = {header};
  AddScores(scores->from_first(), &table);
  PrintTable(table);
  Say(absl::StrCat(
      "copy: the snapshot before, unmoved. floor: two parts of one snapshot of these sizes, or scaled down "
      "to fit.",
      (scores->seen_in_training() ? "\nThe field was trained on rows among these: part of a low distance is memory."
                                  : "")));
  return absl::OkStatus();
}

}  // namespace actionmatch
