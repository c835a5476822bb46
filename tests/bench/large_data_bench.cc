// Training on a dataset larger than memory, whose rows stay in their files, against training on one that fits: time of
// a step and peak memory, each in a process of its own.
//
//   large_data_bench FOLDER [GIB [STEPS [THREADS]]]    defaults: 4 6000 2
//
// Makes a store in the FOLDER, which must not exist, with two datasets of two snapshots in 50 dimensions, float32: one
// of GIB and one of a fifth of a GiB; removes it in the end. Preparation is the one pass over all rows that comes
// before the first step: checksums, units, the split.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/random.h"
#include "core/training/trainer.h"
#include "server/messages/tensor.h"
#include "server/store/store.h"

extern char** environ;

namespace actionmatch {
namespace {

constexpr int64_t kDimension = 50;
constexpr int64_t kRowsInBatch = 40000;  // 8 MB
constexpr int64_t kBatchBytes = kRowsInBatch * kDimension * sizeof(float);

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// Points of one long sequence, whose start differs from batch to batch.
void MakeDataset(const std::string& folder, const std::string& name, int64_t bytes) {
  auto store = Store::Open(folder);
  if (!store.ok()) Fail(store.status());
  v1::Dataset dataset;
  dataset.set_name(name);
  if (const auto made = (*store)->CreateDataset(dataset, {}, {}); !made.ok()) Fail(made.status());
  Random random(1, RandomStream::kSimulate);
  std::vector<float> sequence(2 * kRowsInBatch * kDimension);
  for (float& x : sequence) x = static_cast<float>(random.Normal());
  const int64_t batches = std::max<int64_t>(2, bytes / kBatchBytes);
  for (int64_t number = 1; number <= batches; ++number) {
    v1::SnapshotBatch batch;
    batch.set_number(number);
    batch.set_time(static_cast<double>(number % 2));
    v1::Tensor& points = *batch.mutable_points();
    points.set_data_type(v1::DATA_TYPE_FLOAT32);
    points.add_shape(kRowsInBatch);
    points.add_shape(kDimension);
    const auto start = static_cast<int64_t>(random.Below(kRowsInBatch * kDimension));
    points.mutable_data()->assign(reinterpret_cast<const char*>(sequence.data() + start), kBatchBytes);
    v1::AppendSnapshotsResponse acknowledged;
    Store::Added added;
    const absl::Status status = (*store)->AppendBatches(name, {&batch, 1}, &acknowledged, &added);
    if (!status.ok()) Fail(status);
  }
}

// Prints seconds of preparation, of the mean step, and the process's largest memory in bytes.
void Train(const std::string& folder, const std::string& name, bool stored, int64_t steps, int threads) {
  auto store = Store::Open(folder);
  if (!store.ok()) Fail(store.status());
  const absl::StatusOr<v1::Dataset> dataset = (*store)->GetDataset(name);
  if (!dataset.ok()) Fail(dataset.status());
  TrainSpec spec;
  spec.path.kind = PathSpec::Kind::kLinear;
  spec.training.steps = spec.training.evaluation_interval = steps;
  spec.hold_out.validation_fraction = 0;
  spec.hold_out.test_fraction = 0.1;
  TrainerOptions options;
  options.threads = threads;
  const double begin = Now();
  absl::StatusOr<std::unique_ptr<Trainer>> trainer = absl::UnknownError("");
  if (stored) {
    absl::StatusOr<StoredRows> rows = (*store)->OpenRows(*dataset, dataset->last_batch());
    if (!rows.ok()) Fail(rows.status());
    trainer = Trainer::Create(spec, std::make_shared<StoredRows>(*std::move(rows)), {}, options, nullptr);
  } else {
    const absl::StatusOr<Snapshots> rows = (*store)->LoadSnapshots(*dataset, dataset->last_batch());
    if (!rows.ok()) Fail(rows.status());
    trainer = Trainer::Create(spec, *rows, {}, options);
  }
  if (!trainer.ok()) Fail(trainer.status());
  double first_step = 0;
  double last_step = 0;
  int64_t step = 0;
  TrainerHooks hooks;
  hooks.before_step = [&] {
    last_step = Now();
    if (step++ == 0) first_step = last_step;
    return absl::OkStatus();
  };
  if (const auto field = (*trainer)->Run(hooks); !field.ok()) Fail(field.status());
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%.9g %.9g %ld\n", first_step - begin, (last_step - first_step) / static_cast<double>(steps - 1),
              usage.ru_maxrss * 1024L);
}

// Runs this program anew with the arguments, its standard output going to a file, and returns the numbers in that.
std::vector<double> InProcess(const std::string& output, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/proc/self/exe");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  int status = 1;
  if (posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ) == 0) waitpid(child, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) Fail(absl::InternalError(absl::StrCat(arguments[1], " failed")));
  std::ifstream file(output);
  std::vector<double> numbers;
  for (double number; file >> number;) numbers.push_back(number);
  return numbers;
}

int Compare(const std::string& folder, double gib, int64_t steps, int threads) {
  if (!std::filesystem::create_directory(folder)) Fail(absl::AlreadyExistsError(folder));
  const std::string output = folder + "/output";
  const double begin = Now();
  InProcess(output, {"make", folder, "datasets/large", absl::StrCat(static_cast<int64_t>(gib * (1 << 30)))});
  std::printf("%.1f GiB written in %.0f s\n", gib, Now() - begin);
  InProcess(output, {"make", folder, "datasets/small", absl::StrCat((1 << 30) / 5)});
  const std::vector<std::string> tail = {absl::StrCat(steps), absl::StrCat(threads)};
  const auto train = [&](const char* name, const char* how) {
    const std::vector<double> result = InProcess(output, {"train", folder, name, how, tail[0], tail[1]});
    std::printf("%-15s %-7s preparation %6.1f s   step %7.3f ms   peak memory %5.0f MiB\n", name, how, result.at(0),
                1e3 * result.at(1), result.at(2) / (1 << 20));
    std::fflush(stdout);
    return result.at(1);
  };
  // In memory before and after, so that what else the machine does meets both.
  const double before = train("datasets/small", "memory");
  const double stored = train("datasets/large", "stored");
  const double after = train("datasets/small", "memory");
  std::printf("rate against memory's: %.2f\n", (before + after) / 2 / stored);
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace actionmatch

int main(int argc, char** argv) {
  using namespace actionmatch;  // NOLINT(google-build-using-namespace)
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "make" && argc == 5) {
    MakeDataset(argv[2], argv[3], std::atoll(argv[4]));
    return 0;
  }
  if (first == "train" && argc == 7) {
    Train(argv[2], argv[3], std::string(argv[4]) == "stored", std::atoll(argv[5]), std::atoi(argv[6]));
    return 0;
  }
  if (argc < 2 || argc > 5) {
    std::fprintf(stderr, "large_data_bench FOLDER [GIB [STEPS [THREADS]]]\n");
    return 2;
  }
  return Compare(first, argc > 2 ? std::atof(argv[2]) : 4, argc > 3 ? std::atoll(argv[3]) : 6000,
                 argc > 4 ? std::atoi(argv[4]) : 2);
}
