#include "core/device_motion.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "core/calculus.h"
#include "core/cuda_graph.h"
#include "core/device_tensors.h"
#include "core/field_weights.h"

namespace actionmatch {
namespace {

constexpr int64_t kBlockRows = 8192;

// While work is captured no other thread may use the device.
std::mutex& DeviceMutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}

class DeviceField {
 public:
  DeviceField(const Field& field, int member, at::Device device)
      : field_(field),
        potential_(field.weights().potential),
        d_(field.dimension()),
        tau_(at::zeros({kBlockRows})),
        y_(at::zeros({kBlockRows, d_})),
        inputs_({tau_, y_}, device),
        answer_(at::empty({kBlockRows, d_ + 1}, at::TensorOptions(at::kFloat).device(device))),
        work_(MakeRepeatedWork(device, [this] { Block(); })) {
    const int first = member == Field::kAllMembers ? 0 : member;
    const int last = member == Field::kAllMembers ? field.members() : member + 1;
    for (int m = first; m < last; ++m) {
      Parameters parameters;
      for (const at::Tensor& tensor : field.weights().members[static_cast<size_t>(m)].tensors) {
        parameters.tensors.push_back(tensor.to(device));
      }
      members_.push_back(std::move(parameters));
    }
  }

  void Velocity(absl::Span<const double> t, absl::Span<const double> x, absl::Span<double> velocity,
                absl::Span<double> growth) {
    const auto n = static_cast<int64_t>(t.size());
    for (int64_t first = 0; first < n; first += kBlockRows) {
      const int64_t rows = std::min(kBlockRows, n - first);
      Set(t.subspan(first, rows), x.subspan(first * d_, rows * d_));
      inputs_.Upload({tau_, y_});
      work_->Run();
      const at::Tensor answer = answer_.to(at::kCPU);  // waits
      const float* values = answer.data_ptr<float>();
      for (int64_t i = first; i < first + rows; ++i) {
        for (int64_t d = 0; d < d_; ++d) velocity[i * d_ + d] = *values++;
        growth[i] = *values++;
      }
    }
  }

 private:
  // Points in data units; any finite numbers will do for what is beyond them.
  void Set(absl::Span<const double> t, absl::Span<const double> x) {
    const Standardisation& units = field_.standardisation();
    auto* tau = tau_.data_ptr<float>();
    auto* y = y_.data_ptr<float>();
    for (const double time : t) *tau++ = static_cast<float>(units.Tau(time));
    for (size_t i = 0; i < x.size(); ++i) {
      *y++ = static_cast<float>((x[i] - units.mean[i % static_cast<size_t>(d_)]) / units.scale);
    }
  }

  // The mean over members of velocity and growth, in data units: [B, D + 1].
  void Block() {
    const Dynamics& dynamics = field_.dynamics();
    const Standardisation& units = field_.standardisation();
    const double share = 1 / (static_cast<double>(members_.size()) * units.duration);
    DerivativeMask mask;
    mask.gradient = true;
    at::Tensor sum = at::zeros_like(answer_);
    for (const Parameters& parameters : members_) {
      const Derivatives s = Differentiate(potential_, parameters, inputs_.tensors()[0], inputs_.tensors()[1], mask);
      sum = sum + at::cat({share * units.scale * actionmatch::Velocity(dynamics, s.gradient),
                           (share * dynamics.lambda * s.value).unsqueeze(1)},
                          1);
    }
    answer_.copy_(sum);
  }

  const Field& field_;
  const Potential& potential_;
  const int64_t d_;
  const at::Tensor tau_;  // [B], on the host
  const at::Tensor y_;    // [B, D]
  DeviceTensors inputs_;
  const at::Tensor answer_;  // [B, D + 1]
  std::vector<Parameters> members_;
  const std::unique_ptr<RepeatedWork> work_;
};

}  // namespace

Motion DeviceMotionOf(const Field& field, int member, at::Device device) {
  Motion motion;
  motion.scale = field.standardisation().scale;
  motion.span = field.standardisation().duration;
  motion.tile_rows = kBlockRows;
  const auto in_turn = [](DeviceField* ended) {
    const std::lock_guard<std::mutex> turn(DeviceMutex());
    delete ended;
  };
  std::shared_ptr<DeviceField> on_device;
  {
    const std::lock_guard<std::mutex> turn(DeviceMutex());
    on_device.reset(new DeviceField(field, member, device), in_turn);
  }
  motion.velocity = [on_device](absl::Span<const double> t, absl::Span<const double> x, absl::Span<double> velocity,
                                absl::Span<double> growth) {
    const std::lock_guard<std::mutex> turn(DeviceMutex());
    on_device->Velocity(t, x, velocity, growth);
  };
  if (field.dynamics().HasNoise()) motion.sigma = [&field](double t) { return field.Sigma(t); };
  return motion;
}

}  // namespace actionmatch
