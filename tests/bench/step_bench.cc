// A training step: gradient, clip, Adam and moving average, next step's samples gathered beside it. Fused passes
// against LibTorch's autograd in C++ (the same optimizer), and against the rate of bare matrix products at the hidden
// layers' shape: "share" is the step's own 12 (conditional: 6) products a layer at that rate, over the step's time. The
// last column is the same step with bfloat16 products against float32, where the processor has them.
//
//   step_bench [THREADS...]                   a table; default 1 2
//   step_bench scaling [THREADS...]           the same share over width, rows, dimension
//   step_bench rate WIDTH ROWS THREADS        GFLOP/s of bare products, for hydrogen.py
//   step_bench time WIDTH LAYERS ROWS DIMENSION action|conditional THREADS
//                                             the median seconds of one fused step, for speed.py

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "core/loss/loss_gradient.h"
#include "core/training/optimizer.h"
#include "tests/bench/bench.h"
#include "tests/bench/problems.h"

namespace actionmatch {
namespace {

using Engine = TrainingSpec::Engine;
using Form = TrainingSpec::Form;
using Precision = TrainingSpec::Precision;

// Of each alternative before the next's turn; steps follow each other as in a training, with what they left in the
// caches.
constexpr double kTurnFlops = 3e9;
constexpr int kMinSteps = 10;

int StepsOfTurn(double step_flops) { return std::max(kMinSteps, static_cast<int>(kTurnFlops / step_flops)); }

// One way to train, ready to step.
class Run {
 public:
  Run(const Case& c, Form form, bool noise, Engine engine, int threads, Precision precision = Precision::kFloat32)
      : batches_(c, form) {
    TrainingSpec training;
    training.engine = engine;
    training.precision = precision;
    const std::shared_ptr<const Perceptron> potential = NetworkOf(c);
    Objective objective;
    objective.form = form;
    objective.laplacian_probes = 1;
    if (noise) objective.dynamics.sigma = 0.5;
    optimizer_ = std::make_unique<Optimizer>(TrainingSpec(), potential->Initialise(1), threads);
    loss_gradient_ = MakeLossGradient(training, objective, potential, c.rows, threads);
    gradient_ = at::empty_like(optimizer_->state().parameters);
  }

  void Step() {
    const PathBatch& batch = batches_.Take();
    loss_gradient_->Compute(
        optimizer_->state().parameters, batch, batches_.step(), [this] { batches_.DrawNext(); }, &gradient_);
    if (!optimizer_->Step(gradient_).ok()) std::abort();
  }
  int64_t parameters() const { return gradient_.numel(); }

