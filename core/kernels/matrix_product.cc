#include "core/kernels/matrix_product.h"

#include <c10/util/Exception.h>
#include <cblas.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl_version.h>

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <type_traits>
#include <utility>

#include "core/kernels/kernels.h"

namespace actionmatch {
namespace {

const dnnl::engine& Engine() {
  static const auto* engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

// While this object lives, oneDNN sees one thread: otherwise it would split a product into as many shares as OpenMP has
// threads, and sum in the order of the shares. A parallel region of one thread needs this too, since OpenMP counts it
// as none.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  const int before_;
};

using memory = dnnl::memory;
using Tag = memory::format_tag;

enum class Way { kOneDnn, kBlas, kNarrow, kPanels, kOuter };

bool IsNarrow(int64_t n) { return n <= kMaxNarrowColumns; }

// Whether oneDNN multiplies with packed matrices of n columns.
template <typename T>
bool PackedInDnn(int64_t n, bool bfloat16) {
  return bfloat16 || (sizeof(T) == sizeof(float) && !IsNarrow(n) && !Kernels<T>().panels_are_fast);
}

template <typename T>
Way WayOf(const ProductShape& shape) {
  if (shape.packed_b) {
    if (PackedInDnn<T>(shape.n, shape.bfloat16)) return Way::kOneDnn;
    return IsNarrow(shape.n) ? Way::kNarrow : Way::kPanels;
  }
  if (shape.bfloat16) return Way::kOneDnn;
  if (shape.transpose_a) return Way::kOuter;
  return sizeof(T) == sizeof(float) && !IsNarrow(shape.n) ? Way::kOneDnn : Way::kBlas;
}

memory::data_type TypeOf(bool bfloat16) { return bfloat16 ? memory::data_type::bf16 : memory::data_type::f32; }

// Threads would share the library's own scratchpad.
dnnl::primitive_attr OwnScratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

dnnl::matmul::primitive_desc Describe(const ProductShape& shape, const memory::desc& b) {
  const memory::desc a({shape.m, shape.k}, TypeOf(shape.bfloat16), shape.transpose_a ? Tag::ba : Tag::ab);
  const memory::desc out({shape.m, shape.n}, memory::data_type::f32, Tag::ab);
  dnnl::primitive_attr attributes = OwnScratchpad();
  if (shape.accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1);
    attributes.set_post_ops(sum);
  }
#if DNNL_VERSION_MAJOR >= 3
  return {Engine(), a, b, out, attributes};
#else
  return {dnnl::matmul::desc(a, b, out), attributes, Engine()};
#endif
}

// The layout that oneDNN chooses for a product of common size. All products use it, so that they can share one matrix.
// Small matrices stay row-major: they are as fast to read, and faster to make.
memory::desc PackedLayout(int64_t k, int64_t n, bool bfloat16) {
  constexpr int64_t kCommonRows = 256;
  constexpr int64_t kSmall = 16384;
  if (!bfloat16 && k * n <= kSmall) return {{k, n}, TypeOf(bfloat16), Tag::ab};
  ProductShape shape{kCommonRows, n, k};
  shape.bfloat16 = bfloat16;
  return Describe(shape, memory::desc({k, n}, TypeOf(bfloat16), Tag::any)).weights_desc();
}

template <typename T>
void Blas(const ProductShape& s, const T* a, const T* b, T* out) {
  constexpr auto gemm = [] {
    if constexpr (std::is_same_v<T, float>) {
      return cblas_sgemm;
    } else {
      return cblas_dgemm;
    }
  }();
  const auto n = static_cast<int>(s.n);
  const auto k = static_cast<int>(s.k);
  gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(s.m), n, k, 1, a, k, b, n, s.accumulate ? 1 : 0, out,
       n);
}

}  // namespace

const char* Bfloat16Instructions() {
  // Each set is the bits of all sets that it includes. Processors without these sets emulate bfloat16 products.
  const auto has = [](dnnl::cpu_isa isa) {
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & static_cast<unsigned>(isa)) ==
           static_cast<unsigned>(isa);
  };
  if (has(dnnl::cpu_isa::avx512_core_amx)) return "amx_bf16";
  if (has(dnnl::cpu_isa::avx512_core_bf16)) return "avx512_bf16";
  return nullptr;
}

template <typename T>
struct PackedMatrix<T>::Packed {
  dnnl::reorder reorder;
  dnnl::stream stream{Engine()};
  memory from, to, scratchpad;
};

