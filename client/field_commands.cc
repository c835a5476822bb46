// actionmatch field ...

#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/array_file.h"
#include "client/commands.h"
#include "client/csv.h"
#include "client/output.h"
#include "client/point_files.h"
#include "client/tensor_values.h"

namespace actionmatch {
namespace {

using Service = v1::FieldService::Stub;

constexpr int64_t kRequestBytes = 2 << 20;

std::string NameOf(const Arguments& arguments) { return ResourceName("fields", arguments.Get("FIELD")); }

void PrintField(const v1::Field& field) {
  const std::string path = v1::PathSpec::Kind_Name(field.resolved().path());
  Say(absl::StrCat(field.name(), ": ", field.dimension(), " components, times ", field.start_time(), " to ",
                   field.end_time(), (field.time_unit().empty() ? "" : " "), field.time_unit(), ", from ",
                   field.dataset(), " up to batch ", field.last_batch(), ", weights of step ", field.selected_step(),
                   ", path ", absl::AsciiStrToLower(path.substr(path.find('_') + 1)), ", ", field.file_bytes(),
                   " bytes\nfile ", field.file_hash()));
}

absl::StatusOr<v1::Field> GetField(Client& client, const std::string& name) {
  v1::GetFieldRequest request;
  request.set_name(name);
  return client.Call(client.fields(), &Service::GetField, request);
}

absl::Status List(const Session& session, const Arguments&) {
  TextTable table = {{"name", "components", "from", "to", "dataset", "made"}};
  v1::ListFieldsRequest request;
  do {
    const auto page = session.client.Call(session.client.fields(), &Service::ListFields, request);
    if (!page.ok()) return page.status();
    for (const v1::Field& field : page->fields()) {
      if (session.json) PrintJson(field);
      table.push_back({ShortName(field.name()), absl::StrCat(field.dimension()), ShortNumber(field.start_time()),
                       ShortNumber(field.end_time()), ShortName(field.dataset()), TimeText(field.create_time())});
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

// One column of numbers of the answer.
struct Column {
  std::string name;
  std::vector<double> values;
};

void Append(const v1::Tensor& tensor, const std::vector<std::string>& names, std::vector<Column>* columns) {
  if (tensor.shape_size() == 0) return;
  const std::vector<double> values = Values(tensor);
  for (size_t i = 0; i < names.size(); ++i) {
    auto it =
        std::find_if(columns->begin(), columns->end(), [&](const Column& column) { return column.name == names[i]; });
    if (it == columns->end()) it = columns->insert(columns->end(), Column{names[i], {}});
    for (size_t at = i; at < values.size(); at += names.size()) it->values.push_back(values[at]);
  }
}

absl::StatusOr<std::vector<v1::Quantity>> Quantities(const Arguments& arguments) {
  std::vector<v1::Quantity> quantities;
  if (!arguments.Has("--quantities")) return quantities;
  for (const absl::string_view name : absl::StrSplit(arguments.Get("--quantities"), ',')) {
    v1::Quantity quantity;
    if (!v1::Quantity_Parse(absl::StrCat("QUANTITY_", absl::AsciiStrToUpper(name)), &quantity)) {
      return Misuse(
          absl::StrCat("--quantities: \"", name, "\" is none of value, velocity, time_derivative, growth, divergence"));
    }
    quantities.push_back(quantity);
  }
  return quantities;
}

absl::Status Evaluate(const Session& session, const Arguments& arguments) {
  const absl::StatusOr<std::optional<double>> time = arguments.Number("--time");
  if (!time.ok()) return time.status();
  const absl::StatusOr<std::vector<v1::Quantity>> quantities = Quantities(arguments);
  if (!quantities.ok()) return quantities.status();
  std::vector<std::string> keys;
  if (arguments.Has("--points-key")) keys = absl::StrSplit(arguments.Get("--points-key"), ',');
  const absl::StatusOr<PointTable> points = ReadPoints(arguments.Get("--points"), keys);
  if (!points.ok()) return points.status();

  v1::EvaluateRequest request;
  request.set_field(NameOf(arguments));
  request.set_time(**time);
  request.set_extrapolate(arguments.Has("--extrapolate"));
  for (const v1::Quantity quantity : *quantities) request.add_quantities(quantity);
  std::vector<std::string> velocity_names;
  for (const std::string& axis : AxisNames(points->names, points->dimension)) velocity_names.push_back("v_" + axis);
  std::vector<Column> columns;
  const bool json = session.json && !arguments.Has("--out");  // a file is always CSV
  // In pieces below the server's limit on a message; a row's answer does not depend on the others.
  const int64_t rows_at_once = std::max<int64_t>(1, kRequestBytes / (points->dimension * 8));
  for (int64_t row = 0; row < points->count(); row += rows_at_once) {
    const int64_t rows = std::min(rows_at_once, points->count() - row);
    *request.mutable_points() =
        MakeTensor(absl::MakeConstSpan(points->values).subspan(row * points->dimension, rows * points->dimension),
                   {rows, points->dimension}, points->single);
    const auto answer = session.client.Call(session.client.fields(), &Service::Evaluate, request);
    if (!answer.ok()) return answer.status();
    if (json) {
      PrintJson(*answer);
      continue;
    }
    Append(answer->value(), {"value"}, &columns);
    Append(answer->velocity(), velocity_names, &columns);
    Append(answer->time_derivative(), {"time_derivative"}, &columns);
    Append(answer->growth(), {"growth"}, &columns);
    Append(answer->divergence(), {"divergence"}, &columns);
  }
  if (json) return absl::OkStatus();
  std::vector<std::string> cells;
  cells.reserve(columns.size());
  for (const Column& column : columns) cells.push_back(column.name);
  std::string text = CsvLine(cells);
  for (int64_t row = 0; row < points->count(); ++row) {
    cells.clear();
    for (const Column& column : columns) cells.push_back(NumberToText(column.values[row]));
    text += CsvLine(cells);
  }
  if (arguments.Has("--out")) return WriteFile(arguments.Get("--out"), text);
  std::cout << text << std::flush;
  return absl::OkStatus();
}

std::string Optional(bool has, double value) { return has ? ShortNumber(value) : "-"; }

// One block of the table of scores, with the mean of each column at its end.
void AddScores(const google::protobuf::RepeatedPtrField<v1::SnapshotScore>& scores, TextTable* table) {
  double sums[6] = {};
  for (const v1::SnapshotScore& score : scores) {
    table->push_back({ShortNumber(score.time()), ShortNumber(score.source_time()), absl::StrCat(score.pushed_count()),
                      absl::StrCat(score.observed_count()), ShortNumber(score.w1()),
                      Optional(score.has_copy_w1(), score.copy_w1()), Optional(score.has_floor_w1(), score.floor_w1()),
                      ShortNumber(score.w2()), Optional(score.has_copy_w2(), score.copy_w2()),
                      Optional(score.has_floor_w2(), score.floor_w2())});
    const double values[6] = {score.w1(), score.copy_w1(), score.floor_w1(),
                              score.w2(), score.copy_w2(), score.floor_w2()};
    for (int i = 0; i < 6; ++i) sums[i] += values[i] / scores.size();
  }
  std::vector<std::string> mean = {"mean", "", "", ""};
  for (const double sum : sums) mean.push_back(ShortNumber(sum));
  table->push_back(mean);
}

absl::Status Score(const Session& session, const Arguments& arguments) {
  v1::ScoreFieldRequest request;
  request.set_field(NameOf(arguments));
  request.set_dataset(ResourceName("datasets", arguments.Get("DATASET")));
  const absl::StatusOr<uint64_t> seed = arguments.Seed();
  if (!seed.ok()) return seed.status();
  request.set_seed(*seed);
  if (arguments.Has("--subset")) {
    v1::Subset subset;
    if (!v1::Subset_Parse(absl::StrCat("SUBSET_", absl::AsciiStrToUpper(arguments.Get("--subset"))), &subset)) {
      return Misuse(
          absl::StrCat("--subset must be all, train, validation or test, is \"", arguments.Get("--subset"), "\""));
    }
    request.set_subset(subset);
  }
  const auto scores = session.client.Call(session.client.fields(), &Service::ScoreField, request);
  if (!scores.ok()) return scores.status();
  if (session.json) {
    PrintJson(*scores);
    return absl::OkStatus();
  }
  const std::vector<std::string> header = {"time",    "from",     "pushed", "observed", "W1",
                                           "copy W1", "floor W1", "W2",     "copy W2",  "floor W2"};
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
  static const auto* noun = new Noun{
      "field",
      "learned vector fields",
      {
          {"list", "List the fields.", {}, List},
          {"show", "Show a field and where it came from.", {field}, Show},
          {"evaluate",
           "Print what the field says at given points, as CSV.",
           {field,
            {"--points", "FILE", "points: .csv, .npy or .npz", true},
            {"--points-key", "K", "array of the points, or columns (K1,K2,...)"},
            {"--time", "T", "when, in the dataset's unit", true},
            {"--quantities", "LIST", "of value, velocity, time_derivative, growth, divergence [velocity]"},
            {"--extrapolate", "", "allow times outside those it was trained on"},
            {"--out", "FILE", "write CSV there instead of to standard output"}},
           Evaluate},
          {"score",
           "Measure how far pushed snapshots land from the observed ones.",
           {field,
            {"DATASET", "", "the dataset to score on", true},
            {"--subset", "S", "rows: all, train, validation or test [all]"},
            {"--seed", "N", "seed of the floor's random parts [0]"}},
           Score},
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
