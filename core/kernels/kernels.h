// Kernels: the passes between a network's matrix products, and the passes of the optimiser, each of which reads and
// writes its numbers once. They are compiled for several instruction sets; the best that the processor has is chosen at
// run time.
//
// Letters (core/potential/fused_network.h): a pre-activations, phi the activation, d1 = phi'(a), d2 = phi''(a),
// d3 = phi'''(a); q, r, e cotangents; z tangents. All arrays are row-major and dense.
//
// A pass whose result a matrix product reads can round it on the way: if `rounded` is not null, the new x, q, z or r
// goes there as bfloat16, and the old one stays.

#ifndef ACTIONMATCH_CORE_KERNELS_KERNELS_H_
#define ACTIONMATCH_CORE_KERNELS_KERNELS_H_

#include <cstdint>
#include <vector>

#include "core/kernels/bfloat16.h"

namespace actionmatch {

// The most columns of a matrix that `narrow` multiplies with.
constexpr int kMaxNarrowColumns = 7;

enum class ActivationKind { kSilu, kSoftplus, kTanh };

// The numbers that Adam's pass needs besides its arrays.
template <typename T>
struct AdamFactors {
  T clip, beta1, beta2;
  T rate;         // learning rate / (1 - beta1^t)
  T correction2;  // 1 / (1 - beta2^t)
  T epsilon;
  T keep;     // 1 - learning rate * weight decay
  T average;  // share of the new parameters in the moving average
};

template <typename T>
struct KernelTable {
  const char* name;  // of the instruction set

  // x: [rows, width], a without its bias, becomes phi(a + bias); d1 and, if not null, d2 and d3 become its derivatives.
  void (*activate)(ActivationKind kind, int64_t rows, int64_t width, const T* bias, T* x, T* d1, T* d2, T* d3,
                   Bfloat16* rounded);
  // q <- q d1, and e <- q e with the old q, if e is not null.
  void (*backward)(int64_t size, T* q, const T* d1, T* e, Bfloat16* rounded);
  // z <- z d1; e <- e z with the old z.
  void (*tangent)(int64_t size, T* z, const T* d1, T* e, Bfloat16* rounded);
  // r <- r d1 + e; sums[j] += the sum of column j of the new r. One of these may be null: e (is 0) or sums (not
  // wanted).
  void (*reverse)(int64_t rows, int64_t width, T* r, const T* d1, const T* e, T* sums, Bfloat16* rounded);

  // With second-order tangents, for Laplacians. q <- q d1, qd2 <- q d2, e <- q e (e holds d3), with the old q.
  void (*backward_curved)(int64_t size, T* q, const T* d1, const T* d2, T* qd2, T* e, Bfloat16* rounded);
  // One probe: kept <- z; z <- z d1; squares <- (first ? 0 : squares) + old z^2.
  void (*probe)(int64_t size, T* z, const T* d1, T* kept, T* squares, bool first, Bfloat16* rounded);
  // z <- z d1 + g d2 squares, g[row]; if qd2 is not null: e <- qd2 z + g e squares with the old z.
  void (*tangent_curved)(int64_t rows, int64_t width, const T* g, T* z, const T* d1, const T* d2, const T* squares,
                         const T* qd2, T* e, Bfloat16* rounded);
  // One probe: r += d2 kept x; x <- x d1 + 2 g qd2 kept, with the old x. `rounded` takes x.
  void (*reverse_probe)(int64_t rows, int64_t width, const T* g, T* r, T* x, const T* d1, const T* d2, const T* qd2,
                        const T* kept, Bfloat16* rounded);
  // sums[j] += the sum of column j.
  void (*add_columns)(int64_t rows, int64_t width, const T* x, T* sums);
  void (*round)(int64_t size, const T* x, Bfloat16* rounded);

  // out [rows, columns] = a [rows, k] b [columns, k]^T. The order of a row's sums depends on k alone.
  void (*narrow)(int64_t rows, int columns, int64_t k, const T* a, const T* b, T* out);
  // out [m, n] = a [m, k] b [k, n]. A sum runs in the order of its terms. `panels` has room for k rows of n numbers,
  // rounded up to 64 bytes, and is zero before the first `pack`, which lays out b. `values` has the rows of b or, if
  // `transposed`, its columns.
  bool panels_are_fast;  // as measured against oneDNN's float32 products
  void (*pack)(int64_t k, int64_t n, const T* values, bool transposed, T* panels);
  void (*panels)(int64_t m, int64_t n, int64_t k, const T* a, const T* panels, T* out);
  // out [m, n] = a [k, m]^T b [k, n], or += with `accumulate`. Sums run in the order of the rows.
  void (*outer)(int64_t m, int64_t n, int64_t k, const T* a, const T* b, bool accumulate, T* out);

  // One step of Adam and of the moving average, over parameters and their state.
  void (*adam)(int64_t size, const AdamFactors<T>& f, const T* gradient, T* weights, T* first, T* second, T* average);
  // sum <- sum + x.
  void (*add)(int64_t size, const T* x, T* sum);
  // The sum of squares, in an order that depends on `size` alone.
  double (*squares)(int64_t size, const T* x);
};

// The tables that this processor can run, the best first. T: float or double.
template <typename T>
std::vector<const KernelTable<T>*> SupportedElementwise();
// The best table.
template <typename T>
const KernelTable<T>& Kernels();

// The bytes that the first data cache of one core holds; if the system does not say, what most such caches hold at
// least.
int64_t FirstCacheBytes();

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_KERNELS_H_
