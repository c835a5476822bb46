// Products with a matrix that lies in panels as wide as a block (kernels.h), for one instruction set, compiled as
// passes.cc is. Libraries wait for such a matrix if no near cache holds it, as happens when the parameters of several
// layers take turns; here the next part of the matrix is fetched while products with this part run.

#include <algorithm>

#include "core/kernels/kernels.h"
#include "core/kernels/register_block.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {
namespace {

// The most terms of the sums that are added before blocks go on to other rows.
constexpr int64_t kMaxTerms = 256;
// The terms that are laid out at a time if columns become rows: the numbers that are written stay in the first cache.
constexpr int64_t kTermsAtOnce = 16;

}  // namespace

template <typename T>
void Pack(int64_t k, int64_t n, const T* values, bool transposed, T* panels) {
  for (int64_t j = 0; j < n; j += kBlockColumns<T>) {
    const int64_t columns = std::min(kBlockColumns<T>, n - j);
    const int64_t width = VectorsOf<T>(columns) * Vectors<T>::kLanes;
    T* panel = panels + j * k;
    for (int64_t first = 0; first < k; first += kTermsAtOnce) {
      const int64_t end = std::min(k, first + kTermsAtOnce);
      for (int64_t c = 0; transposed && c < columns; ++c) {
        for (int64_t l = first; l < end; ++l) panel[l * width + c] = values[(j + c) * k + l];
      }
      for (int64_t l = first; !transposed && l < end; ++l) {
        std::copy_n(values + l * n + j, columns, panel + l * width);
      }
    }
  }
}

template <typename T>
void Panels(int64_t m, int64_t n, int64_t k, const T* a, const T* panels, T* out) {
  const int64_t chunks = (k + kMaxTerms - 1) / kMaxTerms;
  for (int64_t j = 0; j < n; j += kBlockColumns<T>) {
    Columns<Left::kRows, T> columns(m, n, j);
    const int64_t width = VectorsOf<T>(columns.count()) * Vectors<T>::kLanes;
    for (int64_t c = 0; c < chunks; ++c) {
      const int64_t l = k * c / chunks;
      const int64_t terms = k * (c + 1) / chunks - l;
      const T* part = panels + j * k + l * width;
      const T* following = part + terms * width;
      // The next part is about as large as this one.
      const bool last = j + kBlockColumns<T> >= n && c + 1 == chunks;
      const int64_t lines = last ? 0 : terms * width * static_cast<int64_t>(sizeof(T)) / kLineBytes;
      columns.Run(terms, {a + l, k}, {part, width}, l == 0, out + j, reinterpret_cast<const char*>(following), lines);
    }
  }
}

template void Pack<float>(int64_t, int64_t, const float*, bool, float*);
template void Pack<double>(int64_t, int64_t, const double*, bool, double*);
template void Panels<float>(int64_t, int64_t, int64_t, const float*, const float*, float*);
template void Panels<double>(int64_t, int64_t, int64_t, const double*, const double*, double*);

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
