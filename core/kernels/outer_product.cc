// Sums of outer products (kernels.h) for one instruction set, compiled as passes.cc is. Libraries first transpose one
// operand into a copy; here a vector runs along the columns of the result, so both operands are read as they lie.
//
// A panel of a wide b, as wide as a block, is copied: otherwise rows whose bytes are a power of two would meet in few
// sets of the cache.

#include <algorithm>

#include "core/kernels/kernels.h"
#include "core/kernels/register_block.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {
namespace {

// The most rows of a panel: the numbers that go by beside it then lie on few pages.
constexpr int64_t kMaxChunkRows = 128;
// If b has no more panels, or a no more blocks, than these, a copy costs more than it saves.
constexpr int64_t kMaxPanelsRead = 1;
constexpr int64_t kMaxBlocksRead = 3;

// A copy of some rows and columns of b.
template <typename T>
class Panel {
 public:
  // Copies whole vectors: the rest of the last one is zeros.
  void Copy(int64_t rows, int64_t columns, Rows<const T> b) {
    using V = Vectors<T>;
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; j += V::kLanes) {
        const T* from = b.at(i) + j;
        const int64_t left = columns - j;
        V::Store(left >= V::kLanes ? V::Load(from) : V::LoadSome(from, left), numbers_ + i * kBlockColumns<T> + j);
      }
    }
  }
  Rows<const T> rows() const { return {numbers_, kBlockColumns<T>}; }

 private:
  alignas(kVectorBytes) T numbers_[kMaxChunkRows * kBlockColumns<T>];
};

}  // namespace

template <typename T>
void Outer(int64_t m, int64_t n, int64_t k, const T* a, const T* b, bool accumulate, T* out) {
  // A panel leaves an eighth of the first cache to the numbers that go by.
  static const int64_t most =
      std::min(kMaxChunkRows, FirstCacheBytes() / 8 * 7 / (kBlockVectors * int64_t{kVectorBytes}));
  const int64_t chunks = (k + most - 1) / most;
  Panel<T> panel;
  for (int64_t j = 0; j < n; j += kBlockColumns<T>) {
    Columns<Left::kTerms, T> columns(m, n, j);
    const bool copied =
        !columns.whole() || (columns.blocks() > kMaxBlocksRead && n > kMaxPanelsRead * kBlockColumns<T>);
    for (int64_t c = 0; c < chunks; ++c) {
      const int64_t l = k * c / chunks;
      const int64_t rows = k * (c + 1) / chunks - l;
      const Rows<const T> part{b + l * n + j, n};
      if (copied) panel.Copy(rows, columns.count(), part);
      columns.Run(rows, {a + l * m, m}, copied ? panel.rows() : part, l == 0 && !accumulate, out + j, nullptr, 0);
    }
  }
}

template void Outer<float>(int64_t, int64_t, int64_t, const float*, const float*, bool, float*);
template void Outer<double>(int64_t, int64_t, int64_t, const double*, const double*, bool, double*);

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
