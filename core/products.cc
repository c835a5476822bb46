#include "core/products.h"

#include <cblas.h>
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <utility>

namespace actionmatch {
namespace {

// Below this many columns oneDNN's kernels are mostly padding.
constexpr int64_t kFewColumns = 8;

const dnnl::engine& Engine() {
  static const auto* engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

// While this lives, oneDNN sees one thread: it would split a product by as many as OpenMP has, and sums in its shares'
// order. In a parallel region of one thread, too, which OpenMP counts as none.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  const int before_;
};

void Blas(const ProductShape& s, const float* a, const float* b, float* out) {
  cblas_sgemm(CblasRowMajor, s.transpose_a ? CblasTrans : CblasNoTrans, CblasNoTrans, static_cast<int>(s.m),
              static_cast<int>(s.n), static_cast<int>(s.k), 1, a, static_cast<int>(s.transpose_a ? s.m : s.k), b,
              static_cast<int>(s.n), s.accumulate ? 1 : 0, out, static_cast<int>(s.n));
}

void Blas(const ProductShape& s, const double* a, const double* b, double* out) {
  cblas_dgemm(CblasRowMajor, s.transpose_a ? CblasTrans : CblasNoTrans, CblasNoTrans, static_cast<int>(s.m),
              static_cast<int>(s.n), static_cast<int>(s.k), 1, a, static_cast<int>(s.transpose_a ? s.m : s.k), b,
              static_cast<int>(s.n), s.accumulate ? 1 : 0, out, static_cast<int>(s.n));
}

}  // namespace

const char* Bfloat16Instructions() {
  // Each set is the bits of all that it includes. Elsewhere bfloat16 products are emulated.
  const auto has = [](dnnl::cpu_isa isa) {
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & static_cast<unsigned>(isa)) ==
           static_cast<unsigned>(isa);
  };
  if (has(dnnl::cpu_isa::avx512_core_amx)) return "amx_bf16";
  if (has(dnnl::cpu_isa::avx512_core_bf16)) return "avx512_bf16";
  return nullptr;
}

template <typename T>
struct Product<T>::Prepared {
  dnnl::matmul matmul;
  dnnl::stream stream{Engine()};
  dnnl::memory a, b, out, scratchpad;
};

template <typename T>
Product<T>::Product(const ProductShape& shape) : shape_(shape) {
  if (!shape.bfloat16 && (sizeof(T) != sizeof(float) || shape.n < kFewColumns)) return;
  const OneThread one_thread;
  using dnnl::memory;
  using tag = memory::format_tag;
  const auto type = shape.bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
  const memory::desc a({shape.m, shape.k}, type, shape.transpose_a ? tag::ba : tag::ab);
  const memory::desc b({shape.k, shape.n}, type, shape.transpose_b ? tag::ba : tag::ab);
  const memory::desc out({shape.m, shape.n}, memory::data_type::f32, tag::ab);
  dnnl::primitive_attr attributes;
  // The library's own scratchpad would be shared between threads.
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (shape.accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1);
    attributes.set_post_ops(sum);
  }
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, b, out), attributes, Engine());
  prepared_ = std::make_unique<Prepared>();
  prepared_->matmul = dnnl::matmul(description);
  prepared_->a = memory(a, Engine(), nullptr);
  prepared_->b = memory(b, Engine(), nullptr);
  prepared_->out = memory(out, Engine(), nullptr);
  prepared_->scratchpad = memory(description.scratchpad_desc(), Engine());
}

template <typename T>
Product<T>::~Product() = default;
template <typename T>
Product<T>::Product(Product&&) noexcept = default;

template <typename T>
void Product<T>::Run(Operand<T> a, Operand<T> b, T* out) {
  if (prepared_ == nullptr) {
    Blas(shape_, a.exact, b.exact, out);
    return;
  }
  const OneThread one_thread;
  Prepared& p = *prepared_;
  const auto handle = [&](const Operand<T>& operand) {
    return shape_.bfloat16 ? static_cast<void*>(const_cast<Bfloat16*>(operand.rounded))
                           : static_cast<void*>(const_cast<T*>(operand.exact));
  };
  p.a.set_data_handle(handle(a));
  p.b.set_data_handle(handle(b));
  p.out.set_data_handle(out);
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, p.a.get()},
                                       {DNNL_ARG_WEIGHTS, p.b.get()},
                                       {DNNL_ARG_DST, p.out.get()},
                                       {DNNL_ARG_SCRATCHPAD, p.scratchpad.get()}};
  dnnl::error::wrap_c_api(dnnl_primitive_execute(p.matmul.get(), p.stream.get(), 4, arguments),
                          "could not run a matrix product");
}

template class Product<float>;
template class Product<double>;

}  // namespace actionmatch
