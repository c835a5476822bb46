// Trajectories: points pushed through a field by RK4, against the rate of bare matrix products at the hidden layers'
// shape in the same run: "share" is the two products that a layer needs for grad S at that rate, over the time taken.
//
//   sampling_bench [THREADS...]                                 a table; default 1 2
//   sampling_bench time WIDTH LAYERS POINTS STEPS THREADS       the median seconds of one push, for speed.py

#include <ATen/Parallel.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/field/sample.h"
#include "core/trajectory/integrate.h"
#include "tests/bench/bench.h"
#include "tests/bench/problems.h"

namespace actionmatch {
namespace {

constexpr int64_t kDimension = 3;
constexpr int kRounds = 5;

class Push {
 public:
  Push(int width, int layers, int64_t points, int steps, int threads) {
    const Case c{width, layers, points, kDimension};
    for (const std::vector<int64_t>& shape : NetworkOf(c)->shapes()) {
      if (shape.size() == 2) weights_ += shape[0] * shape[1];
    }
    field_ = UntrainedField(c);
    Random random(1, RandomStream::kSimulate);
    start_ = NormalPoints(points, kDimension, &random);
    options_.method = IntegrateOptions::Method::kRk4;
    options_.steps = steps;
    options_.threads = threads;
  }

  void Run() {
    if (!Sample(*field_, start_, 0, {1.0}, options_).ok()) std::abort();
  }
  double flops() const {
    return 4.0 * static_cast<double>(weights_) * static_cast<double>(start_.count()) * 4 * options_.steps;
  }

 private:
  int64_t weights_ = 0;
  std::unique_ptr<const Field> field_;
  Points start_;
  SampleOptions options_;
};

void Compare(int width, int threads) {
  at::set_num_threads(threads);
  constexpr int64_t kPoints = 20000;
  Push push(width, 4, kPoints, width > 64 ? 1 : 5, threads);
  const BesideProducts beside({[&] { push.Run(); }}, {1}, kRounds, 1000, width, threads, 1e10);
  const double seconds = beside.seconds[0];
  const double rate = push.flops() / seconds;
  std::printf("%d  %4dx4  %lld  %8.3f  %6.1f  %6.1f  %5.0f%%\n", threads, width, static_cast<long long>(kPoints),
              1e3 * seconds, 1e-9 * rate, 1e-9 * beside.product_rate, 100 * rate / beside.product_rate);
  std::fflush(stdout);
}

}  // namespace
}  // namespace actionmatch

int main(int argc, char** argv) {
  using actionmatch::Push;
  if (argc == 7 && std::strcmp(argv[1], "time") == 0) {
    at::set_num_threads(std::atoi(argv[6]));
    Push push(std::atoi(argv[2]), std::atoi(argv[3]), std::atoll(argv[4]), std::atoi(argv[5]), std::atoi(argv[6]));
    std::printf("%.9f\n", actionmatch::MedianSeconds({[&] { push.Run(); }}, actionmatch::kRounds, {1})[0]);
    return 0;
  }
  const std::vector<int> threads =
      actionmatch::ThreadCounts(argc, argv, 1, "sampling_bench [THREADS...], more in tests/bench/sampling_bench.cc");
  std::printf("threads, network, points, ms, GFLOP/s, product rate, share\n");
  for (const int count : threads) {
    for (const int width : {64, 128, 256, 512}) actionmatch::Compare(width, count);
  }
}
