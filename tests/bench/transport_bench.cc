// Exact W1 between two clouds in ten dimensions, by network simplex.
//
//   transport_bench time SIZE FILE     leaves the points in FILE (float64, [2, SIZE, 10]), prints the median seconds

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/metrics/distances.h"
#include "core/random.h"
#include "tests/bench/bench.h"

int main(int argc, char** argv) {
  using namespace actionmatch;  // NOLINT(google-build-using-namespace)
  if (argc != 4 || std::strcmp(argv[1], "time") != 0) {
    std::fputs("transport_bench time SIZE FILE\n", stderr);
    return 2;
  }
  const int64_t size = std::atoll(argv[2]);
  constexpr int64_t kDimension = 10;
  WeightedPoints clouds[2];
  std::ofstream file(argv[3], std::ios::binary);
  for (int k = 0; k < 2; ++k) {
    Random random(static_cast<uint64_t>(k), RandomStream::kSimulate);
    std::vector<double>& values = clouds[k].points.values;
    clouds[k].points.dimension = kDimension;
    for (int64_t i = 0; i < size * kDimension; ++i) values.push_back(random.Normal() + k);
    file.write(reinterpret_cast<const char*>(values.data()), static_cast<int64_t>(values.size() * sizeof(double)));
  }
  file.close();
  const auto measure = [&] {
    if (!Wasserstein1(clouds[0], clouds[1]).ok()) std::abort();
  };
  std::printf("%.9f\n", MedianSeconds({measure}, 3, {1})[0]);
}
