// Product: a dense matrix product of fixed shape, prepared once and run often, on the calling thread.
//
//   out [m, n] = a [m, k] b [k, n]      or += with `accumulate`
//
// Row-major. Most products of training and trajectories are passes of our own (elementwise.h), whose sums run in an
// order that depends on k alone: rows times a packed matrix, which libraries read too late where no near cache holds
// it, and pad where it has few columns; and a transposed a times a plain b, since libraries copy a first. oneDNN
// multiplies bfloat16, with sums and answers of float32, and float32 with a packed matrix of many columns on processors
// where it is the faster; a plain a times a plain b is oneDNN's, or BLAS's where that is of float64 or of few columns.
// oneDNN starts no threads here, whatever OpenMP's number of them; that BLAS starts none is its caller's affair (in an
// OpenMP parallel region it does not).

#ifndef ACTIONMATCH_CORE_KERNELS_MATRIX_PRODUCT_H_
#define ACTIONMATCH_CORE_KERNELS_MATRIX_PRODUCT_H_

#include <cassert>
#include <cstdint>
#include <memory>

#include "core/kernels/arena.h"
#include "core/kernels/bfloat16.h"

namespace actionmatch {

struct ProductShape {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  bool transpose_a = false;  // a is stored [k, m]
  bool accumulate = false;
  bool packed_b = false;  // b is a PackedMatrix; then neither of the two above
  bool bfloat16 = false;  // what a and b are; for T = float
};

// What this processor multiplies bfloat16 with, such as "avx512_bf16"; null where it is no faster than float32.
const char* Bfloat16Instructions();

// Numbers that a product reads: its own type's, or bfloat16.
template <typename T>
struct Operand {
  Operand(const T* values) : data_(values) {}
  Operand(const Bfloat16* values) : data_(values) {}
  const void* data() const { return data_; }

 private:
  const void* data_;
};

// b [k, n] of many products, laid out as they read it fastest. Thread-safe but for Set. T: float or double.
template <typename T>
class PackedMatrix {
 public:
  // `transposed`: Set reads [n, k], else [k, n]. bfloat16: for products of such, T = float.
  PackedMatrix(int64_t k, int64_t n, bool transposed, bool bfloat16 = false);
  ~PackedMatrix();
  PackedMatrix(PackedMatrix&&) noexcept;

  void Set(const T* values);
  const void* data() const;

 private:
  struct Packed;
  int64_t k_, n_;
  bool transposed_;
  std::unique_ptr<Packed> packed_;  // oneDNN's
  Arena arena_;
  T* own_ = nullptr;  // for passes of our own: panels, or [n, k] of few columns
};

// Not thread-safe: each thread prepares its own. T: float or double.
template <typename T>
class Product {
 public:
  // Throws c10::Error where a packed b meets what it excludes.
  explicit Product(const ProductShape& shape);
  ~Product();
  Product(Product&&) noexcept;

  // Operands are of the shape's type, and do not overlap `out`.
  void Run(Operand<T> a, Operand<T> b, T* out) {
    assert(!shape_.packed_b);
    RunOn(a.data(), b.data(), out);
  }
  // b of the shape's sizes and type.
  void Run(Operand<T> a, const PackedMatrix<T>& b, T* out) {
    assert(shape_.packed_b);
    RunOn(a.data(), b.data(), out);
  }

 private:
  struct Prepared;
  void RunOn(const void* a, const void* b, T* out);

  ProductShape shape_;
  std::unique_ptr<Prepared> prepared_;  // oneDNN's
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_MATRIX_PRODUCT_H_
