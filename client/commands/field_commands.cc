// actionmatch field ...

#include <algorithm>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/commands/commands.h"
#include "client/files/csv.h"
#include "client/files/file_bytes.h"
#include "client/files/point_files.h"
#include "client/requests/remote_datasets.h"
#include "client/requests/remote_fields.h"
#include "client/requests/row_pieces.h"
#include "client/tensor_values.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

using Service = v1::FieldService::Stub;

constexpr int64_t kRequestBytes = 2 << 20;

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

// One column for each quantity, its name behind `prefix`.
void AppendEvaluation(const v1::EvaluateResponse& answer, const std::vector<std::string>& velocity_names,
                      const std::string& prefix, std::vector<Column>* columns) {
  std::vector<std::string> names;
  names.reserve(velocity_names.size());
  for (const std::string& name : velocity_names) names.push_back(prefix + name);
  Append(answer.value(), {prefix + "value"}, columns);
  Append(answer.velocity(), names, columns);
  Append(answer.time_derivative(), {prefix + "time_derivative"}, columns);
  Append(answer.growth(), {prefix + "growth"}, columns);
  Append(answer.divergence(), {prefix + "divergence"}, columns);
}

// --out is CSV, and called so, unless it is a device or a pipe.
absl::Status CheckOut(const Arguments& arguments) {
  const std::string out = arguments.Get("--out");
  if (!arguments.Has("--out") || absl::EndsWithIgnoreCase(out, ".csv") || absl::StartsWith(out, "/dev/")) {
    return absl::OkStatus();
  }
  return Misuse(absl::StrCat("--out must end in .csv, is \"", out, "\""));
}

// Columns as CSV, to --out or to standard output.
absl::Status WriteColumns(const Arguments& arguments, const std::vector<Column>& columns) {
  std::vector<std::string> cells;
  cells.reserve(columns.size());
  for (const Column& column : columns) cells.push_back(column.name);
  std::string text = CsvLine(cells);
  for (size_t row = 0; row < columns.front().values.size(); ++row) {
    cells.clear();
    for (const Column& column : columns) cells.push_back(NumberToText(column.values[row]));
    text += CsvLine(cells);
  }
  if (arguments.Has("--out")) return WriteFile(arguments.Get("--out"), text);
  std::cout << text << std::flush;
  return absl::OkStatus();
}

absl::StatusOr<PointTable> PointsOf(const v1::Field& field, const Arguments& arguments) {
  const absl::StatusOr<std::vector<std::string>> keys = arguments.Names("--points-key");
  if (!keys.ok()) return keys.status();
  return ReadPointsFor(field, arguments.Get("--points"), *keys);
}

// Asks about the points in pieces: a row's answer does not depend on the others.
template <typename Request, typename Response>
absl::Status Ask(Client& client, grpc::Status (Service::*method)(grpc::ClientContext*, const Request&, Response*),
                 Request request, const PointTable& points, const std::function<void(const Response&)>& take) {
  const int64_t rows_at_once = std::max<int64_t>(1, kRequestBytes / (points.dimension * 8));
  return SendInPieces(points.count(), rows_at_once, [&](int64_t first, int64_t rows) {
    *request.mutable_points() = PieceOf(points, first, rows);
    const absl::StatusOr<Response> answer = client.Call(client.fields(), method, request);
    if (answer.ok()) take(*answer);
    return answer.status();
  });
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
  if (absl::Status status = CheckOut(arguments); !status.ok()) return status;
  const absl::StatusOr<v1::Field> field = GetField(session.client, NameOf(arguments));
  if (!field.ok()) return field.status();
  const absl::StatusOr<PointTable> points = PointsOf(*field, arguments);
  if (!points.ok()) return points.status();

  v1::EvaluateRequest request;
  request.set_field(NameOf(arguments));
  request.set_time(**time);
  request.set_extrapolate(arguments.Has("--extrapolate"));
  for (const v1::Quantity quantity : *quantities) request.add_quantities(quantity);
  request.set_spread(arguments.Has("--spread"));
  const absl::StatusOr<std::optional<int64_t>> member = arguments.Integer("--member", 0, 31);
  if (!member.ok()) return member.status();
  if (member->has_value()) request.set_member(static_cast<int32_t>(**member));
  std::vector<std::string> velocity_names;
  for (const std::string& axis : DistinctNames(AxisNames(*field, *points), {})) velocity_names.push_back("v_" + axis);
  std::vector<Column> columns;
  const bool json = session.json && !arguments.Has("--out");  // a file is always CSV
  const std::function<void(const v1::EvaluateResponse&)> take = [&](const v1::EvaluateResponse& answer) {
    if (json) return PrintJson(answer);
    AppendEvaluation(answer, velocity_names, "", &columns);
    if (answer.has_spread()) AppendEvaluation(answer.spread(), velocity_names, "spread_", &columns);
  };
  absl::Status status = Ask(session.client, &Service::Evaluate, request, *points, take);
  return json || !status.ok() ? status : WriteColumns(arguments, columns);
}

