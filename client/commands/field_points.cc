#include "client/commands/field_points.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/files/csv.h"
#include "client/files/file_bytes.h"
#include "client/files/formats.h"
#include "client/requests/remote_fields.h"
#include "client/requests/row_pieces.h"
#include "client/tensor_values.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

using Service = v1::FieldService::Stub;

constexpr int64_t kRequestBytes = 2 << 20;

void Append(const v1::Tensor& tensor, const std::vector<std::string>& names, std::vector<NamedColumn>* columns) {
  if (tensor.shape_size() == 0) return;
  const std::vector<double> values = Values(tensor);
  for (size_t i = 0; i < names.size(); ++i) {
    auto it = std::find_if(columns->begin(), columns->end(),
                           [&](const NamedColumn& column) { return column.name == names[i]; });
    if (it == columns->end()) it = columns->insert(columns->end(), NamedColumn{names[i], {}});
    for (size_t at = i; at < values.size(); at += names.size()) it->values.push_back(values[at]);
  }
}

// Appends the answer's quantities as columns, whose names begin with `prefix`.
void AppendEvaluation(const v1::EvaluateResponse& answer, const std::vector<std::string>& velocity_names,
                      const std::string& prefix, std::vector<NamedColumn>* columns) {
  std::vector<std::string> names;
  names.reserve(velocity_names.size());
  for (const std::string& name : velocity_names) names.push_back(prefix + name);
  Append(answer.value(), {prefix + "value"}, columns);
  Append(answer.velocity(), names, columns);
  Append(answer.time_derivative(), {prefix + "time_derivative"}, columns);
  Append(answer.growth(), {prefix + "growth"}, columns);
  Append(answer.divergence(), {prefix + "divergence"}, columns);
}

// Checks that --out has the ending of a format that can hold columns, unless it is a device or a pipe.
absl::Status CheckOut(const Arguments& arguments) {
  const std::string out = arguments.Get("--out");
  const std::vector<const FileFormat*> formats = FormatsWith(&FileFormat::write_columns);
  if (!arguments.Has("--out") || FormatOf(out, formats) != nullptr || absl::StartsWith(out, "/dev/")) {
    return absl::OkStatus();
  }
  return Misuse(absl::StrCat("--out must end in ", EndingsText(formats), ", is \"", out, "\""));
}

// Writes the columns to --out; to a device or to standard output as CSV.
absl::Status WriteAnswer(const Arguments& arguments, const std::vector<NamedColumn>& columns) {
  const std::string out = arguments.Get("--out");
  const auto write = FunctionFor(out, &FileFormat::write_columns);
  if (write.ok()) return (*write)(out, columns);
  if (arguments.Has("--out")) return WriteFile(out, CsvText(columns));
  std::cout << CsvText(columns) << std::flush;
  return absl::OkStatus();
}

absl::StatusOr<PointTable> PointsOf(const v1::Field& field, const Arguments& arguments) {
  const absl::StatusOr<std::vector<std::string>> keys = arguments.Names("--points-key");
  if (!keys.ok()) return keys.status();
  return ReadPointsFor(field, arguments.Get("--points"), *keys);
}

// Asks about the points in pieces: the answer for a row does not depend on other rows.
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

}  // namespace

absl::Status EvaluateAtPoints(const Session& session, const Arguments& arguments) {
  const absl::StatusOr<std::optional<double>> time = arguments.Number("--time");
  if (!time.ok()) return time.status();
  const absl::StatusOr<std::vector<v1::Quantity>> quantities = Quantities(arguments);
  if (!quantities.ok()) return quantities.status();
  if (absl::Status status = CheckOut(arguments); !status.ok()) return status;
  const absl::StatusOr<v1::Field> field = GetField(session.client, ResourceName("fields", arguments.Get("FIELD")));
  if (!field.ok()) return field.status();
  const absl::StatusOr<PointTable> points = PointsOf(*field, arguments);
  if (!points.ok()) return points.status();

  v1::EvaluateRequest request;
  request.set_field(ResourceName("fields", arguments.Get("FIELD")));
  request.set_time(**time);
  request.set_extrapolate(arguments.Has("--extrapolate"));
  for (const v1::Quantity quantity : *quantities) request.add_quantities(quantity);
  request.set_spread(arguments.Has("--spread"));
  const absl::StatusOr<std::optional<int64_t>> member = arguments.Integer("--member", 0, 31);
  if (!member.ok()) return member.status();
  if (member->has_value()) request.set_member(static_cast<int32_t>(**member));
  std::vector<std::string> velocity_names;
  for (const std::string& axis : DistinctNames(AxisNames(*field, *points), {})) velocity_names.push_back("v_" + axis);
  std::vector<NamedColumn> columns;
  const bool json = session.json && !arguments.Has("--out");  // --json does not change files
  const std::function<void(const v1::EvaluateResponse&)> take = [&](const v1::EvaluateResponse& answer) {
    if (json) return PrintJson(answer);
    AppendEvaluation(answer, velocity_names, "", &columns);
    if (answer.has_spread()) AppendEvaluation(answer.spread(), velocity_names, "spread_", &columns);
  };
  absl::Status status = Ask(session.client, &Service::Evaluate, request, *points, take);
  return json || !status.ok() ? status : WriteAnswer(arguments, columns);
}

absl::Status FollowDensity(const Session& session, const Arguments& arguments) {
  if (absl::Status status = CheckOut(arguments); !status.ok()) return status;
  v1::EvaluateDensityRequest request;
  request.set_field(ResourceName("fields", arguments.Get("FIELD")));
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
  std::vector<NamedColumn> columns;
  const bool json = session.json && !arguments.Has("--out");
  const std::function<void(const v1::EvaluateDensityResponse&)> take = [&](const v1::EvaluateDensityResponse& answer) {
    if (json) return PrintJson(answer);
    Append(answer.origins(), origin_names, &columns);
    Append(answer.log_density_change(), {"log_density_change"}, &columns);
    Append(answer.log_density(), {"log_density"}, &columns);
  };
  absl::Status status = Ask(session.client, &Service::EvaluateDensity, request, *points, take);
  return json || !status.ok() ? status : WriteAnswer(arguments, columns);
}

}  // namespace actionmatch
