// Products with a matrix of few columns (kernels.h) for one instruction set, compiled as passes.cc is. Libraries pad
// such matrices to whole vectors of columns; here a vector runs along the sum.

#include "core/kernels/kernels.h"
#include "core/kernels/vectors.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {
namespace {

// Some rows of out [rows, columns].
template <int rows, int columns, typename T>
inline void Block(int64_t k, const T* a, const T* b, T* out) {
  using V = Vectors<T>;
  typename V::Vector sums[rows][columns] = {};
  const auto add = [&](int64_t l, auto load) {
    typename V::Vector x[rows];
    for (int i = 0; i < rows; ++i) x[i] = load(a + i * k + l);
    for (int j = 0; j < columns; ++j) {
      const typename V::Vector y = load(b + j * k + l);
      for (int i = 0; i < rows; ++i) sums[i][j] = MulAdd(x[i], y, sums[i][j]);
    }
  };
  int64_t l = 0;
  for (; l + V::kLanes <= k; l += V::kLanes) add(l, [](const T* from) { return V::Load(from); });
  if (l < k) add(l, [rest = k - l](const T* from) { return V::LoadSome(from, rest); });
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) out[i * columns + j] = V::Sum(sums[i][j]);
  }
}

template <int columns, typename T>
void Rows(int64_t rows, int64_t k, const T* a, const T* b, T* out) {
  constexpr int kRows = columns > 4 ? 2 : 4;
  int64_t i = 0;
  for (; i + kRows <= rows; i += kRows) Block<kRows, columns>(k, a + i * k, b, out + i * columns);
  for (; i < rows; ++i) Block<1, columns>(k, a + i * k, b, out + i * columns);
}

}  // namespace

template <typename T>
void Narrow(int64_t rows, int columns, int64_t k, const T* a, const T* b, T* out) {
  static_assert(kMaxNarrowColumns == 7);
  switch (columns) {
    case 1:
      return Rows<1>(rows, k, a, b, out);
    case 2:
      return Rows<2>(rows, k, a, b, out);
    case 3:
      return Rows<3>(rows, k, a, b, out);
    case 4:
      return Rows<4>(rows, k, a, b, out);
    case 5:
      return Rows<5>(rows, k, a, b, out);
    case 6:
      return Rows<6>(rows, k, a, b, out);
    case 7:
      return Rows<7>(rows, k, a, b, out);
  }
}

template void Narrow<float>(int64_t, int, int64_t, const float*, const float*, float*);
template void Narrow<double>(int64_t, int, int64_t, const double*, const double*, double*);

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
