// FusedNetwork: the passes of a multi-layer perceptron over a block of rows, without an autograd graph. Layer l maps
// a_l = W_l h_l + b_l, h_{l+1} = phi(a_l); the last layer has no phi. Every array holds these rows, in this order:
//
//   interior [B]    rows at which derivatives of S by its input are wanted
//   boundary [A]    rows at which only S is wanted
//   tangent  [B]    directional derivatives of the interior rows, z_{l+1} = phi' a'_l, a'_l = W_l z_l
//   probes   [P B]  derivatives of the interior rows along directions e of second derivatives, as in tangent
//
// From the network's output the caller computes cotangents (the factor of each output), sets them and takes the next
// pass:
//
//   Forward   h                                interior and boundary
//   Backward  q_l = phi' Q, Q = W^T q_{l+1}    interior: from dS/dN to dS/d(input)
//   Tangent   z                                with probes, z_{l+1} = phi' a'_l + g phi'' sum_e a_e^2 (second order)
//   Reverse   r_l = phi' R + phi'' a' Q, R = W^T r_{l+1}, and the gradient of each W, [r; q]^T [h; z]
//
// With probes, Reverse also computes r_l += sum_e phi'' a_e E + g phi''' sum_e a_e^2 Q and r_e = phi' E + 2 g phi'' a_e
// Q, E = W^T r_e: the gradient of g e . Hessian(S) e. Reverse uses the Q and q of Backward again, so the gradient of a
// function of grad S costs no second backward pass: with v = grad c*(p) held fixed, d(c*(p)) = d(p . v), a derivative
// along a constant direction. (Pearlmutter, Fast exact multiplication by the Hessian, 1994.)
//
// With bfloat16 precision, the products between hidden layers read rounded copies of W, h, z and c, which the passes
// write in place of float32 arrays. The rest stays float32: the first layer, which takes times and positions as they
// are; the last layer, which makes N; and all sums, derivatives of phi, and gradients.

#ifndef ACTIONMATCH_CORE_POTENTIAL_FUSED_NETWORK_H_
#define ACTIONMATCH_CORE_POTENTIAL_FUSED_NETWORK_H_

#include <cstdint>
#include <vector>

#include "core/kernels/arena.h"
#include "core/kernels/kernels.h"
#include "core/kernels/matrix_product.h"
#include "core/kernels/operand_rows.h"
#include "core/potential/perceptron.h"

namespace actionmatch {

// The parameters in the layout of the passes: each layer's W [out, in], b [out], and W packed for products with W and
// with its transpose.
template <typename T>
class FusedParameters {
 public:
  // kBfloat16 is for T = float.
  explicit FusedParameters(const Perceptron& potential,
                           TrainingSpec::Precision precision = TrainingSpec::Precision::kFloat32);

  // Reads the parameters, one flat array in the order of Potential::names, on up to `threads` OpenMP threads. `flat`
  // must outlive the use of this object. Must not run beside passes.
  void Set(const T* flat, int threads = 1);
  // As Set, for parameters that do not change: copies them.
  void Copy(const Parameters& parameters);

  int64_t layers() const { return static_cast<int64_t>(widths_.size()) - 1; }
  int64_t parameters() const { return offsets_.back(); }
  const std::vector<int64_t>& widths() const { return widths_; }  // [layers + 1]
  ActivationKind activation() const { return activation_; }
  // Whether the layer's products read bfloat16.
  bool rounded(int64_t l) const;
  const PackedMatrix<T>& weight(int64_t l) const { return weight_[l]; }          // for rows of a_l
  const PackedMatrix<T>& transposed(int64_t l) const { return transposed_[l]; }  // W^T, for rows of h_l
  const T* bias(int64_t l) const { return flat_ + offsets_[2 * l + 1]; }
  int64_t offset(int64_t i) const { return offsets_[i]; }  // where tensor i of Parameters starts in `flat`

