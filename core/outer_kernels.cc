// Sums of outer products (elementwise.h) for one instruction set, as elementwise_kernels.cc. Libraries first transpose
// one operand into a copy; here a vector runs along the columns of the result, so both are read as they lie.
//
// A block of the result stays in registers while rows of the operands go by. A panel of a wide b, as wide as a block,
// is copied: rows of a power of two of bytes would else meet in few sets of the cache. What is read next, of the result
// and of a, is fetched while products run.

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
// Rows of a panel: what goes by beside it lies on few pages.
constexpr int kMostChunkRows = 128;
// Where b is no wider, or a no wider, a copy costs more than it saves.
constexpr int64_t kMostPanelsRead = 1;
constexpr int64_t kMostBlocksRead = 3;
// Rows that go by while one line of the next block is fetched, and of the rows below it: a burst would keep rows of a
// waiting.
constexpr int kRowsForLine = 4;
// How many rows of a lie between the one that is multiplied and the one that is fetched.
constexpr int64_t kRowsAhead = 12;

// Rows of an operand or of the result, `stride` numbers apart.
template <typename T>
struct Rows {
  T* first;
  int64_t stride;
  T* at(int64_t i) const { return first + i * stride; }
};

// out [rows, vectors] += a [k, rows]^T b [k, vectors], or = where `fresh`. The block at `next` is fetched.
template <int rows, int vectors, typename T>
void Block(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, Rows<T> out, Rows<T> next) {
  using V = Vectors<T>;
  typename V::Vector sums[rows][vectors];
#pragma GCC unroll 6
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      sums[i][j] = fresh ? typename V::Vector{} : V::Load(out.at(i) + j * V::kLanes);
    }
  }
  const T* x = a.first;
  const T* y = b.first;
  const auto add_row = [&] {
    __builtin_prefetch(x + kRowsAhead * a.stride);
    typename V::Vector columns[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) columns[j] = V::Load(y + j * V::kLanes);
#pragma GCC unroll 6
    for (int i = 0; i < rows; ++i) {
      const auto factor = Splat(x[i]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) sums[i][j] = MulAdd(factor, columns[j], sums[i][j]);
    }
    x += a.stride;
    y += b.stride;
  };
  const T* line = next.first;
  int left = vectors;  // of the row of next
  int64_t l = 0;
  for (; l + kRowsForLine <= k; l += kRowsForLine) {
    __builtin_prefetch(line, 1);
    line += V::kLanes;
    if (--left == 0) {
      left = vectors;
      line += next.stride - vectors * V::kLanes;
    }
#pragma GCC unroll 4
    for (int q = 0; q < kRowsForLine; ++q) add_row();
  }
  for (; l < k; ++l) add_row();
#pragma GCC unroll 6
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) V::Store(sums[i][j], out.at(i) + j * V::kLanes);
  }
}

template <typename T>
using BlockFunction = void (*)(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, Rows<T> out, Rows<T> next);

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
      const Rows<T> next{q + 1 < blocks_ ? to.at(count) : out, n_};
      if (whole_) {
        by_rows_[count - 1](rows, {a + first, m_}, from, fresh, to, next);
        continue;
      }
      for (int64_t i = 0; i < count; ++i) std::copy_n(to.at(i), columns_, edge_ + i * kColumns);
      by_rows_[count - 1](rows, {a + first, m_}, from, fresh, {edge_, kColumns}, next);
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
  alignas(kVectorBytes) T copy_[kMostChunkRows * kColumns];
  T edge_[kBlockRows * kColumns] = {};
};

}  // namespace

template <typename T>
void Outer(int64_t m, int64_t n, int64_t k, const T* a, const T* b, bool accumulate, T* out) {
  // A panel leaves an eighth of the first cache to what goes by.
  static const int64_t most =
      std::min<int64_t>(kMostChunkRows, FirstCacheBytes() / 8 * 7 / (kBlockVectors * kVectorBytes));
  const int64_t chunks = (k + most - 1) / most;
  for (int64_t j = 0; j < n; j += Panel<T>::kColumns) {
    Panel<T> panel(m, n, j);
    for (int64_t c = 0; c < chunks; ++c) {
      const int64_t l = k * c / chunks;
      panel.Run(k * (c + 1) / chunks - l, a + l * m, b + l * n + j, l == 0 && !accumulate, out + j);
    }
  }
}

template void Outer<float>(int64_t, int64_t, int64_t, const float*, const float*, bool, float*);
template void Outer<double>(int64_t, int64_t, int64_t, const double*, const double*, bool, double*);

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
