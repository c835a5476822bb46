// actionmatch dataset ...

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/commands.h"
#include "client/output.h"
#include "client/point_files.h"
#include "client/settings.h"
#include "client/tensor_values.h"

namespace actionmatch {
namespace {

using Service = v1::DatasetService::Stub;

constexpr int64_t kBatchBytes = 1 << 20;

absl::StatusOr<v1::Dataset> GetDataset(Client& client, const std::string& name) {
  v1::GetDatasetRequest request;
  request.set_name(name);
  return client.Call(client.datasets(), &Service::GetDataset, request);
}

void PrintDataset(const v1::Dataset& dataset) {
  TextTable table = {{"time", "points", "weight"}};
  for (const v1::SnapshotSummary& snapshot : dataset.snapshots()) {
    table.push_back({ShortNumber(snapshot.time()), absl::StrCat(snapshot.count()), ShortNumber(snapshot.weight_sum())});
  }
  Say(absl::StrCat(dataset.name(), ": ", dataset.row_count(), " points of ", dataset.dimension(), " components in ",
                   dataset.last_batch(), " batches, made ", TimeText(dataset.create_time()),
                   (dataset.has_transform() ? ", whitened" : ""), "\ncontent ", dataset.content_hash()));
  PrintTable(table);
}

void Print(const Session& session, const v1::Dataset& dataset) {
  session.json ? PrintJson(dataset) : PrintDataset(dataset);
}

// Keeps the first `components` of each point.
absl::Status Truncate(int64_t components, PointTable* points) {
  if (components > points->dimension) {
    return Misuse(absl::StrCat("--components must be 1 to ", points->dimension, ", the components in the files, is ",
                               components));
  }
  std::vector<double> kept;
  kept.reserve(points->count() * components);
  for (int64_t row = 0; row < points->count(); ++row) {
    const auto begin = points->values.begin() + row * points->dimension;
    kept.insert(kept.end(), begin, begin + components);
  }
  points->values = std::move(kept);
  points->dimension = components;
  if (!points->names.empty()) points->names.resize(components);
  return absl::OkStatus();
}

// Each component's standard deviation over all rows.
absl::StatusOr<std::vector<double>> Spread(const PointTable& points) {
  const int64_t dimension = points.dimension;
  const auto count = static_cast<double>(points.count());
  std::vector<double> mean(dimension, 0.0);
  std::vector<double> spread(dimension, 0.0);
  for (size_t i = 0; i < points.values.size(); ++i) mean[i % dimension] += points.values[i] / count;
  for (size_t i = 0; i < points.values.size(); ++i) {
    const double deviation = points.values[i] - mean[i % dimension];
    spread[i % dimension] += deviation * deviation / count;
  }
  for (int64_t d = 0; d < dimension; ++d) {
    spread[d] = std::sqrt(spread[d]);
    if (!(spread[d] > 0)) {
      return absl::InvalidArgumentError(absl::StrCat("--whiten: component ", AxisNames(points.names, dimension)[d],
                                                     " is the same in all rows: leave it out with --points-key"));
    }
  }
  return spread;
}

// Divides by the transform that --whiten or --like asks for, and keeps it with the dataset.
absl::Status Whiten(const Session& session, const Arguments& arguments, PointTable* points, v1::Dataset* dataset) {
  std::vector<double> scale;
  if (arguments.Has("--like")) {
    absl::StatusOr<v1::Dataset> like = GetDataset(session.client, ResourceName("datasets", arguments.Get("--like")));
    if (!like.ok()) return like.status();
    if (!like->has_transform()) {
      return absl::FailedPreconditionError(
          absl::StrCat(like->name(), " has no transform: --like needs a dataset that was put with --whiten"));
    }
    scale.assign(like->transform().scale().begin(), like->transform().scale().end());
    if (static_cast<int64_t>(scale.size()) != points->dimension) {
      return absl::InvalidArgumentError(absl::StrCat("the files have ", points->dimension, " components, but ",
                                                     like->name(), " has ", scale.size(),
                                                     ": put them with --components ", scale.size()));
    }
  } else if (arguments.Has("--whiten")) {
    absl::StatusOr<std::vector<double>> spread = Spread(*points);
    if (!spread.ok()) return spread.status();
    scale = *std::move(spread);
  } else {
    return absl::OkStatus();
  }
  for (size_t i = 0; i < points->values.size(); ++i) points->values[i] /= scale[i % scale.size()];
  dataset->mutable_transform()->mutable_scale()->Assign(scale.begin(), scale.end());
  return absl::OkStatus();
}

// Makes the dataset, or finds the one that is there already to go on with.
absl::StatusOr<v1::Dataset> MakeOrFind(Client& client, const v1::Dataset& dataset) {
  v1::CreateDatasetRequest request;
  *request.mutable_dataset() = dataset;
  absl::StatusOr<v1::Dataset> made = client.Call(client.datasets(), &Service::CreateDataset, request);
  if (made.ok() || !absl::IsAlreadyExists(made.status())) return made;
  absl::StatusOr<v1::Dataset> found = GetDataset(client, dataset.name());
  if (!found.ok()) return found.status();
  if (found->transform().SerializeAsString() != dataset.transform().SerializeAsString()) {
    return absl::AlreadyExistsError(absl::StrCat(dataset.name(),
                                                 " exists already, with another transform: choose another "
                                                 "name, or delete it first"));
  }
  return found;
}

// Streams rows as numbered batches; the same files make the same batches, so a put that was cut off can be repeated.
absl::Status Upload(Client& client, const SnapshotTable& table, const v1::Dataset& dataset, int64_t first_number) {
  const int64_t dimension = table.points.dimension;
  const int64_t rows_at_once = std::max<int64_t>(1, kBatchBytes / (dimension * static_cast<int64_t>(sizeof(double))));
  const bool single = dataset.data_type() == v1::DATA_TYPE_FLOAT32;
  int64_t row = 0;
  int64_t number = first_number;
  ProgressBar bar(absl::StrCat("put ", dataset.name()));
  const auto next = [&](v1::SnapshotBatch* batch) {
    if (row == table.points.count()) return false;
    const int64_t rows = std::min(rows_at_once, table.points.count() - row);
    batch->set_number(number++);
    *batch->mutable_points() = MakeTensor(
        absl::MakeConstSpan(table.points.values).subspan(row * dimension, rows * dimension), {rows, dimension}, single);
    *batch->mutable_times() = MakeTensor(absl::MakeConstSpan(table.times).subspan(row, rows), {rows}, false);
    if (!table.weights.empty()) {
      *batch->mutable_weights() = MakeTensor(absl::MakeConstSpan(table.weights).subspan(row, rows), {rows}, false);
    }
    row += rows;
    return true;
  };
  // Acknowledgements count the dataset's rows from its first batch on.
  const int64_t before = first_number == 1 ? 0 : dataset.row_count();
  const auto total = static_cast<double>(before + table.points.count());
  return client.Append(dataset.name(), next, [&](const v1::AppendSnapshotsResponse& acknowledged) {
    bar.Update(static_cast<double>(acknowledged.row_count()) / total,
               absl::StrCat(acknowledged.row_count(), " points"));
  });
}

absl::Status Put(const Session& session, const Arguments& arguments) {
  if (arguments.Has("--whiten") && arguments.Has("--like")) return Misuse("--whiten and --like exclude each other");
  FileKeys keys;
  keys.time = arguments.Get("--time-key");
  keys.weights = arguments.Get("--weights-key");
  for (const std::string& key : arguments.All("--points-key")) {
    for (const absl::string_view name : absl::StrSplit(key, ',')) keys.points.emplace_back(name);
  }
  const absl::StatusOr<std::optional<int64_t>> components = arguments.Integer("--components", 1, 65536);
  if (!components.ok()) return components.status();
  absl::StatusOr<SnapshotTable> table = ReadSnapshots(arguments.All("FILE"), keys);
  if (!table.ok()) return table.status();
  if (components->has_value()) {
    if (absl::Status status = Truncate(**components, &table->points); !status.ok()) return status;
  }
  v1::Dataset asked;
  asked.set_name(ResourceName("datasets", arguments.Get("NAME")));
  asked.set_time_unit(arguments.Get("--time-unit"));
  asked.set_dimension(static_cast<int32_t>(table->points.dimension));
  asked.set_data_type(table->points.single ? v1::DATA_TYPE_FLOAT32 : v1::DATA_TYPE_FLOAT64);
  for (const std::string& name : table->points.names) asked.add_axis_names(name);
  if (absl::Status status = Whiten(session, arguments, &table->points, &asked); !status.ok()) return status;
  absl::StatusOr<v1::Dataset> dataset = MakeOrFind(session.client, asked);
  if (!dataset.ok()) return dataset.status();
  const int64_t first = arguments.Has("--append") ? dataset->last_batch() + 1 : 1;
  if (absl::Status status = Upload(session.client, *table, *dataset, first); !status.ok()) return status;
  dataset = GetDataset(session.client, dataset->name());
  if (!dataset.ok()) return dataset.status();
  Print(session, *dataset);
  return absl::OkStatus();
}

absl::Status List(const Session& session, const Arguments&) {
  TextTable table = {{"name", "points", "components", "times", "made"}};
  v1::ListDatasetsRequest request;
  do {
    const auto page = session.client.Call(session.client.datasets(), &Service::ListDatasets, request);
    if (!page.ok()) return page.status();
    for (const v1::Dataset& dataset : page->datasets()) {
      if (session.json) PrintJson(dataset);
      table.push_back({ShortName(dataset.name()), absl::StrCat(dataset.row_count()), absl::StrCat(dataset.dimension()),
                       absl::StrCat(dataset.snapshots_size()), TimeText(dataset.create_time())});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!session.json) PrintTable(table);
  return absl::OkStatus();
}

absl::Status Show(const Session& session, const Arguments& arguments) {
  absl::StatusOr<v1::Dataset> dataset = GetDataset(session.client, ResourceName("datasets", arguments.Get("NAME")));
  if (!dataset.ok()) return dataset.status();
  Print(session, *dataset);
  return absl::OkStatus();
}

absl::Status Get(const Session& session, const Arguments& arguments) {
  absl::StatusOr<v1::Dataset> dataset = GetDataset(session.client, ResourceName("datasets", arguments.Get("NAME")));
  if (!dataset.ok()) return dataset.status();
  SnapshotTable table;
  table.points.dimension = dataset->dimension();
  table.points.names.assign(dataset->axis_names().begin(), dataset->axis_names().end());
  table.points.single = dataset->data_type() == v1::DATA_TYPE_FLOAT32;
  std::vector<double> weights;
  bool weighted = false;
  v1::ReadSnapshotsRequest request;
  request.set_dataset(dataset->name());
  const auto take = [&](const v1::ReadSnapshotsResponse& response) {
    const v1::SnapshotBatch& batch = response.batch();
    const std::vector<double> points = Values(batch.points());
    const auto rows = static_cast<size_t>(batch.points().shape(0));
    const std::vector<double> times =
        batch.has_times() ? Values(batch.times()) : std::vector<double>(rows, batch.time());
    const std::vector<double> own = batch.has_weights() ? Values(batch.weights()) : std::vector<double>(rows, 1.0);
    weighted = weighted || batch.has_weights();
    table.points.values.insert(table.points.values.end(), points.begin(), points.end());
    table.times.insert(table.times.end(), times.begin(), times.end());
    weights.insert(weights.end(), own.begin(), own.end());
    return absl::OkStatus();
  };
  absl::Status status = session.client.Stream(session.client.datasets(), &Service::ReadSnapshots, request,
                                              std::function<absl::Status(const v1::ReadSnapshotsResponse&)>(take));
  if (!status.ok()) return status;
  if (weighted) table.weights = std::move(weights);
  return WriteSnapshots(arguments.Get("--out"), table);
}

absl::Status Delete(const Session& session, const Arguments& arguments) {
  v1::DeleteDatasetRequest request;
  request.set_name(ResourceName("datasets", arguments.Get("NAME")));
  return session.client.Call(session.client.datasets(), &Service::DeleteDataset, request).status();
}

constexpr char kKinds[] = "gaussians, branching, ou, three-gene or hydrogen";

absl::Status Simulate(const Session& session, const Arguments& arguments) {
  v1::SimulateDatasetRequest request;
  request.set_name(ResourceName("datasets", arguments.Get("NAME")));
  const std::string kind = arguments.Get("KIND");
  google::protobuf::Message* population = nullptr;
  if (kind == "gaussians") population = request.mutable_simulation()->mutable_gaussians();
  if (kind == "branching") population = request.mutable_simulation()->mutable_branching();
  if (kind == "ou") population = request.mutable_simulation()->mutable_ou();
  if (kind == "three-gene") population = request.mutable_simulation()->mutable_three_gene();
  if (kind == "hydrogen") population = request.mutable_simulation()->mutable_hydrogen();
  if (population == nullptr) return Misuse(absl::StrCat("KIND must be ", kKinds, ", is \"", kind, "\""));
  for (const std::string& setting : arguments.All("--set")) {
    if (absl::Status status = ApplySetting(setting, population); !status.ok()) return Misuse(status.message());
  }
  const absl::StatusOr<uint64_t> seed = arguments.Seed();
  if (!seed.ok()) return seed.status();
  request.mutable_simulation()->set_seed(*seed);
  absl::StatusOr<v1::Dataset> dataset =
      session.client.Call(session.client.datasets(), &Service::SimulateDataset, request);
  if (!dataset.ok()) return dataset.status();
  Print(session, *dataset);
  return absl::OkStatus();
}

}  // namespace

const Noun& DatasetCommands() {
  static const auto* noun = new Noun{
      "dataset",
      "snapshots of a population: points observed at times",
      {
          {"put",
           "Send files as a dataset; sending the same files again is harmless.",
           {{"NAME", "", "the dataset", true},
            {"FILE", "", "files of rows, by their ending: .csv, .npz, .npy", true, true},
            {"--time-key", "K", "column or array of the times"},
            {"--points-key", "K", "array of the points, or columns (K1,K2,...)", false, true},
            {"--weights-key", "K", "column or array of the rows' weights"},
            {"--components", "N", "keep the first N components"},
            {"--whiten", "",
             "divide each component by its standard deviation over these files, and keep that transform"},
            {"--like", "DATASET", "apply the transform of that dataset instead"},
            {"--time-unit", "U", "the unit of time, for people"},
            {"--append", "", "add to what the dataset holds, as new batches"}},
           Put,
           "Without keys, times are the column or array named time, times, t, ts, day, samples or timepoint (in CSV "
           "else "
           "the first column), weights those named weight, weights or w, and points the array named points, x, X or "
           "data "
           "(in CSV all other columns of numbers). An NPY file holds [n, 1 + D]: the time, then the point."},
          {"list", "List the datasets.", {}, List},
          {"show", "Show a dataset and its times.", {{"NAME", "", "the dataset", true}}, Show},
          {"get",
           "Write a dataset's rows to a file.",
           {{"NAME", "", "the dataset", true}, {"--out", "FILE", "file ending in .csv or .npz", true}},
           Get},
          {"delete", "Delete a dataset; fields trained on it stay.", {{"NAME", "", "the dataset", true}}, Delete},
          {"simulate",
           "Let the server draw a dataset from a simulated population.",
           {{"KIND", "", kKinds, true},
            {"NAME", "", "the dataset to make", true},
            {"--set", "A=VALUE", "a parameter of the population", false, true},
            {"--seed", "N", "seed of the draws [0]"}},
           Simulate,
           "gaussians: N(t shift e_1, (1 + t spread)^2 I) at times evenly spaced over [0, 1].\n"
           "  dimension [2], snapshots [5], points at each time [500], shift [2], spread [0.5]\n"
           "branching: cells that set out together and part into branches, at times 0, 1, 2, ...\n"
           "  With u = t / (snapshots - 1): x_1 = length u, x_2 = a length max(0, u - 1/3)^1.5 where a runs evenly "
           "from -1\n"
           "  to 1 over the branches, the rest 0; plus N(0, noise^2 I).\n"
           "  Branch b's mass grows as e^(growth_b t) from equal shares; the counts are the mass.\n"
           "  dimension [5], snapshots [5], points at time 0 [500], branches [2], length [4], noise [0.25],\n"
           "  growth: a rate for each branch (growth=0.2,-0.1) [none]\n"
           "ou: dx = -rate x dt + sigma dW from N(start e_1, spread^2 I), at times evenly spaced over [0, duration].\n"
           "  dimension [2], snapshots [5], points at each time [500], duration [1], rate [1], sigma [1], start [2], "
           "spread [0.5]\n"
           "three-gene: two clusters of cells in three dimensions, of which one divides; the counts are its mass.\n"
           "  snapshots [5], points at time 0 [400], interval [8], noise [0.05], division [0.05]\n"
           "hydrogen: 14000 atomic units of time of (|3,2,-1> + |2,1,0>)/sqrt 2, Bohr radius 4 pi, as times 0 to 1.\n"
           "  snapshots [101], points [5000]\n"
           "The API's dataset.proto has the equations and exact fields."},
      }};
  return *noun;
}

}  // namespace actionmatch
