#include "client/requests/remote_fields.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/point_files.h"
#include "client/requests/remote_datasets.h"
#include "client/terminal/output.h"
#include "client/terminal/session.h"

namespace actionmatch {
namespace {

using Names = std::vector<std::string>;

Names NamesOf(const google::protobuf::RepeatedPtrField<std::string>& names) { return {names.begin(), names.end()}; }

std::string Components(const Names& names, int64_t dimension) {
  return names.empty() ? absl::StrCat(dimension, dimension == 1 ? " component" : " components")
                       : absl::StrCat("components ", absl::StrJoin(names, ", "));
}

bool SameOrder(const Names& a, const Names& b) { return a.empty() || b.empty() || a == b; }

bool AnyShared(const Names& a, const Names& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

}  // namespace

absl::StatusOr<v1::Field> GetField(Client& client, const std::string& name) {
  v1::GetFieldRequest request;
  request.set_name(name);
  return client.Call(client.fields(), &v1::FieldService::Stub::GetField, request);
}

std::vector<std::string> AxisNames(const v1::Field& field, const PointTable& points) {
  return AxisNames(field.axis_names().empty() ? points.names : NamesOf(field.axis_names()), points.dimension);
}

absl::StatusOr<PointTable> ReadPointsFor(const v1::Field& field, const std::string& path,
                                         const std::vector<std::string>& keys) {
  absl::StatusOr<PointTable> points = ReadPoints(path, keys);
  if (!points.ok()) return points.status();
  const Names names = NamesOf(field.axis_names());
  // Also known: the other form in which `dataset get` writes some names.
  const bool known = SameOrder(points->names, names) || points->names == ColumnNames(names, field.dimension());
  const bool chosen = !keys.empty() && !AnyShared(points->names, names);
  if (points->dimension == field.dimension() && (known || chosen)) {
    if (!field.transform().scale().empty()) {
      Say(absl::StrCat(path, " is taken as divided by the transform of ", field.name(),
                       "; divide others by its scale (`actionmatch --json field show ", ShortName(field.name()), "`)"));
    }
    return points;
  }
  const std::string remedy =
      points->names.empty() ? "points need the field's components in its order"
      : names.empty()
          ? "choose its columns with --points-key, as in a,b"
          : absl::StrCat("choose its columns in that order with --points-key, as in ", absl::StrJoin(names, ","));
  return absl::InvalidArgumentError(absl::StrCat(path, " has ", Components(points->names, points->dimension), ", but ",
                                                 field.name(), " has ", Components(names, field.dimension()), ": ",
                                                 remedy));
}

absl::Status CheckComponents(const v1::Field& field, const v1::Dataset& dataset) {
  const Names names = NamesOf(field.axis_names());
  const Names other = NamesOf(dataset.axis_names());
  if (SameOrder(names, other)) return absl::OkStatus();
  const bool turned = std::is_permutation(names.begin(), names.end(), other.begin(), other.end());
  return absl::FailedPreconditionError(
      absl::StrCat(dataset.name(), " has components ", absl::StrJoin(other, ", "), ", but ", field.name(), " has ",
                   absl::StrJoin(names, ", "), turned ? ", the same in another order" : "",
                   ": put its rows as another dataset, with --points-key ", absl::StrJoin(names, ",")));
}

absl::Status CheckComponents(Client& client, const v1::Field& field, const std::string& dataset) {
  const absl::StatusOr<v1::Dataset> found = GetDataset(client, dataset);
  return found.ok() ? CheckComponents(field, *found) : found.status();
}

}  // namespace actionmatch
