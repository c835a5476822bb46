// Timing for benchmarks: medians of interleaved runs, so that what else the machine does meets all alternatives alike.

#ifndef ACTIONMATCH_TESTS_BENCH_BENCH_H_
#define ACTIONMATCH_TESTS_BENCH_BENCH_H_

#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "core/kernels/arena.h"
#include "core/kernels/matrix_product.h"

namespace actionmatch {

// The numbers of threads that the arguments from `first` on ask for, or 1 and 2. Any other word, --help among them,
// prints the usage and ends the program.
inline std::vector<int> ThreadCounts(int argc, char** argv, int first, const char* usage) {
  std::vector<int> counts;
  for (int i = first; i < argc; ++i) {
    char* end = nullptr;
    const int64_t count = std::strtol(argv[i], &end, 10);
    if (*end != 0 || count < 1 || count > 1024) {
      const bool asked = std::strcmp(argv[i], "--help") == 0;
      std::fprintf(asked ? stdout : stderr, "usage: %s\n", usage);
      std::exit(asked ? 0 : 2);
    }
    counts.push_back(static_cast<int>(count));
  }
  if (counts.empty()) counts = {1, 2};
  return counts;
}

inline double SecondsOf(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The median seconds of each alternative over `rounds` rounds, in which they take turns, `repeats` runs at a time.
inline std::vector<double> MedianSeconds(const std::vector<std::function<void()>>& alternatives, int rounds,
                                         const std::vector<int>& repeats) {
  std::vector<std::vector<double>> seconds(alternatives.size());
  for (int round = -1; round < rounds; ++round) {
    for (size_t i = 0; i < alternatives.size(); ++i) {
      const double total = SecondsOf([&] {
        for (int r = 0; r < repeats[i]; ++r) alternatives[i]();
      });
      if (round >= 0) seconds[i].push_back(total / repeats[i]);  // the first warms up
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& s : seconds) {
    std::nth_element(s.begin(), s.begin() + static_cast<int64_t>(s.size() / 2), s.end());
    medians.push_back(s[s.size() / 2]);
  }
  return medians;
}

// The machine's product rate at a layer's own shape, [rows, width] x [width, width], rows split over the threads: by
// oneDNN, or by OpenBLAS.
class BareProducts {
 public:
  enum class Library { kOneDnn, kOpenBlas };

  BareProducts(Library library, int64_t rows, int64_t width, int threads) : library_(library), width_(width) {
    b_ = Filled(width * width, 0.5F);
    for (int64_t i = 0; i < threads; ++i) {
      const int64_t part = rows * (i + 1) / threads - rows * i / threads;
      rows_.push_back(part);
      products_.emplace_back(ProductShape{part, width, width});
      a_.push_back(Filled(part * width, 0.5F));
      out_.push_back(Filled(part * width, 0.0F));
    }
  }

  void Run() {
    const auto threads = static_cast<int>(rows_.size());
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int i = 0; i < threads; ++i) {
      if (library_ == Library::kOneDnn) {
        products_[i].Run(a_[i], b_, out_[i]);
      } else {
        const auto n = static_cast<int>(width_);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(rows_[i]), n, n, 1, a_[i], n, b_, n, 0,
                    out_[i], n);
      }
    }
  }

 private:
  float* Filled(int64_t count, float value) {
    float* values = arena_.Zeros<float>(count);
    std::fill_n(values, count, value);
    return values;
  }

  const Library library_;
  const int64_t width_;
  Arena arena_;  // aligned to cache lines: vectors across them are slower
  std::vector<int64_t> rows_;
  std::vector<Product<float>> products_;
  std::vector<float*> a_, out_;
  float* b_ = nullptr;
};

// What MedianSeconds says of the alternatives, and the product rate of the faster library, which took turns with them.
struct BesideProducts {
  // A library's turn is of `turn_flops`.
  BesideProducts(std::vector<std::function<void()>> alternatives, std::vector<int> repeats, int rounds, int64_t rows,
                 int64_t width, int threads, double turn_flops) {
    BareProducts dnn(BareProducts::Library::kOneDnn, rows, width, threads);
    BareProducts blas(BareProducts::Library::kOpenBlas, rows, width, threads);
    alternatives.insert(alternatives.end(), {[&] { dnn.Run(); }, [&] { blas.Run(); }});
    const double flops = 2.0 * static_cast<double>(rows * width * width);
    repeats.insert(repeats.end(), 2, std::max(1, static_cast<int>(turn_flops / flops)));
    seconds = MedianSeconds(alternatives, rounds, repeats);
    product_rate = flops / std::min(seconds[seconds.size() - 2], seconds.back());
    seconds.resize(seconds.size() - 2);
  }

  std::vector<double> seconds;  // of each alternative
  double product_rate = 0;      // FLOP/s
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_BENCH_BENCH_H_
