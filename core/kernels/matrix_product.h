// Product: a dense matrix product of fixed shape, prepared once and run often, on the calling thread.
//
//   out [m, n] = a [m, k] b [k, n]      or += with `accumulate`
//
// Row-major. Most products of training and trajectories are passes of our own (kernels.h), whose sums run in an order
// that depends on k alone. They multiply rows by a packed matrix, which libraries read too late if no near cache holds
// it, and pad if it has few columns; and a transposed a by a plain b, since libraries copy a first. oneDNN multiplies
// bfloat16, with sums and answers in float32, and multiplies float32 by a packed matrix of many columns on processors
// where oneDNN is faster. oneDNN also multiplies a plain a by a plain b, or BLAS does so for float64 or few columns.
// oneDNN starts no threads here, whatever OpenMP's number of them; the caller must see to it that BLAS starts none (in
// an OpenMP parallel region it does not).

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
  bool packed_b = false;  // b is a PackedMatrix; the two above must then be false
  bool bfloat16 = false;  // the type of a and b; for T = float
};

// The instructions that multiply bfloat16 on this processor, such as "avx512_bf16"; null if they are no faster than
// float32.
const char* Bfloat16Instructions();

// Numbers that a product reads, as T or as bfloat16.
template <typename T>
struct Operand {
  Operand(const T* values) : data_(values) {}
  Operand(const Bfloat16* values) : data_(values) {}
  const void* data() const { return data_; }

 private:
  const void* data_;
};

// The matrix b [k, n] of many products, in the layout that they read fastest. Thread-safe except for Set. T: float or
// double.
template <typename T>
class PackedMatrix {
 public:
  // `transposed`: Set reads [n, k], otherwise [k, n]. `bfloat16`: for products that read bfloat16; T = float.
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
  T* own_ = nullptr;  // for passes of our own: panels, or [n, k] if there are few columns
};

// Not thread-safe: each thread prepares its own products. T: float or double.
template <typename T>
class Product {
 public:
  // Throws c10::Error if the shape has a packed b together with something that it excludes.
  explicit Product(const ProductShape& shape);
  ~Product();
  Product(Product&&) noexcept;

  // Operands have the shape's type, and do not overlap `out`.
  void Run(Operand<T> a, Operand<T> b, T* out) {
    assert(!shape_.packed_b);
    RunOn(a.data(), b.data(), out);
  }
  // b has the shape's sizes and type.
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
