// Blocks of a product, for the kernels of one instruction set (elementwise.h): some rows and columns of the result stay
// in registers while the sum runs. What is read after them is fetched meanwhile, some lines at a time: a burst would
// keep the block's own numbers waiting. A sum runs in the order of its terms, whatever the block.

#ifndef ACTIONMATCH_CORE_PRODUCT_BLOCK_H_
#define ACTIONMATCH_CORE_PRODUCT_BLOCK_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/kernel_vectors.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {

constexpr int kBlockRows = 6;
#if defined(__AVX512F__)
constexpr int kBlockVectors = 4;
#else
constexpr int kBlockVectors = 2;
#endif
template <typename T>
constexpr int64_t kBlockColumns = int64_t{kBlockVectors} * Vectors<T>::kLanes;

// Terms that are added while one line of the next block is fetched.
constexpr int kTermsForLine = 4;
// How many terms lie between the one that is added and the one whose row of a is fetched.
constexpr int64_t kTermsAhead = 12;

// Rows of an operand or of the result, `stride` numbers apart.
template <typename T>
struct Rows {
  T* first;
  int64_t stride;
  T* at(int64_t i) const { return first + i * stride; }
};

// Where a's rows are those of the result, or the terms of its sums.
enum class Left { kRows, kTerms };

// What a block fetches: a block of the result, and from `following` on so many lines for every kTermsForLine terms.
template <typename T>
struct Fetched {
  Rows<T> next;
  const char* following;
  int lines;
};

// out [rows, vectors] += a b, or = where `fresh`, with b [k, vectors] and a [rows, k] or [k, rows].
template <Left left, int rows, int vectors, typename T>
void Block(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, Rows<T> out, const Fetched<T>& fetched) {
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
  const auto add_term = [&] {
    if constexpr (left == Left::kTerms) __builtin_prefetch(x + kTermsAhead * a.stride);
    typename V::Vector columns[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) columns[j] = V::Load(y + j * V::kLanes);
#pragma GCC unroll 6
    for (int i = 0; i < rows; ++i) {
      const auto factor = Splat(x[left == Left::kRows ? i * a.stride : i]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) sums[i][j] = MulAdd(factor, columns[j], sums[i][j]);
    }
    x += left == Left::kRows ? 1 : a.stride;
    y += b.stride;
  };
  const T* line = fetched.next.first;
  const char* following = fetched.following;
  int remaining = vectors;  // of the row of `next`
  int64_t l = 0;
  for (; l + kTermsForLine <= k; l += kTermsForLine) {
    __builtin_prefetch(line, 1);
    line += V::kLanes;
    if (--remaining == 0) {
      remaining = vectors;
      line += fetched.next.stride - vectors * V::kLanes;
    }
    for (int p = 0; p < fetched.lines; ++p) {
      __builtin_prefetch(following, 0, 2);
      following += 64;
    }
#pragma GCC unroll 4
    for (int q = 0; q < kTermsForLine; ++q) add_term();
  }
  for (; l < k; ++l) add_term();
#pragma GCC unroll 6
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) V::Store(sums[i][j], out.at(i) + j * V::kLanes);
  }
}

template <typename T>
using BlockFunction = void (*)(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, Rows<T> out,
                               const Fetched<T>& fetched);

// The block of so many vectors for 1, 2, ... rows.
template <Left left, int vectors, typename T, int... i>
const BlockFunction<T>* Blocks(std::integer_sequence<int, i...>) {
  static constexpr BlockFunction<T> blocks[] = {Block<left, i + 1, vectors, T>...};
  return blocks;
}
template <Left left, typename T, int... j>
const BlockFunction<T>* BlocksOf(int vectors, std::integer_sequence<int, j...>) {
  static const BlockFunction<T>* const by_vectors[] = {
      Blocks<left, j + 1, T>(std::make_integer_sequence<int, kBlockRows>())...};
  return by_vectors[vectors - 1];
}

// The columns of out [m, n] from j on that blocks are wide.
template <Left left, typename T>
class Columns {
 public:
  Columns(int64_t m, int64_t n, int64_t j)
      : m_(m),
        n_(n),
        count_(std::min(kBlockColumns<T>, n - j)),
        vectors_(static_cast<int>((count_ + Vectors<T>::kLanes - 1) / Vectors<T>::kLanes)),
        blocks_((m + kBlockRows - 1) / kBlockRows),
        by_rows_(BlocksOf<left, T>(vectors_, std::make_integer_sequence<int, kBlockVectors>())) {}

  int64_t count() const { return count_; }
  int vectors() const { return vectors_; }
  int64_t blocks() const { return blocks_; }
  // No vector is cut short.
  bool whole() const { return count_ % Vectors<T>::kLanes == 0; }

  // out [m, count] += a b, or = where `fresh`, of k terms; out begins at the first of the columns. `following` is
  // fetched, `lines` for every kTermsForLine terms.
  void Run(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, T* out, const char* following, int lines) {
    for (int64_t q = 0; q < blocks_; ++q) {
      const int64_t first = m_ * q / blocks_;
      const int64_t rows = m_ * (q + 1) / blocks_ - first;
      const Rows<const T> from{left == Left::kRows ? a.at(first) : a.first + first, a.stride};
      const Rows<T> to{out + first * n_, n_};
      const Fetched<T> fetched{{q + 1 < blocks_ ? to.at(rows) : out, n_}, following, lines};
      following += k / kTermsForLine * lines * 64;
      if (whole()) {
        by_rows_[rows - 1](k, from, b, fresh, to, fetched);
        continue;
      }
      for (int64_t i = 0; i < rows && !fresh; ++i) std::copy_n(to.at(i), count_, edge_ + i * kBlockColumns<T>);
      by_rows_[rows - 1](k, from, b, fresh, {edge_, kBlockColumns<T>}, fetched);
      for (int64_t i = 0; i < rows; ++i) std::copy_n(edge_ + i * kBlockColumns<T>, count_, to.at(i));
    }
  }

 private:
  const int64_t m_, n_;
  const int64_t count_;
  const int vectors_;
  const int64_t blocks_;
  const BlockFunction<T>* const by_rows_;
  T edge_[kBlockRows * kBlockColumns<T>] = {};
};

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PRODUCT_BLOCK_H_