absl::Status Density(const Session& session, const Arguments& arguments) {
  if (absl::Status status = CheckOut(arguments); !status.ok()) return status;
  v1::EvaluateDensityRequest request;
  request.set_field(NameOf(arguments));
  const absl::StatusOr<std::optional<double>> time = arguments.Number("--time");
  if (!time.ok()) return time.status();
  request.set_time(**time);
  const absl::StatusOr<std::optional<double>> start = arguments.Number("--start-time");
  if (!start.ok()) return start.status();
  if (start->has_value()) request.set_start_time(**start);
  const absl::StatusOr<std::optional<int64_t>> probes = arguments.Integer("--probes", 0, 256);
  if (!probes.ok()) return probes.status();
  request.set_probes(static_cast<int32_t>(probes->value_or(0)));
  const absl::StatusOr<uint64_t> seed = arguments.Seed();
  if (!seed.ok()) return seed.status();
  request.set_seed(*seed);
  request.set_extrapolate(arguments.Has("--extrapolate"));
  const absl::StatusOr<v1::Field> field = GetField(session.client, request.field());
  if (!field.ok()) return field.status();
  if (arguments.Has("--gaussian")) {
    const std::string dataset = ResourceName("datasets", arguments.Get("--gaussian"));
    if (absl::Status status = CheckComponents(session.client, *field, dataset); !status.ok()) return status;
    request.set_gaussian_of_dataset(dataset);
  }
  const absl::StatusOr<PointTable> points = PointsOf(*field, arguments);
  if (!points.ok()) return points.status();
  std::vector<std::string> origin_names;
  for (const std::string& axis : DistinctNames(AxisNames(*field, *points), {}))
    origin_names.push_back("origin_" + axis);
  std::vector<Column> columns;
  const bool json = session.json && !arguments.Has("--out");
  const std::function<void(const v1::EvaluateDensityResponse&)> take = [&](const v1::EvaluateDensityResponse& answer) {
    if (json) return PrintJson(answer);
    Append(answer.origins(), origin_names, &columns);
    Append(answer.log_density_change(), {"log_density_change"}, &columns);
    Append(answer.log_density(), {"log_density"}, &columns);
  };
  absl::Status status = Ask(session.client, &Service::EvaluateDensity, request, *points, take);
  return json || !status.ok() ? status : WriteColumns(arguments, columns);
}

std::string Optional(bool has, double value) { return has ? ShortNumber(value) : "-"; }

// One block of the table of scores, with the mean of each column at its end.
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

// What the scores of one answer have in common.
std::string About(const v1::SnapshotScore& score) {
  const std::string subset = v1::Subset_Name(score.subset()).substr(sizeof("SUBSET_") - 1);
  return absl::StrCat("subset ", subset, " (split by seed ", score.split_seed(), "), ", score.members(),
                      (score.members() == 1 ? " member of seed " : " members of seeds "),
                      absl::StrJoin(score.member_seeds(), ", "), ", floor of seed ", score.floor_seed());
}

absl::Status Score(const Session& session, const Arguments& arguments) {
  v1::ScoreFieldRequest request;
  request.set_field(NameOf(arguments));
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
            {"--spread", "", "also print the standard deviation over an ensemble's members"},
            {"--member", "M", "ask this member of an ensemble, from 0 [the mean of all]"},
            {"--extrapolate", "", "allow times outside those it was trained on"},
            {"--out", "FILE", "write CSV there instead of to standard output"}},
           Evaluate},
          {"density",
           "Print where points came from and how the density changed on the way, as CSV.",
           {field,
            {"--points", "FILE", "points: .csv, .npy or .npz", true},
            {"--points-key", "K", "array of the points, or columns (K1,K2,...)"},
            {"--time", "T", "when the points are there", true},
            {"--start-time", "T", "where to follow them to [the field's first time]"},
            {"--gaussian", "DATASET",
             "print the density itself: at the start it is the Gaussian of this dataset's points"},
            {"--probes", "N", "random directions that estimate the divergence [0: exact]"},
            {"--seed", "N", "seed of those directions [0]"},
            {"--extrapolate", "", "allow times outside those it was trained on"},
            {"--out", "FILE", "write CSV there instead of to standard output"}},
           Density},
          {"score",
           "Measure how far pushed snapshots land from the observed ones.",
           {field,
            {"DATASET", "", "the dataset to score on", true},
            {"--subset", "S", "rows: all, train, validation or test [all]"},
            {"--member", "M", "score this member of an ensemble alone, from 0 [mean and deviation over all]"},
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
