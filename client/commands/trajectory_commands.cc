// actionmatch trajectory ...

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/trajectory_plot.h"
#include "client/files/formats.h"
#include "client/files/trajectory_files.h"
#include "client/requests/remote_datasets.h"
#include "client/requests/remote_fields.h"
#include "client/requests/sample_trajectories.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/output.h"

namespace actionmatch {
namespace {

constexpr char kMethods[] = "euler, heun, rk4, dopri5, euler_maruyama, stochastic_heun";

absl::Status SetSolver(const Arguments& arguments, v1::Solver* solver) {
  const absl::StatusOr<std::optional<int64_t>> steps = arguments.Integer("--steps", 1, 1000000);
  if (!steps.ok()) return steps.status();
  const absl::StatusOr<std::optional<double>> tolerance = arguments.Number("--tolerance");
  if (!tolerance.ok()) return tolerance.status();
  if (steps->has_value() && tolerance->has_value()) return Misuse("--steps and --tolerance exclude each other");
  if (steps->has_value()) solver->set_steps(static_cast<int32_t>(**steps));
  if (tolerance->has_value()) solver->set_tolerance(**tolerance);
  if (!arguments.Has("--method")) return absl::OkStatus();
  v1::Solver::Method method;
  if (!v1::Solver::Method_Parse(absl::StrCat("METHOD_", absl::AsciiStrToUpper(arguments.Get("--method"))), &method)) {
    return Misuse(absl::StrCat("--method must be one of ", kMethods, ", is \"", arguments.Get("--method"), "\""));
  }
  solver->set_method(method);
  return absl::OkStatus();
}

// Finds misuses that can be seen without a server.
absl::Status CheckCombination(const Arguments& arguments) {
  const bool from_dataset = arguments.Has("--dataset");
  if (from_dataset == arguments.Has("--points")) return Misuse("give either --points FILE or --dataset NAME --at T");
  if (from_dataset != arguments.Has("--at")) return Misuse("--dataset and --at go together");
  for (const char* flag : {"--start-time", "--points-key"}) {
    if (from_dataset && arguments.Has(flag)) return Misuse(absl::StrCat(flag, " goes with --points"));
  }
  const std::string out = arguments.Get("--out");
  const std::vector<const FileFormat*> formats = FormatsWith(&FileFormat::write_trajectories);
  if (FormatOf(out, formats) == nullptr) {
    return Misuse(absl::StrCat("--out must end in ", EndingsText(formats), ", is \"", out, "\""));
  }
  if (arguments.Has("--plot") && !absl::EndsWithIgnoreCase(arguments.Get("--plot"), ".svg")) {
    return Misuse(absl::StrCat("--plot must end in .svg, is \"", arguments.Get("--plot"), "\""));
  }
  return absl::OkStatus();
}

// The request without its start.
absl::StatusOr<v1::SampleTrajectoriesRequest> RequestOf(const Arguments& arguments) {
  v1::SampleTrajectoriesRequest request;
  request.set_field(ResourceName("fields", arguments.Get("FIELD")));
  request.set_extrapolate(arguments.Has("--extrapolate"));
  const absl::StatusOr<std::vector<double>> times = arguments.Numbers("--times");
  if (!times.ok()) return times.status();
  request.mutable_times()->Assign(times->begin(), times->end());
  if (absl::Status status = SetSolver(arguments, request.mutable_solver()); !status.ok()) return status;
  const absl::StatusOr<uint64_t> seed = arguments.Seed();
  if (!seed.ok()) return seed.status();
  request.set_seed(*seed);
  const absl::StatusOr<std::optional<double>> resample = arguments.Number("--resample-below");
  if (!resample.ok()) return resample.status();
  request.set_resample_below(resample->value_or(0));
  const absl::StatusOr<std::optional<int64_t>> member = arguments.Integer("--member", 0, 31);
  if (!member.ok()) return member.status();
  if (member->has_value()) request.set_member(static_cast<int32_t>(**member));
  return request;
}

absl::Status Write(const v1::Field& field, const SampledTrajectories& sampled, const std::string& path) {
  const std::vector<std::string> names =
      AxisNames({field.axis_names().begin(), field.axis_names().end()}, sampled.dimension);
  if (absl::Status status = WriteTrajectories(path, names, sampled); !status.ok()) return status;
  Say(absl::StrCat("wrote ", sampled.count, " trajectories at ", sampled.times.size(), " times to ", path));
  return absl::OkStatus();
}

// Samples trajectories from the points of a file, writes them and, if asked, draws them.
absl::Status SampleFile(const Session& session, const Arguments& arguments, const v1::Field& field,
                        const v1::SampleTrajectoriesRequest& request) {
  const absl::StatusOr<std::vector<std::string>> keys = arguments.Names("--points-key");
  if (!keys.ok()) return keys.status();
  const absl::StatusOr<std::optional<double>> given = arguments.Number("--start-time");
  if (!given.ok()) return given.status();
  const double start_time = given->value_or(field.start_time());
  const absl::StatusOr<PointTable> start = ReadPointsFor(field, arguments.Get("--points"), *keys);
  if (!start.ok()) return start.status();
  const absl::StatusOr<SampledTrajectories> sampled = SampleFrom(session.client, request, *start, start_time);
  if (!sampled.ok()) return sampled.status();
  if (absl::Status status = Write(field, *sampled, arguments.Get("--out")); !status.ok()) return status;
  if (!arguments.Has("--plot")) return absl::OkStatus();
  return DrawTrajectories(session.client, field, request, *start, start_time, {}, arguments.Get("--plot"));
}

// Samples trajectories from the points of a dataset, writes them and, if asked, draws them.
absl::Status SampleDataset(const Session& session, const Arguments& arguments, const v1::Field& field,
                           const v1::SampleTrajectoriesRequest& request) {
  const absl::StatusOr<std::optional<double>> at = arguments.Number("--at");
  if (!at.ok()) return at.status();
  const absl::StatusOr<v1::Dataset> dataset =
      GetDataset(session.client, ResourceName("datasets", arguments.Get("--dataset")));
  if (!dataset.ok()) return dataset.status();
  if (absl::Status status = CheckComponents(field, *dataset); !status.ok()) return status;
  const absl::StatusOr<SampledTrajectories> sampled = SampleFrom(session.client, request, *dataset, **at);
  if (!sampled.ok()) return sampled.status();
  if (absl::Status status = Write(field, *sampled, arguments.Get("--out")); !status.ok()) return status;
  if (!arguments.Has("--plot")) return absl::OkStatus();
  const absl::StatusOr<SnapshotTable> rows = ReadRows(session.client, *dataset);
  if (!rows.ok()) return rows.status();
  const PointsByTime snapshots = ByTime(*rows);
  return DrawTrajectories(session.client, field, request, snapshots.at(**at), **at, snapshots, arguments.Get("--plot"));
}

absl::Status SampleCommand(const Session& session, const Arguments& arguments) {
  if (absl::Status status = CheckCombination(arguments); !status.ok()) return status;
  const absl::StatusOr<v1::SampleTrajectoriesRequest> request = RequestOf(arguments);
  if (!request.ok()) return request.status();
  const absl::StatusOr<v1::Field> field = GetField(session.client, request->field());
  if (!field.ok()) return field.status();
  absl::Status status = arguments.Has("--dataset") ? SampleDataset(session, arguments, *field, *request)
                                                   : SampleFile(session, arguments, *field, *request);
  if (status.ok() && arguments.Has("--plot")) Say(absl::StrCat("drew them in ", arguments.Get("--plot")));
  return status;
}

// The help text about the content of the files.
std::string OutDetails() {
  std::string text;
  for (const FileFormat* format : FormatsWith(&FileFormat::write_trajectories)) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", format->ending, ": ", format->trajectory_layout);
  }
  return text;
}

}  // namespace

