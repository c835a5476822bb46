// actionmatch dataset ...

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/commands/commands.h"
#include "client/commands/dataset_put.h"
#include "client/commands/settings.h"
#include "client/files/formats.h"
#include "client/files/number_text.h"
#include "client/files/point_files.h"
#include "client/requests/remote_datasets.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

using Service = v1::DatasetService::Stub;

constexpr int kMaxNames = 20;  // on one line

// "3: x, y, z"
std::string ComponentsText(const v1::Dataset& dataset) {
  std::string text = absl::StrCat(dataset.dimension());
  const int shown = std::min(dataset.axis_names_size(), kMaxNames);
  for (int i = 0; i < shown; ++i) absl::StrAppend(&text, i == 0 ? ": " : ", ", dataset.axis_names(i));
  if (shown < dataset.axis_names_size()) absl::StrAppend(&text, ", ...");
  return text;
}

void PrintDataset(const v1::Dataset& dataset) {
  PrintFacts({{"name", dataset.name()},
              {"points", absl::StrCat(dataset.row_count())},
              {"components", ComponentsText(dataset)},
              {"batches", absl::StrCat(dataset.last_batch())},
              {"time unit", dataset.time_unit()},
              {"transform", TransformText(dataset.transform())},
              {"made", TimeText(dataset.create_time())},
              {"content", dataset.content_hash()}});
  TextTable table = {{"time", "points", "weight"}};
  for (const v1::SnapshotSummary& snapshot : dataset.snapshots()) {
    table.push_back({ExactNumber(snapshot.time()), absl::StrCat(snapshot.count()), ExactNumber(snapshot.weight_sum())});
  }
  std::cout << '\n';
  PrintTable(table);
}

void Print(const Session& session, const v1::Dataset& dataset) {
  session.json ? PrintJson(dataset) : PrintDataset(dataset);
}

absl::Status Put(const Session& session, const Arguments& arguments) {
  const absl::StatusOr<v1::Dataset> dataset = PutDataset(session, arguments);
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
  const absl::StatusOr<SnapshotTable> table = ReadRows(session.client, *dataset);
  if (!table.ok()) return table.status();
  const std::string path = arguments.Get("--out");
  if (absl::Status status = WriteSnapshots(path, *table); !status.ok()) return status;
  const FileFormat* format = FormatOf(path, FileFormats());
  if (format == nullptr || !format->keeps_names) return absl::OkStatus();
  const std::vector<std::string>& names = table->points.names;
  const std::vector<std::string> written = ColumnNames(names, table->points.dimension);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == written[i]) continue;
    Say(absl::StrCat("component ", i + 1, " (", names[i], ") is column ", written[i], " of ", path,
                     ": its own name is empty, there twice, or one of those for times and weights"));
  }
  return absl::OkStatus();
}

absl::Status Delete(const Session& session, const Arguments& arguments) {
  v1::DeleteDatasetRequest request;
  request.set_name(ResourceName("datasets", arguments.Get("NAME")));
  return session.client.Call(session.client.datasets(), &Service::DeleteDataset, request).status();
}

// A population's name on the command line: "three-gene" for the field three_gene.
std::string KindName(const google::protobuf::FieldDescriptor& population) {
  return absl::StrReplaceAll(population.name(), {{"_", "-"}});
}

const google::protobuf::OneofDescriptor& Populations() {
  return *v1::Simulation::descriptor()->FindOneofByName("population");
}

// "gaussians, branching, ou, three-gene or hydrogen"
const std::string& Kinds() {
  static const auto* kinds = [] {
    auto* text = new std::string;
    const int count = Populations().field_count();
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(text, i == 0 ? "" : i + 1 == count ? " or " : ", ", KindName(*Populations().field(i)));
    }
    return text;
  }();
  return *kinds;
}

absl::Status Simulate(const Session& session, const Arguments& arguments) {
  v1::SimulateDatasetRequest request;
  request.set_name(ResourceName("datasets", arguments.Get("NAME")));
  const std::string kind = arguments.Get("KIND");
  v1::Simulation* simulation = request.mutable_simulation();
  google::protobuf::Message* population = nullptr;
  for (int i = 0; i < Populations().field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = Populations().field(i);
    if (KindName(*field) == kind) population = simulation->GetReflection()->MutableMessage(simulation, field);
  }
  if (population == nullptr) return Misuse(absl::StrCat("KIND must be ", Kinds(), ", is \"", kind, "\""));
  for (const std::string& setting : arguments.All("--set")) {
    if (absl::Status status = ApplySetting(setting, population); !status.ok()) return Misuse(status.message());
  }
  const absl::StatusOr<uint64_t> seed = arguments.Seed();
  if (!seed.ok()) return seed.status();
  simulation->set_seed(*seed);
  absl::StatusOr<v1::Dataset> dataset =
      session.client.Call(session.client.datasets(), &Service::SimulateDataset, request);
  if (!dataset.ok()) return dataset.status();
  Print(session, *dataset);
  return absl::OkStatus();
}

// The help text about how files name times, points and weights.
std::string PutDetails() {
  std::string text =
      absl::StrCat("Without keys, times are the column or array named ", absl::StrJoin(kTimes.usual, ", "),
                   ", weights those named ", absl::StrJoin(kWeights.usual, ", "), ", and points the array named ",
                   absl::StrJoin(kPoints.usual, ", "), ". Where a file has two such names, say which with the key.");
  for (const FileFormat* format : FormatsWith(&FileFormat::read_snapshots)) {
    absl::StrAppend(&text, "\n", format->ending, ": ", format->snapshot_layout);
  }
  return text;
}

}  // namespace

const Noun& DatasetCommands() {
  static const auto* noun = new Noun{
      "dataset",
      "snapshots of a population: points observed at times",
      {
          {"put",
           "Send files as a dataset; sending the same files again is harmless, but for --append.",
           {{"NAME", "", "the dataset: a-z, 0-9, -, _ and ., at most 63, the first a letter or digit", true},
            {"FILE", "", absl::StrCat("files of rows: ", EndingsText(FormatsWith(&FileFormat::read_snapshots))), true,
             true},
            {"--time-key", "K", "column or array of the times"},
            {"--points-key", "K", "array of the points, or columns (K1,K2,...)", false, true},
            {"--weights-key", "K", "column or array of the rows' weights"},
            {"--components", "N", "keep the first N components"},
            {"--whiten", "",
             "divide each component by its standard deviation over these files, and keep that transform"},
            {"--like", "NAME", "apply the transform of that dataset, or of fields/NAME, instead"},
            {"--time-unit", "U", "the unit of time, for people"},
            {"--append", "", "add to what the dataset holds, as new batches; done again, it adds the rows again"},
            {"--append-from", "BATCH", "go on with an --append that was cut off and named this batch"}},
           Put,
           PutDetails()},
          {"list", "List the datasets.", {}, List},
          {"show", "Show a dataset and its times.", {{"NAME", "", "the dataset", true}}, Show},
          {"get",
           "Write a dataset's rows to a file.",
           {{"NAME", "", "the dataset", true},
            {"--out", "FILE", absl::StrCat("file ending in ", EndingsText(FormatsWith(&FileFormat::write_snapshots))),
             true}},
           Get},
          {"delete", "Delete a dataset; fields trained on it stay.", {{"NAME", "", "the dataset", true}}, Delete},
          {"simulate",
           "Let the server draw a dataset from a simulated population.",
           {{"KIND", "", Kinds().c_str(), true},
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