 private:
  Batches batches_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<LossGradient> loss_gradient_;
  at::Tensor gradient_;
};

void Compare(const Case& c, int threads) {
  at::set_num_threads(threads);
  struct Kind {
    Form form;
    bool noise;
    int products;
  };
  const bool has_bfloat16 = Bfloat16Instructions() != nullptr;
  double plain_action = 0;
  for (const Kind& kind : {Kind{Form::kAction, false, 12},
                           {Form::kConditional, false, 6},
                           {Form::kAction, true, 15},
                           {Form::kConditional, true, 9}}) {
    Run fused(c, kind.form, kind.noise, Engine::kFused, threads);
    Run autograd(c, kind.form, kind.noise, Engine::kAutograd, threads);
    Run rounded(c, kind.form, kind.noise, Engine::kFused, threads,
                has_bfloat16 ? Precision::kBfloat16 : Precision::kFloat32);
    const double step_flops = 2.0 * kind.products * static_cast<double>(c.rows * fused.parameters());
    const int steps = StepsOfTurn(step_flops);
    const BesideProducts beside({[&] { fused.Step(); }, [&] { autograd.Step(); }, [&] { rounded.Step(); }},
                                {steps, steps, steps}, 9, c.rows, c.width, threads, kTurnFlops);
    const std::vector<double>& seconds = beside.seconds;
    const double rate = beside.product_rate;
    if (kind.form == Form::kAction && !kind.noise) plain_action = seconds[0];
    std::printf("%d  %4dx%d  %5lld  %-11s  %-5s  %8.3f  %8.3f  %6.2f  %6.1f  %6.1f  %5.0f%%  %6.2f  ", threads, c.width,
                c.layers, static_cast<long long>(c.rows), kind.form == Form::kAction ? "action" : "conditional",
                kind.noise ? "probe" : "-", 1e3 * seconds[0], 1e3 * seconds[1], seconds[1] / seconds[0],
                1e-9 * step_flops / seconds[0], 1e-9 * rate, 100 * step_flops / seconds[0] / rate,
                plain_action / seconds[0]);
    if (has_bfloat16) {
      std::printf("%6.2f\n", seconds[0] / seconds[2]);
    } else {
      std::printf("%6s\n", "-");
    }
    std::fflush(stdout);
  }
}

// The fused step's share of the product rate: one line.
void Scale(const Case& c, int threads) {
  at::set_num_threads(threads);
  Run fused(c, Form::kAction, false, Engine::kFused, threads);
  const double step_flops = 24.0 * static_cast<double>(c.rows * fused.parameters());
  const int steps = StepsOfTurn(step_flops);
  const BesideProducts beside({[&] { fused.Step(); }}, {steps}, 5, c.rows, c.width, threads, kTurnFlops);
  const double seconds = beside.seconds[0];
  std::printf("%d  %4dx%d  %5lld  %4lld  %9.3f  %6.1f  %6.1f  %5.0f%%\n", threads, c.width, c.layers,
              static_cast<long long>(c.rows), static_cast<long long>(c.dimension), 1e3 * seconds,
              1e-9 * step_flops / seconds, 1e-9 * beside.product_rate,
              100 * step_flops / seconds / beside.product_rate);
  std::fflush(stdout);
}

void ScalingTable(int threads) {
  for (const int width : {32, 64, 128, 256, 512, 1024}) Scale({width, 4, 1024, 3}, threads);
  for (const int64_t rows : {64, 256, 4096, 16384}) Scale({256, 4, rows, 3}, threads);
  for (const int64_t dimension : {10, 50, 200}) Scale({256, 4, 1024, dimension}, threads);
}

}  // namespace
}  // namespace actionmatch

int main(int argc, char** argv) {
  using actionmatch::Form;
  if (argc == 8 && std::strcmp(argv[1], "time") == 0) {
    const int threads = std::atoi(argv[7]);
    at::set_num_threads(threads);
    const actionmatch::Case c{std::atoi(argv[2]), std::atoi(argv[3]), std::atoll(argv[4]), std::atoll(argv[5])};
    actionmatch::Run run(c, std::strcmp(argv[6], "action") == 0 ? Form::kAction : Form::kConditional, false,
                         actionmatch::Engine::kFused, threads);
    const int repeats = std::max(1, static_cast<int>(2e10 / static_cast<double>(c.rows * run.parameters() * 24)));
    std::printf("%.9f\n", actionmatch::MedianSeconds({[&] { run.Step(); }}, 5, {repeats})[0]);
    return 0;
  }
  if (argc == 5 && std::strcmp(argv[1], "rate") == 0) {
    const actionmatch::BesideProducts products({}, {}, 9, std::atoll(argv[3]), std::atoi(argv[2]), std::atoi(argv[4]),
                                               2e10);
    std::printf("%.1f\n", 1e-9 * products.product_rate);
    return 0;
  }
  const bool scaling = argc > 1 && std::strcmp(argv[1], "scaling") == 0;
  const std::vector<int> threads = actionmatch::ThreadCounts(
      argc, argv, scaling ? 2 : 1, "step_bench [scaling] [THREADS...], more in tests/bench/step_bench.cc");
  if (scaling) {
    std::printf("threads, network, rows, dimension, ms, GFLOP/s, product rate, share\n");
    for (const int count : threads) actionmatch::ScalingTable(count);
    return 0;
  }
  std::printf(
      "threads, network, rows, form, Laplacian, fused ms, autograd ms, ratio, GFLOP/s, product rate, share, "
      "speed against action, speed with bfloat16\n");
  for (const int count : threads) {
    for (const actionmatch::Case& c :
         {actionmatch::Case{256, 4, 1000, 3}, {512, 4, 512, 3}, {64, 4, 256, 3}, {128, 3, 768, 10}}) {
      actionmatch::Compare(c, count);
    }
  }
}
