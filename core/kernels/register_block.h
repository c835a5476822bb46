// Register blocks of a product, for the kernels of one instruction set (kernels.h): some rows and columns of the result
// stay in registers while the sum runs. Meanwhile the numbers that are read next are fetched, some lines at a time: a
// burst would keep the block's own numbers waiting. A sum runs in the order of its terms in every block.

#ifndef ACTIONMATCH_CORE_KERNELS_REGISTER_BLOCK_H_
#define ACTIONMATCH_CORE_KERNELS_REGISTER_BLOCK_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/kernels/vectors.h"

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
constexpr int64_t kLineBytes = 64;

// The number of terms that are added while one line of the next block is fetched.
constexpr int kTermsForLine = 4;
// The number of terms between the one that is added and the one whose row of a is fetched.
constexpr int64_t kTermsAhead = 12;

// Rows of an operand or of the result, `stride` numbers apart.
template <typename T>
struct Rows {
  T* first;
  int64_t stride;
  T* at(int64_t i) const { return first + i * stride; }
};

// Whether a's rows are the rows of the result, or the terms of its sums.
enum class Left { kRows, kTerms };

// What a block fetches: the next block of the result, and `lines` lines from `following` on for every kTermsForLine
// terms.
template <typename T>
struct Fetched {
  Rows<T> next;
  const char* following;
  int64_t lines;
};

// out [rows, vectors] += a b, or = if `fresh`, with b [k, vectors] and a [rows, k] or [k, rows].
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
  int left_of_row = vectors;
  int lines_left = rows * vectors;
  int64_t l = 0;
  for (; l + kTermsForLine <= k; l += kTermsForLine) {
    if (--lines_left >= 0) {
      __builtin_prefetch(line, 1);
      line += V::kLanes;
      if (--left_of_row == 0) {
        left_of_row = vectors;
        line += fetched.next.stride - vectors * V::kLanes;
      }
    }
    for (int64_t p = 0; p < fetched.lines; ++p) {
      __builtin_prefetch(following, 0, 2);
      following += kLineBytes;
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

// The blocks with this many vectors, for 1, 2, ... rows.
template <Left left, typename T, int... i>
const BlockFunction<T>* BlocksOf(int vectors, std::integer_sequence<int, i...>) {
  static constexpr BlockFunction<T> blocks[] = {Block<left, i % kBlockRows + 1, i / kBlockRows + 1, T>...};
  return blocks + (vectors - 1) * kBlockRows;
}

// The number of vectors that these columns take.
template <typename T>
int64_t VectorsOf(int64_t columns) {
  return (columns + Vectors<T>::kLanes - 1) / Vectors<T>::kLanes;
}

// The columns of out [m, n] from j on, as many as a block is wide.
template <Left left, typename T>
class Columns {
 public:
  Columns(int64_t m, int64_t n, int64_t j)
      : m_(m),
        n_(n),
        count_(std::min(kBlockColumns<T>, n - j)),
        blocks_((m + kBlockRows - 1) / kBlockRows),
        by_rows_(BlocksOf<left, T>(static_cast<int>(VectorsOf<T>(count_)),
                                   std::make_integer_sequence<int, kBlockVectors * kBlockRows>())) {}

  int64_t count() const { return count_; }
  int64_t blocks() const { return blocks_; }
  // Whether no vector is cut short.
  bool whole() const { return count_ % Vectors<T>::kLanes == 0; }

  // out [m, count] += a b, or = if `fresh`, with k terms; out begins at the first of the columns. Fetches `lines` lines
  // from `following` on.
  void Run(int64_t k, Rows<const T> a, Rows<const T> b, bool fresh, T* out, const char* following, int64_t lines) {
    const int64_t times = k / kTermsForLine;  // of a block
    const int64_t at_once = times == 0 ? 0 : (lines + blocks_ * times - 1) / (blocks_ * times);
    for (int64_t q = 0; q < blocks_; ++q) {
      const int64_t first = m_ * q / blocks_;
      const int64_t rows = m_ * (q + 1) / blocks_ - first;
      const Rows<const T> from{left == Left::kRows ? a.at(first) : a.first + first, a.stride};
      const Rows<T> to{out + first * n_, n_};
      const bool rest = lines >= at_once * times;
      const Fetched<T> fetched{{q + 1 < blocks_ ? to.at(rows) : out, n_}, following, rest ? at_once : 0};
      lines -= at_once * times;
      following += fetched.lines * times * kLineBytes;
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
  const int64_t blocks_;
  const BlockFunction<T>* const by_rows_;
  T edge_[kBlockRows * kBlockColumns<T>] = {};
};

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_REGISTER_BLOCK_H_
