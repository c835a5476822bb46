// actionmatch field ...

#include <functional>
#include <iostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/commands.h"
#include "client/commands/field_points.h"
#include "client/commands/field_score.h"
#include "client/files/file_bytes.h"
#include "client/files/formats.h"
#include "client/files/number_text.h"
#include "client/requests/remote_datasets.h"
#include "client/requests/remote_fields.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

using Service = v1::FieldService::Stub;

std::string NameOf(const Arguments& arguments) { return ResourceName("fields", arguments.Get("FIELD")); }

void PrintField(const v1::Field& field) {
  const std::string path = v1::PathSpec::Kind_Name(field.resolved().path());
  PrintFacts({{"name", field.name()},
              {"components", absl::StrCat(field.dimension())},
              {"transform", TransformText(field.transform())},
              {"times", absl::StrCat(ExactNumber(field.start_time()), " to ", ExactNumber(field.end_time()),
                                     (field.time_unit().empty() ? "" : " "), field.time_unit())},
              {"dataset", absl::StrCat(field.dataset(), " up to batch ", field.last_batch())},
              {"path", absl::AsciiStrToLower(path.substr(path.find('_') + 1))},
              {"weights", absl::StrCat("of step ", absl::StrJoin(field.selected_steps(), ", "))},
              {"made", TimeText(field.create_time())},
              {"bytes", absl::StrCat(field.file_bytes())},
              {"file", field.file_hash()}});
}

absl::Status List(const Session& session, const Arguments&) {
  TextTable table = {{"name", "components", "from", "to", "dataset", "made"}};
  v1::ListFieldsRequest request;
  do {
    const auto page = session.client.Call(session.client.fields(), &Service::ListFields, request);
    if (!page.ok()) return page.status();
    for (const v1::Field& field : page->fields()) {
      if (session.json) PrintJson(field);
      table.push_back({ShortName(field.name()), absl::StrCat(field.dimension()), ExactNumber(field.start_time()),
                       ExactNumber(field.end_time()), ShortName(field.dataset()), TimeText(field.create_time())});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!session.json) PrintTable(table);
  return absl::OkStatus();
}

absl::Status Show(const Session& session, const Arguments& arguments) {
  absl::StatusOr<v1::Field> field = GetField(session.client, NameOf(arguments));
  if (!field.ok()) return field.status();
  session.json ? PrintJson(*field) : PrintField(*field);
  return absl::OkStatus();
}

absl::Status Export(const Session& session, const Arguments& arguments) {
  v1::ExportFieldRequest request;
  request.set_name(NameOf(arguments));
  std::string bytes;
  const std::function<absl::Status(const v1::ExportFieldResponse&)> take =
      [&](const v1::ExportFieldResponse& response) {
        bytes += response.chunk();
        return absl::OkStatus();
      };
  absl::Status status = session.client.Stream(session.client.fields(), &Service::ExportField, request, take);
  return status.ok() ? WriteFile(arguments.Get("--out"), bytes) : status;
}

absl::Status Import(const Session& session, const Arguments& arguments) {
  const std::string path = arguments.Get("FILE");
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  std::string name = arguments.Get("--field");
  if (name.empty()) {
    name = ShortName(path);
    name = name.substr(0, name.find('.'));
  }
  absl::StatusOr<v1::Field> field = session.client.Import(ResourceName("fields", name), *bytes);
  if (!field.ok()) return field.status();
  session.json ? PrintJson(*field) : PrintField(*field);
  return absl::OkStatus();
}

absl::Status Delete(const Session& session, const Arguments& arguments) {
  v1::DeleteFieldRequest request;
  request.set_name(NameOf(arguments));
  return session.client.Call(session.client.fields(), &Service::DeleteField, request).status();
}

}  // namespace

const Noun& FieldCommands() {
  static const Parameter field = {"FIELD", "", "the field", true};
  const std::string readable = EndingsText(FormatsWith(&FileFormat::read_points));
  const Parameter points = {"--points", "FILE", absl::StrCat("points: ", readable), true};
  const Parameter points_key = {"--points-key", "K", "array of the points, or columns (K1,K2,...)"};
  const std::string writable = EndingsText(FormatsWith(&FileFormat::write_columns));
  const Parameter out = {
      "--out", "FILE", absl::StrCat("write to that file, which ends in ", writable, ", instead of to standard output")};
  static const auto* noun = new Noun{
      "field",
      "learned vector fields",
      {
          {"list", "List the fields.", {}, List},
          {"show", "Show a field and where it came from.", {field}, Show},
          {"evaluate",
           "Print what the field says at given points, as CSV.",
           {field,
            points,
            points_key,
            {"--time", "T", "when, in the dataset's unit", true},
            {"--quantities", "LIST", "of value, velocity, time_derivative, growth, divergence [velocity]"},
            {"--spread", "", "also print the standard deviation over an ensemble's members"},
            {"--member", "M", "ask this member of an ensemble, from 0 [the mean of all]"},
            {"--extrapolate", "", "allow times outside those it was trained on"},
            out},
           EvaluateAtPoints},
          {"density",
           "Print where points came from and how the density changed on the way, as CSV.",
           {field,
            points,
            points_key,
            {"--time", "T", "when the points are there", true},
            {"--start-time", "T", "where to follow them to [the field's first time]"},
            {"--gaussian", "DATASET",
             "print the density itself: at the start it is the Gaussian of this dataset's points"},
            {"--probes", "N", "random directions that estimate the divergence [0: exact]"},
            {"--seed", "N", "seed of those directions [0]"},
            {"--extrapolate", "", "allow times outside those it was trained on"},
            out},
           FollowDensity},
          {"score",
           "Measure how far pushed snapshots land from the observed ones.",
           {field,
            {"DATASET", "", "the dataset to score on", true},
            {"--subset", "S", "rows: all, train, validation or test [all]"},
            {"--member", "M", "score this member of an ensemble alone, from 0 [mean and deviation over all]"},
            {"--seed", "N", "seed of the floor's random parts [0]"}},
           ScoreField},
          {"export", "Write a field as one file.", {field, {"--out", "FILE", "the file", true}}, Export},
          {"import",
           "Bring an exported field in.",
           {{"FILE", "", "the file", true}, {"--field", "NAME", "name to give it [the file's, up to its first dot]"}},
           Import},
          {"delete", "Delete a field.", {field}, Delete},
      }};
  return *noun;
}

}  // namespace actionmatch