const Noun& TrajectoryCommands() {
  static const auto* noun = new Noun{
      "trajectory",
      "points pushed through a field over time",
      {
          {"sample",
           "Push points through a field and write where they are at the asked times.",
           {{"FIELD", "", "the field", true},
            {"--points", "FILE", absl::StrCat("start points: ", EndingsText(FormatsWith(&FileFormat::read_points)))},
            {"--points-key", "K", "array of the points, or columns (K1,K2,...)"},
            {"--start-time", "T", "the time of those points [the field's first]"},
            {"--dataset", "NAME", "or start from a dataset's points"},
            {"--at", "T", "at this time"},
            {"--times", "T1,T2,...", "the frames, in any order, before or after the start", true},
            {"--steps", "N", "fixed steps from the start to the furthest time"},
            {"--tolerance", "E", "or the largest local error, in standardised units [1e-5]"},
            {"--method", "M",
             "euler, heun, rk4, dopri5, euler_maruyama or stochastic_heun [dopri5; with --steps rk4; for fields with "
             "noise stochastic_heun]"},
            {"--seed", "N", "seed of the noise and of resampling [0]"},
            {"--resample-below", "S", "draw points anew by weight where fewer than this share of them count [0]"},
            {"--member", "M", "follow this member of an ensemble, from 0 [the mean of all]"},
            {"--extrapolate", "", "allow times outside those the field was trained on"},
            {"--out", "FILE",
             absl::StrCat("file ending in ", EndingsText(FormatsWith(&FileFormat::write_trajectories))), true},
            {"--plot", "FILE", "also draw them, in a file ending in .svg; with --dataset over its snapshots"}},
           SampleCommand,
           OutDetails()},
      }};
  return *noun;
}

}  // namespace actionmatch