 private:
  std::vector<int64_t> widths_;
  std::vector<int64_t> offsets_;  // [2 layers + 1]
  ActivationKind activation_;
  TrainingSpec::Precision precision_;
  std::vector<PackedMatrix<T>> weight_, transposed_;
  std::vector<T> own_;
  const T* flat_ = nullptr;
};

// Not thread-safe; any number of networks may use the same parameters at once. T: float or double.
template <typename T>
class FusedNetwork {
 public:
  struct Rows {
    int64_t interior = 0;
    int64_t boundary = 0;
    int64_t probes = 0;     // for each interior row
    bool training = false;  // whether Reverse is wanted
  };
  // `weights` must outlive the network, or be replaced by Use.
  FusedNetwork(const FusedParameters<T>& weights, const Rows& rows);

  // Uses other parameters, of the same shapes, from now on.
  void Use(const FusedParameters<T>& weights) { weights_ = &weights; }

  // Arrays to fill in before a pass or to read after it; the rows of `boundary` follow the rows of `interior`.
  T* input() { return h_.front().exact(0); }                                           // [B + A, in], for Forward
  T* tangent_input() { return input() + (b_ + a_) * widths_.front(); }                 // [B, in]
  T* probe_input() { return tangent_input() + tangents_ * widths_.front(); }           // [P, B, in]
  T* output() { return h_.back().exact(0); }                                           // [B + A, out]: N
  T* tangent_output() { return output() + (b_ + a_) * widths_.back(); }                // [B, out]
  T* probe_output() { return tangent_output() + tangents_ * widths_.back(); }          // [P, B, out]
  T* output_cotangent() { return c_.back().exact(0); }                                 // [B + A, out]: r
  T* interior_cotangent() { return output_cotangent() + (b_ + a_) * widths_.back(); }  // [B, out]: q
  T* probe_cotangent() { return interior_cotangent() + b_ * widths_.back(); }          // [P, B, out]: r_e
  const T* input_gradient() const { return input_gradient_; }                          // [B, in]

  void Forward();
  void Backward();
  // g: [B], the second derivatives' factors; unused without probes.
  void Tangent(const T* g);
  // Adds to, or sets, a flat gradient in the order of the parameters.
  void Reverse(const T* g, bool accumulate, T* gradient);

 private:
  // The products of each pass, by layer: `weights` sets the gradient of W, `more_weights` adds to it.
  struct Products {
    std::vector<Product<T>> forward, backward, tangent, probe, reverse, reverse_probe, weights, more_weights;
  };
  // The array that products write rows to, from row i of `to` on, before a pass makes the rows of `to` from them.
  T* Raw(OperandRows<T>& to, int64_t i);
  void WeightGradient(int64_t l, bool accumulate, T* gradient);

  const FusedParameters<T>* weights_;
  const KernelTable<T>& kernels_;
  const std::vector<int64_t> widths_;
  const int64_t layers_;
  const int64_t b_, a_, p_;
  const bool training_;
  const int64_t tangents_;  // B, or 0 if no derivatives along the rows are wanted
  Products products_;
  Arena arena_;  // holds all arrays
  // By layer; only h_ and c_ also have the layers that are not hidden.
  std::vector<OperandRows<T>> h_;  // [B + A + B + P B, width]
  std::vector<OperandRows<T>> c_;  // [B + A + B + P B, width]: [r; q; r_e] at a_l
  std::vector<T*> d1_;             // [B + A, width]: phi'
  std::vector<T*> e_;              // [B, width]: phi'', then phi'' Q, then phi'' Q a'; with probes first phi'''
  std::vector<T*> d2_;             // [B, width], with probes
  std::vector<T*> qd2_;            // [B, width], with probes
  std::vector<T*> squares_;        // [B, width], with probes
  std::vector<T*> kept_;           // [P B, width], with probes: a_e
  T* raw_ = nullptr;               // rows as in h_, for any layer that is rounded
  T* input_gradient_ = nullptr;
  T* transposed_gradient_ = nullptr;  // the gradient of W^T, for layers with few inputs
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_FUSED_NETWORK_H_
