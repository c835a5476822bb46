// The point engine of perceptrons: their fused passes (fused_network.h), without an autograd graph.

#include <algorithm>

#include "core/potential/calculus.h"
#include "core/potential/fused_network.h"
#include "core/potential/network_ends.h"
#include "core/potential/perceptron.h"
#include "core/potential/point_passes.h"

namespace actionmatch {
namespace {

// The most elements of a block in one layer. Larger blocks are hardly faster, and waste more on their padding.
constexpr int64_t kBlockElements = 8192;
constexpr int64_t kMinBlock = 64;
// The most directions of second derivatives in one pass: memory grows with them.
constexpr int64_t kMaxDirections = 32;

// The number of rows in the blocks that the network sees, of the `rows` rows of the passes.
int64_t BlockRows(const FusedParameters<float>& weights, int64_t rows) {
  const int64_t width = *std::max_element(weights.widths().begin(), weights.widths().end());
  while (rows > kMinBlock && rows * width > kBlockElements) rows /= 2;
  return rows;
}

// The directions of each pass: nearly equal parts of at most kMaxDirections.
int64_t InOnePass(int64_t directions) {
  const int64_t passes = std::max<int64_t>(1, (directions + kMaxDirections - 1) / kMaxDirections);
  return (directions + passes - 1) / passes;
}

class FusedPasses final : public PointPasses {
 public:
  FusedPasses(const Perceptron& potential, const std::vector<FusedParameters<float>>& members, int64_t rows,
              const PointQuantities& wanted)
      : members_(members),
        wanted_(wanted),
        ends_(potential),
        d_(potential.dimension()),
        block_(BlockRows(members.front(), rows)),
        directions_(!wanted.laplacian   ? 0
                    : wanted.probes > 0 ? wanted.probes
                                        : d_),
        probes_(InOnePass(directions_)),
        network_(members.front(), FusedNetwork<float>::Rows{block_, 0, probes_, false}) {
    e_.resize(static_cast<size_t>(probes_ * block_ * d_));
    factor_.assign(static_cast<size_t>(block_), wanted.probes > 0 ? 1.0F / static_cast<float>(wanted.probes) : 1.0F);
    u_.assign(static_cast<size_t>(d_), 0.0F);
  }

  void Run(int member, const PointBlock& block, const PointAnswers& answers) override {
    const FusedParameters<float>& weights = members_[static_cast<size_t>(member)];
    network_.Use(weights);
    for (int64_t first = 0; first < block.count; first += block_) RunBlock(weights, block, first, answers);
  }

 private:
  void RunBlock(const FusedParameters<float>& weights, const PointBlock& block, int64_t first,
                const PointAnswers& answers) {
    const int64_t in = ends_.inputs();
    const int64_t out = weights.widths().back();
    const int64_t real = std::min(block_, block.count - first);
    const float* y = block.y + first * d_;
    const float* tau = block.tau + first;
    for (int64_t i = 0; i < block_; ++i) ends_.Input(tau[i], y + i * d_, network_.input() + i * in);
    network_.Forward();
    const float* output = network_.output();
    for (int64_t i = 0; i < real; ++i) answers.value[first + i] = ends_.Value(output + i * out, y + i * d_);
    if (wanted_.gradient) {
      for (int64_t i = 0; i < block_; ++i) {
        ends_.Cotangent(1, output + i * out, y + i * d_, network_.interior_cotangent() + i * out);
      }
      network_.Backward();
      for (int64_t i = 0; i < real; ++i) {
        const float* through = network_.input_gradient() + i * in;
        ends_.Gradient(through, output + i * out, y + i * d_, answers.gradient + (first + i) * d_);
        if (wanted_.d_tau) answers.d_tau[first + i] = ends_.TimeDerivative(tau[i], through);
      }
    }
    if (directions_ == 0) return;
    std::fill_n(answers.laplacian + first, real, 0.0F);
    for (int64_t direction = 0; direction < directions_; direction += probes_) {
      AddSecondDerivatives(block, first, direction, answers.laplacian + first);
    }
  }

  // Adds second derivatives for the block's rows, along `probes_` directions from `direction` on.
  void AddSecondDerivatives(const PointBlock& block, int64_t first, int64_t direction, float* laplacian) {
    const int64_t in = ends_.inputs();
    const int64_t out = ends_.outputs();
    const int64_t real = std::min(block_, block.count - first);
    const float* y = block.y + first * d_;
    const float* output = network_.output();
    SetDirections(block.first_row + first, direction);
    std::fill_n(network_.tangent_input(), block_ * in, 0.0F);
    for (int64_t i = 0; i < probes_ * block_; ++i) {
      ends_.InputTangent(0, 0, e_.data() + i * d_, network_.probe_input() + i * in);
    }
    network_.Tangent(factor_.data());
    for (int64_t i = 0; i < real; ++i) {
      float sum = ends_.Along(network_.tangent_output() + i * out, u_.data(), output + i * out, y + i * d_);
      for (int64_t p = 0; p < probes_; ++p) {
        const int64_t at = p * block_ + i;
        sum += factor_[i] * ends_.CurvatureTerm(network_.probe_output() + at * out, e_.data() + at * d_);
      }
      laplacian[i] += sum;
    }
  }

  // `first_row` is the row of the block's first point.
  void SetDirections(int64_t first_row, int64_t direction) {
    const bool random = wanted_.probes > 0;
    if (!random && direction == unit_direction_) return;
    unit_direction_ = direction;
    std::fill(e_.begin(), e_.end(), 0.0F);
    // Directions beyond the last are 0, which adds nothing.
    const int64_t count = std::min(probes_, directions_ - direction);
    for (int64_t p = 0; p < count; ++p) {
      for (int64_t i = 0; i < block_; ++i) {
        float* e = e_.data() + (p * block_ + i) * d_;
        if (random) {
          ProbeSigns(wanted_.seed, 0, first_row + i, direction + p, d_, e);
        } else {
          e[direction + p] = 1;
        }
      }
    }
  }

  const std::vector<FusedParameters<float>>& members_;
  const PointQuantities wanted_;
  const NetworkEnds<float> ends_;
  const int64_t d_;
  const int64_t block_;       // rows
  const int64_t directions_;  // for each point
  const int64_t probes_;      // directions in one pass
  FusedNetwork<float> network_;
  std::vector<float> e_;           // [probes, block, D]
  int64_t unit_direction_ = -1;    // the first direction in e_, if they are unit vectors
  std::vector<float> factor_, u_;  // for the second-order tangents: [block], and zeros [D]
};

class FusedEngine final : public PointEngine {
 public:
  FusedEngine(const Perceptron& potential, const std::vector<Parameters>& members) : potential_(potential) {
    members_.reserve(members.size());
    for (const Parameters& member : members) members_.emplace_back(potential).Copy(member);
  }

  std::unique_ptr<PointPasses> MakePasses(int64_t rows, const PointQuantities& wanted) const override {
    return std::make_unique<FusedPasses>(potential_, members_, rows, wanted);
  }

 private:
  const Perceptron& potential_;
  std::vector<FusedParameters<float>> members_;
};

}  // namespace

std::unique_ptr<const PointEngine> MakeFusedPointEngine(const Potential& potential,
                                                        const std::vector<Parameters>& members) {
  const auto* perceptron = dynamic_cast<const Perceptron*>(&potential);
  if (perceptron == nullptr) return nullptr;
  return std::make_unique<FusedEngine>(*perceptron, members);
}

}  // namespace actionmatch