template <typename T>
PackedMatrix<T>::PackedMatrix(int64_t k, int64_t n, bool transposed, bool bfloat16)
    : k_(k), n_(n), transposed_(transposed) {
  if (!PackedInDnn<T>(n, bfloat16)) {
    constexpr int64_t kLine = 64 / sizeof(T);
    own_ = arena_.template Zeros<T>(k * (IsNarrow(n) ? n : (n + kLine - 1) / kLine * kLine));
    return;
  }
  const OneThread one_thread;
  const memory::desc from({k, n}, memory::data_type::f32, transposed ? Tag::ba : Tag::ab);
  packed_ = std::make_unique<Packed>();
  packed_->from = memory(from, Engine(), nullptr);
  packed_->to = memory(PackedLayout(k, n, bfloat16), Engine());
  const dnnl::reorder::primitive_desc description(packed_->from, packed_->to, OwnScratchpad());
  packed_->reorder = dnnl::reorder(description);
  packed_->scratchpad = memory(description.scratchpad_desc(), Engine());
}

template <typename T>
PackedMatrix<T>::~PackedMatrix() = default;
template <typename T>
PackedMatrix<T>::PackedMatrix(PackedMatrix&&) noexcept = default;

template <typename T>
void PackedMatrix<T>::Set(const T* values) {
  if (packed_ == nullptr) {
    if (!IsNarrow(n_)) {
      Kernels<T>().pack(k_, n_, values, transposed_, own_);
    } else if (transposed_) {
      std::copy_n(values, k_ * n_, own_);
    } else {
      for (int64_t i = 0; i < k_; ++i) {
        for (int64_t j = 0; j < n_; ++j) own_[j * k_ + i] = values[i * n_ + j];
      }
    }
    return;
  }
  const OneThread one_thread;
  packed_->from.set_data_handle(const_cast<T*>(values));
  packed_->reorder.execute(
      packed_->stream,
      {{DNNL_ARG_FROM, packed_->from}, {DNNL_ARG_TO, packed_->to}, {DNNL_ARG_SCRATCHPAD, packed_->scratchpad}});
}

template <typename T>
const void* PackedMatrix<T>::data() const {
  return packed_ == nullptr ? own_ : packed_->to.get_data_handle();
}

template <typename T>
struct Product<T>::Prepared {
  dnnl::matmul matmul;
  dnnl::stream stream{Engine()};
  memory a, b, out, scratchpad;
};

template <typename T>
Product<T>::Product(const ProductShape& shape) : shape_(shape) {
  TORCH_CHECK(!shape.packed_b || !(shape.transpose_a || shape.accumulate),
              "a product with a packed matrix neither transposes a nor accumulates");
  if (WayOf<T>(shape) != Way::kOneDnn) return;
  const OneThread one_thread;
  const memory::desc b = shape.packed_b ? PackedLayout(shape.k, shape.n, shape.bfloat16)
                                        : memory::desc({shape.k, shape.n}, TypeOf(shape.bfloat16), Tag::ab);
  const dnnl::matmul::primitive_desc description = Describe(shape, b);
  prepared_ = std::make_unique<Prepared>();
  prepared_->matmul = dnnl::matmul(description);
  prepared_->a = memory(description.src_desc(), Engine(), nullptr);
  prepared_->b = memory(b, Engine(), nullptr);
  prepared_->out = memory(description.dst_desc(), Engine(), nullptr);
  prepared_->scratchpad = memory(description.scratchpad_desc(), Engine());
}

template <typename T>
Product<T>::~Product() = default;
template <typename T>
Product<T>::Product(Product&&) noexcept = default;

template <typename T>
void Product<T>::RunOn(const void* a, const void* b, T* out) {
  const auto* rows = static_cast<const T*>(a);
  const auto* matrix = static_cast<const T*>(b);
  switch (WayOf<T>(shape_)) {
    case Way::kOuter:
      return Kernels<T>().outer(shape_.m, shape_.n, shape_.k, rows, matrix, shape_.accumulate, out);
    case Way::kPanels:
      return Kernels<T>().panels(shape_.m, shape_.n, shape_.k, rows, matrix, out);
    case Way::kNarrow:
      return Kernels<T>().narrow(shape_.m, static_cast<int>(shape_.n), shape_.k, rows, matrix, out);
    case Way::kBlas:
      return Blas(shape_, rows, matrix, out);
    case Way::kOneDnn:
      break;
  }
  const OneThread one_thread;
  Prepared& p = *prepared_;
  p.a.set_data_handle(const_cast<void*>(a));
  p.b.set_data_handle(const_cast<void*>(b));
  p.out.set_data_handle(out);
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, p.a.get()},
                                       {DNNL_ARG_WEIGHTS, p.b.get()},
                                       {DNNL_ARG_DST, p.out.get()},
                                       {DNNL_ARG_SCRATCHPAD, p.scratchpad.get()}};
  dnnl::error::wrap_c_api(dnnl_primitive_execute(p.matmul.get(), p.stream.get(), 4, arguments),
                          "could not run a matrix product");
}

template class PackedMatrix<float>;
template class PackedMatrix<double>;
template class Product<float>;
template class Product<double>;

}  // namespace actionmatch
