// Trajectories by LibTorch's tensors against those of the host's passes: on the CPU, and on CUDA where it can be used.

#include "core/field/device_motion.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/device/device.h"
#include "core/field/field_motion.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

std::vector<at::Device> Devices() {
  std::vector<at::Device> devices = {at::kCPU};
  if (HasCuda()) devices.push_back(DeviceOf(TrainingSpec::Device::kCuda));
  return devices;
}

TrainSpec Small() {
  TrainSpec spec = Spec();
  spec.training.steps = 20;
  spec.training.device = TrainingSpec::Device::kCpu;
  return spec;
}

double Furthest(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

void Compare(const Field& field, int member, IntegrateOptions::Method method) {
  const Points start = Data().at.front().points;
  IntegrateOptions options;
  options.steps = 8;
  options.method = method;
  const std::vector<double> times = {field.end_time(), (field.start_time() + field.end_time()) / 2};
  const auto expected = Integrate(MotionOf(field, member), start, field.start_time(), times, options);
  ASSERT_TRUE(expected.ok()) << expected.status();
  for (const at::Device device : Devices()) {
    const auto trajectory = Integrate(DeviceMotionOf(field, member, device), start, field.start_time(), times, options);
    ASSERT_TRUE(trajectory.ok()) << trajectory.status();
    for (size_t f = 0; f < times.size(); ++f) {
      EXPECT_LT(Furthest(trajectory->points[f].values, expected->points[f].values), 1e-4) << device.str();
      EXPECT_LT(Furthest(trajectory->log_weights[f], expected->log_weights[f]), 1e-4) << device.str();
    }
    EXPECT_GT(Furthest(trajectory->points[0].values, start.values), 0.1);
  }
}

// Fixed steps, steps of each point's own, and noise.
void CompareMethods(const Field& field, int member) {
  using Method = IntegrateOptions::Method;
  const bool noise = field.dynamics().HasNoise();
  for (const Method method : noise ? std::vector<Method>{Method::kEulerMaruyama, Method::kStochasticHeun}
                                   : std::vector<Method>{Method::kEuler, Method::kRk4, Method::kDopri5}) {
    Compare(field, member, method);
  }
}

TEST(DeviceMotionTest, CarriesPointsWhereTheHostDoes) {
  CompareMethods(*Train(Small(), Data()), Field::kAllMembers);
  TrainSpec spec = Small();
  spec.dynamics.lambda = 1;
  spec.dynamics.cost.power = 3;
  spec.dynamics.cost.scale = 2;
  spec.members = 2;
  const auto ensemble = Train(spec, Data());
  CompareMethods(*ensemble, Field::kAllMembers);
  CompareMethods(*ensemble, 1);
  spec = Small();
  spec.dynamics.sigma = 0.3;
  CompareMethods(*Train(spec, Data()), Field::kAllMembers);
}

// Tiles are padded: neither the number of points, nor the others, nor the threads that share tiles change a bit of a
// point's trajectory. The first of a tile, since a BLAS may round a tile's rows differently.
TEST(DeviceMotionTest, APointDoesNotDependOnTheOthers) {
  constexpr int kFirst = 3 * 8192;
  constexpr int kMany = kFirst + 8;  // a tile for each thread
  const auto field = Train(Small(), Data());
  Points many{2, {}};
  for (int i = 0; i < kMany; ++i) many.Append({std::cos(i), std::sin(3 * i)});
  Points first{2, {}};
  first.Append(many.row(kFirst));
  IntegrateOptions options;
  options.method = IntegrateOptions::Method::kEuler;
  options.steps = 6;  // by a graph, too, where there are such
  for (const at::Device device : Devices()) {
    const Motion motion = DeviceMotionOf(*field, Field::kAllMembers, device);
    options.threads = 4;
    const auto all = Integrate(motion, many, field->start_time(), {field->end_time()}, options);
    options.threads = 1;
    const auto alone = Integrate(motion, first, field->start_time(), {field->end_time()}, options);
    ASSERT_TRUE(all.ok() && alone.ok());
    EXPECT_EQ(all->points[0].row(kFirst)[0], alone->points[0].row(0)[0]);
    EXPECT_EQ(all->points[0].row(kFirst)[1], alone->points[0].row(0)[1]);
    EXPECT_NE(all->points[0].row(kFirst)[0], all->points[0].row(0)[0]);
  }
}

}  // namespace
}  // namespace actionmatch
