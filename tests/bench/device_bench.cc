// Training steps and trajectories in LibTorch's tensors (device_step.h, device_motion.h), on the processor and on CUDA
// where it can be used, against the fused ones of the host in the same run. "ratio" is the host's time over the
// device's. A push is one request: upload, a few calls and the capture of a graph are in its time.
//
//   device_bench [THREADS]      of the host; default: all

#include <ATen/Parallel.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/device/device.h"
#include "core/field/device_motion.h"
#include "core/field/sample.h"
#include "core/training/device_step.h"
#include "core/training/training_engines.h"
#include "core/trajectory/integrate.h"
#include "tests/bench/bench.h"
#include "tests/bench/problems.h"

namespace actionmatch {
namespace {

using Precision = TrainingSpec::Precision;

constexpr int kRounds = 5;
constexpr int kFirstSteps = 5;  // a graph is captured in them
constexpr double kTurnFlops = 5e9;
constexpr int kCudaSteps = 500;  // a shorter turn would begin and end at the clock of an idle device
constexpr int kSolverSteps = 20;
constexpr int64_t kPoints = 20000;

struct Device {
  at::Device device;
  Precision precision;
  std::string name;
};

std::vector<Device> Devices() {
  std::vector<Device> devices = {{at::kCPU, Precision::kFloat32, "cpu"}};
  if (!HasCuda()) return devices;
  const at::Device cuda = DeviceOf(TrainingSpec::Device::kCuda);
  devices.push_back({cuda, Precision::kFloat32, "cuda"});
  devices.push_back({cuda, Precision::kTf32, "cuda tf32"});
  devices.push_back({cuda, Precision::kBfloat16, "cuda bfloat16"});
  return devices;
}

class Training {
 public:
  Training(const Case& c, std::unique_ptr<TrainingStep> step)
      : batches_(c, TrainingSpec::Form::kAction), step_(std::move(step)) {
    for (int i = 0; i < kFirstSteps; ++i) Step();
  }
  int64_t parameters() const { return step_->state().parameters.numel(); }
  void Step() {
    if (!step_->Take(batches_.Take(), [this] { batches_.DrawNext(); }).ok()) std::abort();
  }

 private:
  Batches batches_;
  std::unique_ptr<TrainingStep> step_;
};

void CompareSteps(const Case& c, const Device& device, int threads) {
  const std::shared_ptr<const Perceptron> potential = NetworkOf(c);
  const Parameters initial = potential->Initialise(1);
  Objective objective;
  objective.form = TrainingSpec::Form::kAction;
  TrainingSpec spec;
  spec.device = TrainingSpec::Device::kCpu;
  spec.engine = TrainingSpec::Engine::kFused;
  Training host(c, MakeTrainingStep({spec, objective, potential, initial, c.rows, threads}));
  spec.engine = TrainingSpec::Engine::kAutograd;
  spec.precision = device.precision;
  Training other(c, MakeDeviceStep(spec, objective, *potential, initial, device.device));
  const double flops = 24.0 * static_cast<double>(c.rows * host.parameters());
  const int steps = std::max(1, static_cast<int>(kTurnFlops / flops));
  const std::vector<double> seconds = MedianSeconds({[&] { host.Step(); }, [&] { other.Step(); }}, kRounds,
                                                    {steps, device.device.is_cuda() ? kCudaSteps : steps});
  std::printf("step  %4dx%d  %5lld  %-13s  %9.3f  %9.3f  %7.2f  %9.1f  %8.1f\n", c.width, c.layers,
              static_cast<long long>(c.rows), device.name.c_str(), 1e3 * seconds[0], 1e3 * seconds[1],
              seconds[0] / seconds[1], 1e-9 * flops / seconds[1], 1e5 * seconds[1]);
  std::fflush(stdout);
}

void CompareTrajectories(int width, const Device& device, int threads) {
  const Case c{width, 4, kPoints, 3};
  const std::unique_ptr<const Field> field = UntrainedField(c);
  Random random(1, RandomStream::kSimulate);
  const Points start = NormalPoints(kPoints, c.dimension, &random);
  SampleOptions options;
  options.method = IntegrateOptions::Method::kRk4;
  options.steps = kSolverSteps;
  options.threads = threads;
  const std::vector<double> seconds = MedianSeconds({[&] {
                                                       if (!Sample(*field, start, 0, {1.0}, options).ok()) std::abort();
                                                     },
                                                     [&] {
                                                       const Motion motion =
                                                           DeviceMotionOf(*field, Field::kAllMembers, device.device);
                                                       if (!Integrate(motion, start, 0, {1.0}, options).ok())
                                                         std::abort();
                                                     }},
                                                    kRounds, {1, 1});
  std::printf("push  %4dx4  %5lld  %-13s  %9.3f  %9.3f  %7.2f\n", width, static_cast<long long>(kPoints),
              device.name.c_str(), 1e3 * seconds[0], 1e3 * seconds[1], seconds[0] / seconds[1]);
  std::fflush(stdout);
}

}  // namespace
}  // namespace actionmatch

int main(int argc, char** argv) {
  const int threads =
      argc > 1 ? actionmatch::ThreadCounts(argc, argv, 1, "device_bench [THREADS]").front() : at::get_num_threads();
  at::set_num_threads(threads);
  if (!actionmatch::HasCuda()) std::printf("no CUDA: %s\n", actionmatch::WhyNoCuda());
  std::printf(
      "what, network, rows, device, host ms, device ms, ratio, GFLOP/s, seconds for 100 000 steps; %d threads\n",
      threads);
  for (const actionmatch::Device& device : actionmatch::Devices()) {
    // On the processor the smallest alone: that shows that this runs.
    actionmatch::CompareSteps({64, 4, 256, 3}, device, threads);
    if (device.device.is_cpu()) continue;
    actionmatch::CompareSteps({256, 4, 1000, 3}, device, threads);
    actionmatch::CompareSteps({512, 4, 512, 3}, device, threads);
    if (device.precision != actionmatch::Precision::kFloat32) continue;  // trajectories are float32
    for (const int width : {64, 256, 512}) actionmatch::CompareTrajectories(width, device, threads);
  }
}
