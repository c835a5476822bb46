#include "core/field/device_motion.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/device/device.h"
#include "core/device/device_tensors.h"
#include "core/device/repeated_work.h"
#include "core/field/field_parameters.h"
#include "core/field/field_rates.h"
#include "core/potential/calculus.h"
#include "core/trajectory/tableau.h"

namespace actionmatch {
namespace {

constexpr int64_t kDeviceRows = 8192;

// While work is captured, no other thread may use the device.
std::mutex& DeviceMutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}

class DeviceField {
 public:
  DeviceField(const Field& field, int member, at::Device device)
      : field_(field),
        potential_(*field.parameters().potential),
        d_(field.dimension()),
        device_(device),
        mean_(at::tensor(field.standardisation().mean, at::kDouble).to(device)),
        state_(at::zeros({kDeviceRows, d_}, at::kDouble)),
        t_(at::zeros({kDeviceRows}, at::kDouble)),
        h_(at::zeros({kDeviceRows}, at::kDouble)),
        noise_(at::zeros({kDeviceRows, d_}, at::kDouble)) {
    const int first = member == Field::kAllMembers ? 0 : member;
    const int last = member == Field::kAllMembers ? field.members() : member + 1;
    for (int m = first; m < last; ++m) {
      Parameters parameters;
      for (const at::Tensor& tensor : field.parameters().members[static_cast<size_t>(m)].tensors) {
        parameters.tensors.push_back(tensor.to(device));
      }
      members_.push_back(std::move(parameters));
    }
  }

  // For at most kDeviceRows rows.
  void Stages(const Tableau& method, const StepRows& rows, std::vector<std::vector<double>>* stages) {
    const auto n = static_cast<int64_t>(rows.t.size());
    // Rows beyond these keep the numbers of an earlier tile: any numbers will do.
    auto* state = state_.data_ptr<double>();
    for (int64_t i = 0; i < n; ++i) state = std::copy_n(rows.state.begin() + i * (d_ + 1), d_, state);
    std::copy(rows.t.begin(), rows.t.end(), t_.data_ptr<double>());
    std::copy(rows.h.begin(), rows.h.end(), h_.data_ptr<double>());
    std::vector<at::Tensor> values = {state_, t_, h_};
    if (!rows.noise.empty()) {
      std::copy(rows.noise.begin(), rows.noise.end(), noise_.data_ptr<double>());
      values.push_back(noise_);
    }
    std::unique_ptr<Program>& program = programs_[{&method, !rows.noise.empty()}];
    if (program == nullptr) program = MakeProgram(method, values);
    program->inputs.Upload(values);
    program->work->Run();
    const at::Tensor answer = program->stages.narrow(1, 0, n).contiguous().to(at::kCPU);  // waits
    const auto* from = answer.data_ptr<double>();
    for (size_t s = 0; s < stages->size(); ++s) {
      std::copy_n(from + static_cast<int64_t>(s) * n * (d_ + 1), n * (d_ + 1), (*stages)[s].begin());
    }
  }

 private:
  // A method's step, as work on tensors that stay where they are.
  struct Program {
    DeviceTensors inputs;  // `values` of Stages
    at::Tensor stages;     // [S, B, D + 1]
    std::unique_ptr<RepeatedWork> work;
  };

  std::unique_ptr<Program> MakeProgram(const Tableau& method, const std::vector<at::Tensor>& like) {
    auto program = std::make_unique<Program>(Program{DeviceTensors(like, device_), {}, nullptr});
    program->stages = at::zeros({static_cast<int64_t>(method.c.size()), kDeviceRows, d_ + 1},
                                at::TensorOptions(at::kDouble).device(device_));
    program->work = MakeRepeatedWork(device_, [this, &method, step = program.get()] { Step(method, *step); });
    return program;
  }

  void Step(const Tableau& method, const Program& program) {
    const std::vector<at::Tensor>& inputs = program.inputs.tensors();
    const at::Tensor &state = inputs[0], &t = inputs[1], &h = inputs[2];
    for (size_t s = 0; s < method.c.size(); ++s) {
      at::Tensor x = state;
      for (size_t j = 0; j < method.a[s].size(); ++j) {
        if (method.a[s][j] == 0) continue;
        const at::Tensor velocity = program.stages[static_cast<int64_t>(j)].narrow(1, 0, d_);
        x = x + method.a[s][j] * h.unsqueeze(1) * velocity;
      }
      if (inputs.size() > 3 && method.c[s] != 0) x = x + method.c[s] * inputs[3];
      program.stages[static_cast<int64_t>(s)].copy_(Rates(t + method.c[s] * h, x));
    }
  }

  // The mean over members of velocity and growth at t [B] and x [B, D], in data units: [B, D + 1].
  at::Tensor Rates(const at::Tensor& t, const at::Tensor& x) const {
    const Dynamics& dynamics = field_.dynamics();
    const Standardisation& units = field_.standardisation();
    const at::Tensor tau = ((t - units.start_time) / units.duration).to(at::kFloat);
    const at::Tensor y = ((x - mean_) / units.scale).to(at::kFloat);
    const FieldRates factors(field_, 1 / static_cast<double>(members_.size()));
    DerivativeMask mask;
    mask.gradient = true;
    at::Tensor sum;
    for (const Parameters& parameters : members_) {
      const Derivatives s = Differentiate(potential_, parameters, {tau, y, {}, {}}, mask);
      const at::Tensor rates =
          at::cat({factors.velocity * Velocity(dynamics, s.gradient), (factors.growth * s.value).unsqueeze(1)}, 1);
      sum = sum.defined() ? sum + rates : rates;
    }
    return sum;
  }

  const Field& field_;
  const Potential& potential_;
  const int64_t d_;
  const at::Device device_;
  const at::Tensor mean_;                   // [D], on the device
  const at::Tensor state_, t_, h_, noise_;  // as in StepRows, but without the log-weight, on the host
  std::vector<Parameters> members_;
  // By method, and by whether there is noise.
  std::map<std::pair<const Tableau*, bool>, std::unique_ptr<Program>> programs_;
};

}  // namespace

Motion DeviceMotionOf(const Field& field, int member, at::Device device) {
  Motion motion;
  motion.on_thread_start = UseOneTorchThread;
  motion.scale = field.standardisation().scale;
  motion.span = field.standardisation().duration;
  motion.tile_rows = kDeviceRows;
  const auto in_turn = [](DeviceField* ended) {
    const std::lock_guard<std::mutex> turn(DeviceMutex());
    delete ended;
  };
  std::shared_ptr<DeviceField> on_device;
  {
    const std::lock_guard<std::mutex> turn(DeviceMutex());
    on_device.reset(new DeviceField(field, member, device), in_turn);
  }
  motion.stages = [on_device](const Tableau& method, const StepRows& rows, std::vector<std::vector<double>>* stages) {
    const std::lock_guard<std::mutex> turn(DeviceMutex());
    on_device->Stages(method, rows, stages);
  };
  if (field.dynamics().HasNoise()) motion.sigma = [&field](double t) { return field.Sigma(t); };
  return motion;
}

}  // namespace actionmatch
