// Sums of outer products (elementwise.h) for one instruction set, as elementwise_kernels.cc. Libraries first transpose
// one operand into a copy; here a vector runs along the columns of the result, so both are read as they lie.
//
// A block of the result stays in registers while rows of the operands go by. A panel of a wide b, as wide as a block,
// is copied: rows of a power of two of bytes would else meet in few sets of the cache.

#include <algorithm>
#include <utility>

#include "core/elementwise.h"
#include "core/kernel_vectors.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {
namespace {

constexpr int kBlockRows = 6;
#if defined(__AVX512F__)
constexpr int kBlockVectors = 4;
#else
constexpr int kBlockVectors = 2;
#endif
// Rows of a panel: it stays in the first cache, and what goes by beside it lies on few pages.
constexpr int kChunkBytes = 24576;
constexpr int kChunkRows = std::min(kChunkBytes / (kBlockVectors * kVectorBytes), 128);
// Where b is no wider, or a no wider, a copy costs more than it saves.
constexpr int64_t kMostPanelsRead = 4;
constexpr int64_t kMostBlocksRead = 3;

// Rows of an operand or of the result, `stride` numbers apart.
template <typename T>
struct Rows {
  T* first;
  int64_t stride;
  T* at(int64_t i) const { return first + i * stride; }
};

// out [rows, vectors] += a [k, rows]^T b [k, vectors], or = where `fresh`.
template <int rows, int vectors, typename T>
void Block(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, Rows<T> out) {
  using V = Vectors<T>;
  typename V::Vector sums[rows][vectors];
#pragma GCC unroll 6
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      sums[i][j] = fresh ? typename V::Vector{} : V::Load(out.at(i) + j * V::kLanes);
    }
  }
  for (int64_t l = 0; l < k; ++l) {
    typename V::Vector y[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) y[j] = V::Load(b.at(l) + j * V::kLanes);
#pragma GCC unroll 6
    for (int i = 0; i < rows; ++i) {
      const auto x = Splat(a.at(l)[i]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) sums[i][j] = MulAdd(x, y[j], sums[i][j]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) V::Store(sums[i][j], out.at(i) + j * V::kLanes);
  }
}

template <typename T>
using BlockFunction = void (*)(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, Rows<T> out);

// The block of so many vectors for 1, 2, ... rows.
template <int vectors, typename T, int... i>
const BlockFunction<T>* Blocks(std::integer_sequence<int, i...>) {
  static constexpr BlockFunction<T> blocks[] = {Block<i + 1, vectors, T>...};
  return blocks;
}
template <typename T, int... j>
const BlockFunction<T>* BlocksOf(int vectors, std::integer_sequence<int, j...>) {
  static const BlockFunction<T>* const by_vectors[] = {
      Blocks<j + 1, T>(std::make_integer_sequence<int, kBlockRows>())...};
  return by_vectors[vectors - 1];
}

// The columns of out [m, n] from j on that a panel of b [k, n] makes, for some rows of the operands.
template <typename T>
class Panel {
 public:
  static constexpr int64_t kColumns = int64_t{kBlockVectors} * Vectors<T>::kLanes;

  Panel(int64_t m, int64_t n, int64_t j)
      : m_(m),
        n_(n),
        columns_(std::min(kColumns, n - j)),
        vectors_(static_cast<int>((columns_ + Vectors<T>::kLanes - 1) / Vectors<T>::kLanes)),
        whole_(columns_ % Vectors<T>::kLanes == 0),
        blocks_((m + kBlockRows - 1) / kBlockRows),
        by_rows_(BlocksOf<T>(vectors_, std::make_integer_sequence<int, kBlockVectors>())) {}

  // b and out begin at the panel's first column.
  void Run(int64_t rows, const T* a, const T* b, bool fresh, T* out) {
    const bool copied = !whole_ || (blocks_ > kMostBlocksRead && n_ > kMostPanelsRead * kColumns);
    if (copied) Copy(rows, b);
    const Rows<const T> from = copied ? Rows<const T>{copy_, kColumns} : Rows<const T>{b, n_};
    for (int64_t q = 0; q < blocks_; ++q) {
      const int64_t first = m_ * q / blocks_;
      const int64_t count = m_ * (q + 1) / blocks_ - first;
      const Rows<T> to{out + first * n_, n_};
      // The next block's.
      for (int64_t i = count; i < 2 * count; ++i) {
        for (int v = 0; v < vectors_; ++v) __builtin_prefetch(to.at(i) + v * Vectors<T>::kLanes, 1);
      }
      if (whole_) {
        by_rows_[count - 1](rows, {a + first, m_}, from, fresh, to);
        continue;
      }
      for (int64_t i = 0; i < count; ++i) std::copy_n(to.at(i), columns_, edge_ + i * kColumns);
      by_rows_[count - 1](rows, {a + first, m_}, from, fresh, {edge_, kColumns});
      for (int64_t i = 0; i < count; ++i) std::copy_n(edge_ + i * kColumns, columns_, to.at(i));
    }
  }

 private:
  void Copy(int64_t rows, const T* b) {
    using V = Vectors<T>;
    for (int64_t i = 0; i < rows; ++i) {
      for (int v = 0; v < vectors_; ++v) {
        const T* from = b + i * n_ + v * V::kLanes;
        const int64_t left = columns_ - v * V::kLanes;
        V::Store(left >= V::kLanes ? V::Load(from) : V::LoadSome(from, left), copy_ + i * kColumns + v * V::kLanes);
      }
    }
  }

  const int64_t m_, n_;
  const int64_t columns_;
  const int vectors_;
  const bool whole_;  // no vector is cut short
  const int64_t blocks_;
  const BlockFunction<T>* const by_rows_;
  alignas(kVectorBytes) T copy_[kChunkRows * kColumns];
  T edge_[kBlockRows * kColumns] = {};
};

}  // namespace

template <typename T>
void Outer(int64_t m, int64_t n, int64_t k, const T* a, const T* b, bool accumulate, T* out) {
  for (int64_t l = 0; l < k; l += kChunkRows) {
    const int64_t rows = std::min<int64_t>(kChunkRows, k - l);
    for (int64_t j = 0; j < n; j += Panel<T>::kColumns) {
      Panel<T>(m, n, j).Run(rows, a + l * m, b + l * n + j, l == 0 && !accumulate, out + j);
    }
  }
}

template void Outer<float>(int64_t, int64_t, int64_t, const float*, const float*, bool, float*);
template void Outer<double>(int64_t, int64_t, int64_t, const double*, const double*, bool, double*);

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
