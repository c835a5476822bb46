#include "core/field/field_tile.h"

#include <algorithm>

#include "core/field/field_weights.h"
#include "core/potential/calculus.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {
namespace {

// Elements of a block in one layer. Larger blocks are hardly faster, and waste more on their padding.
constexpr int64_t kBlockElements = 8192;
constexpr int64_t kLeastBlock = 64;
// Directions of second derivatives in one pass: memory grows with them.
constexpr int64_t kMostDirections = 32;

int64_t BlockRows(const FusedWeights<float>& weights) {
  const int64_t width = *std::max_element(weights.widths().begin(), weights.widths().end());
  int64_t rows = kTileRows;
  while (rows > kLeastBlock && rows * width > kBlockElements) rows /= 2;
  return rows;
}

// In nearly equal parts of kMostDirections at most.
int64_t InOnePass(int64_t directions) {
  const int64_t passes = std::max<int64_t>(1, (directions + kMostDirections - 1) / kMostDirections);
  return (directions + passes - 1) / passes;
}

}  // namespace

FieldTile::FieldTile(const Field& field, const Wanted& wanted)
    : field_(field),
      wanted_(wanted),
      ends_(field.weights().potential),
      d_(field.dimension()),
      block_(BlockRows(*field.weights().fused.front())),
      directions_(!wanted.laplacian   ? 0
                  : wanted.probes > 0 ? wanted.probes
                                      : d_),
      probes_(InOnePass(directions_)),
      network_(std::make_unique<FusedNetwork<float>>(*field.weights().fused.front(),
                                                     FusedNetwork<float>::Rows{block_, 0, probes_, false})) {
  y_.resize(static_cast<size_t>(kTileRows * d_));
  tau_.resize(static_cast<size_t>(kTileRows));
  e_.resize(static_cast<size_t>(probes_ * block_ * d_));
  factor_.assign(static_cast<size_t>(block_), wanted.probes > 0 ? 1.0F / static_cast<float>(wanted.probes) : 1.0F);
  u_.assign(static_cast<size_t>(d_), 0.0F);
}

FieldTile::~FieldTile() = default;

void FieldTile::Set(absl::Span<const double> x, absl::Span<const double> t, int64_t first_row) {
  const Standardisation& units = field_.standardisation();
  n_ = static_cast<int64_t>(t.size());
  first_row_ = first_row;
  for (int64_t i = 0; i < n_; ++i) {
    tau_[i] = static_cast<float>(units.Tau(t[i]));
    for (int64_t d = 0; d < d_; ++d) {
      y_[i * d_ + d] = static_cast<float>((x[i * d_ + d] - units.mean[d]) / units.scale);
    }
  }
  // Padding: any finite numbers will do.
  std::fill(tau_.begin() + n_, tau_.end(), 0.0F);
  std::fill(y_.begin() + n_ * d_, y_.end(), 0.0F);
  value_.resize(static_cast<size_t>(n_));
  gradient_.resize(wanted_.gradient ? static_cast<size_t>(n_ * d_) : 0);
  d_tau_.resize(wanted_.d_tau ? static_cast<size_t>(n_) : 0);
  laplacian_.resize(wanted_.laplacian ? static_cast<size_t>(n_) : 0);
}

void FieldTile::Run(int member) {
  const FusedWeights<float>& weights = *field_.weights().fused[static_cast<size_t>(member)];
  network_->Use(weights);
  for (int64_t first = 0; first < n_; first += block_) RunBlock(weights, first);
}

void FieldTile::RunBlock(const FusedWeights<float>& weights, int64_t first) {
  FusedNetwork<float>& network = *network_;
  const int64_t in = ends_.inputs();
  const int64_t out = weights.widths().back();
  const int64_t real = std::min(block_, n_ - first);
  const float* y = y_.data() + first * d_;
  for (int64_t i = 0; i < block_; ++i) ends_.Input(tau_[first + i], y + i * d_, network.input() + i * in);
  network.Forward();
  const float* output = network.output();
  for (int64_t i = 0; i < real; ++i) value_[first + i] = ends_.Value(output + i * out, y + i * d_);
  if (wanted_.gradient) {
    for (int64_t i = 0; i < block_; ++i) {
      ends_.Cotangent(1, output + i * out, y + i * d_, network.interior_cotangent() + i * out);
    }
    network.Backward();
    for (int64_t i = 0; i < real; ++i) {
      const float* through = network.input_gradient() + i * in;
      ends_.Gradient(through, output + i * out, y + i * d_, &gradient_[(first + i) * d_]);
      if (wanted_.d_tau) d_tau_[first + i] = ends_.TimeDerivative(tau_[first + i], through);
    }
  }
  if (directions_ == 0) return;
  std::fill_n(laplacian_.begin() + first, real, 0.0F);
  for (int64_t direction = 0; direction < directions_; direction += probes_) AddSecondDerivatives(first, direction);
}

void FieldTile::AddSecondDerivatives(int64_t first, int64_t direction) {
  FusedNetwork<float>& network = *network_;
  const int64_t in = ends_.inputs();
  const int64_t out = ends_.outputs();
  const int64_t real = std::min(block_, n_ - first);
  const float* y = y_.data() + first * d_;
  const float* output = network.output();
  SetDirections(first, direction);
  std::fill_n(network.tangent_input(), block_ * in, 0.0F);
  for (int64_t i = 0; i < probes_ * block_; ++i) {
    ends_.InputTangent(0, 0, e_.data() + i * d_, network.probe_input() + i * in);
  }
  network.Tangent(factor_.data());
  for (int64_t i = 0; i < real; ++i) {
    float sum = ends_.Along(network.tangent_output() + i * out, u_.data(), output + i * out, y + i * d_);
    for (int64_t p = 0; p < probes_; ++p) {
      const int64_t at = p * block_ + i;
      sum += factor_[i] * ends_.CurvatureTerm(network.probe_output() + at * out, e_.data() + at * d_);
    }
    laplacian_[first + i] += sum;
  }
}

void FieldTile::SetDirections(int64_t first, int64_t direction) {
  const bool random = wanted_.probes > 0;
  if (!random && direction == unit_direction_) return;
  unit_direction_ = direction;
  std::fill(e_.begin(), e_.end(), 0.0F);
  // Beyond the last: 0, which adds nothing.
  const int64_t count = std::min(probes_, directions_ - direction);
  for (int64_t p = 0; p < count; ++p) {
    for (int64_t i = 0; i < block_; ++i) {
      float* e = e_.data() + (p * block_ + i) * d_;
      if (random) {
        ProbeSigns(wanted_.seed, 0, first_row_ + first + i, direction + p, d_, e);
      } else {
        e[direction + p] = 1;
      }
    }
  }
}

}  // namespace actionmatch
