// OperandRows: rows that matrix products read, as T or as bfloat16.

#ifndef ACTIONMATCH_CORE_KERNELS_OPERAND_ROWS_H_
#define ACTIONMATCH_CORE_KERNELS_OPERAND_ROWS_H_

#include <cstdint>

#include "core/kernels/arena.h"
#include "core/kernels/matrix_product.h"

namespace actionmatch {

// An array [rows, width] in an arena, zeros at first. T: float or double.
template <typename T>
class OperandRows {
 public:
  OperandRows(int64_t rows, int64_t width, bool rounded, Arena* arena)
      : width_(width),
        exact_(rounded ? nullptr : arena->Zeros<T>(rows * width)),
        rounded_(rounded ? arena->Zeros<Bfloat16>(rows * width) : nullptr) {}

  int64_t width() const { return width_; }
  // The rows from row i on: as products want them; as T, or null if they are bfloat16; as bfloat16, or null if they are
  // T.
  Operand<T> operand(int64_t i) const {
    return rounded_ != nullptr ? Operand<T>(rounded_ + i * width_) : Operand<T>(exact_ + i * width_);
  }
  T* exact(int64_t i) { return exact_ == nullptr ? nullptr : exact_ + i * width_; }
  Bfloat16* rounded(int64_t i) { return rounded_ == nullptr ? nullptr : rounded_ + i * width_; }

 private:
  int64_t width_;
  T* exact_;
  Bfloat16* rounded_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_OPERAND_ROWS_H_
