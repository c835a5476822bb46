#include "core/training/device_step.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "core/device/device_tensors.h"
#include "core/device/repeated_work.h"
#include "core/training/adam_schedule.h"

namespace actionmatch {
namespace {

// In the host's rounding, which 1 - b2 inherits.
constexpr auto kFirst = static_cast<float>(kBeta1);
constexpr auto kSecond = static_cast<float>(kBeta2);

// The numbers of the schedule that change from step to step, in this order: [4].
at::Tensor Numbers(const AdamSchedule& schedule) {
  return at::tensor({schedule.rate, schedule.correction2, schedule.keep, schedule.share}, at::kFloat);
}

class DeviceStep final : public TrainingStep {
 public:
  DeviceStep(const TrainingSpec& training, Objective objective, const Potential& potential, const Parameters& initial,
             at::Device device)
      : training_(training),
        objective_(std::move(objective)),
        potential_(potential.WithPrecision(training.precision)),
        device_(device),
        state_(initial, device) {}

  absl::StatusOr<Info> Take(const PathBatch& batch, const std::function<void()>& beside) override {
    LossInputs inputs = InputsOf(objective_, batch, state_.step, at::kFloat);
    const AdamSchedule schedule = ScheduleAt(training_, state_.step);
    std::vector<at::Tensor> values = {Numbers(schedule)};
    for (const at::Tensor* tensor : inputs.All()) {
      if (tensor->defined()) values.push_back(*tensor);
    }
    std::unique_ptr<Program>& program = inputs.laplacian.defined() ? curved_ : plain_;
    if (program == nullptr) program = MakeProgram(inputs, values);
    program->tensors.Upload(values);
    program->work->Run();
    if (beside) beside();
    const at::Tensor report = program->report.to(at::kCPU);  // waits for the step
    const auto* numbers = report.data_ptr<double>();
    Info info;
    info.loss = numbers[0];
    info.gradient_norm = numbers[1];
    info.learning_rate = schedule.learning_rate;
    info.interior.assign(numbers + 2, numbers + report.numel());
    if (!std::isfinite(info.gradient_norm)) return Diverged(state_.step);
    ++state_.step;
    return info;
  }

  const OptimizerState& state() const override { return state_; }
  OptimizerState& state() override { return state_; }

 private:
  // One step, as work on tensors that stay where they are.
  struct Program {
    DeviceTensors tensors;
    at::Tensor schedule;  // one of `tensors`, made by Numbers
    LossInputs inputs;    // the other tensors
    at::Tensor report;    // loss, gradient's norm and, for times that learn from it, the interior
    std::unique_ptr<RepeatedWork> work;
  };

  std::unique_ptr<Program> MakeProgram(const LossInputs& like, const std::vector<at::Tensor>& values) {
    auto program = std::make_unique<Program>(Program{DeviceTensors(values, device_), {}, like, {}, nullptr});
    auto next = program->tensors.tensors().begin();
    program->schedule = *next++;
    for (at::Tensor* tensor : program->inputs.All()) {
      if (tensor->defined()) *tensor = *next++;
    }
    const bool learns = training_.times == TrainingSpec::Times::kAdaptive;
    program->report = at::empty({learns ? 2 + like.y.size(0) : 2}, at::TensorOptions(at::kDouble).device(device_));
    program->work = MakeRepeatedWork(device_, [this, step = program.get()] { Step(*step); });
    return program;
  }

  void Step(const Program& program) {
    const Parameters views = potential_->Views(state_.parameters);
    for (const at::Tensor& view : views.tensors) view.requires_grad_();
    const LossTerms terms = Loss(objective_, *potential_, views, program.inputs);
    const at::Tensor gradient = FlatGradient(terms.loss, views);
    const at::Tensor norm = at::linalg_vector_norm(gradient, 2, {}, false, at::kDouble);
    Descend(gradient, norm, program.schedule);
    program.report.narrow(0, 0, 2).copy_(at::stack({terms.loss.detach().to(at::kDouble), norm}));
    const int64_t rows = program.report.numel() - 2;
    if (rows > 0) program.report.narrow(0, 2, rows).copy_(terms.interior);
  }

  void Descend(const at::Tensor& gradient, const at::Tensor& norm, const at::Tensor& schedule) {
    const at::Tensor rate = schedule.select(0, 0);
    const at::Tensor correction2 = schedule.select(0, 1);
    const at::Tensor keep = schedule.select(0, 2);
    const at::Tensor share = schedule.select(0, 3);
    const at::Tensor clip = (training_.clip_norm / norm.clamp_min(1e-300)).clamp_max(1).to(at::kFloat);
    const at::Tensor g = gradient * clip;
    const at::Tensor m = kFirst * state_.first_moment + (1 - kFirst) * g;
    const at::Tensor v = kSecond * state_.second_moment + (1 - kSecond) * g * g;
    const at::Tensor w = state_.parameters * keep - rate * m / ((v * correction2).sqrt() + kAdamEpsilon);
    const at::Tensor average = state_.average + share * (w - state_.average);
    const at::Tensor finite = norm.isfinite();
    state_.first_moment.copy_(at::where(finite, m, state_.first_moment));
    state_.second_moment.copy_(at::where(finite, v, state_.second_moment));
    state_.parameters.copy_(at::where(finite, w, state_.parameters));
    state_.average.copy_(at::where(finite, average, state_.average));
  }

  const TrainingSpec training_;
  const Objective objective_;
  const std::shared_ptr<const Potential> potential_;
  const at::Device device_;
  OptimizerState state_;
  std::unique_ptr<Program> plain_;   // for batches without a Laplacian; made when first needed
  std::unique_ptr<Program> curved_;  // for batches with one
};

}  // namespace

std::unique_ptr<TrainingStep> MakeDeviceStep(const TrainingSpec& training, const Objective& objective,
                                             const Potential& potential, const Parameters& initial, at::Device device) {
  at::globalContext().setAllowTF32CuBLAS(training.precision == TrainingSpec::Precision::kTf32);
  return std::make_unique<DeviceStep>(training, objective, potential, initial, device);
}

}  // namespace actionmatch
