#include "core/loss/fused_loss.h"

#include <c10/util/Exception.h>
#include <omp.h>

#include <algorithm>
#include <atomic>

#include "core/kernels/arena.h"
#include "core/loss/loss_tile.h"

namespace actionmatch {
namespace {

// The elements of one layer's interior rows in a tile. With so many, the arrays of a tile's passes stay in the caches.
constexpr int64_t kTileElements = 16384;
// A tile does not get fewer rows to have fewer elements: products of fewer rows are slower, the more so if the matrices
// of parameters leave no room in the caches and are read anew for each tile.
constexpr int64_t kMinTileRows = 64;
constexpr int64_t kMinTileRowsOfWide = 128;
constexpr int64_t kMaxNarrowWidth = 256;
constexpr int64_t kMaxTileRows = 1024;
constexpr int64_t kMaxLanes = 16;
// The fewest rows of a lane: its gradient takes as long to add up, whatever its rows.
constexpr int64_t kMinLaneRows = 128;
// The most numbers in the gradients of all lanes together.
constexpr int64_t kMaxLaneNumbers = int64_t{1} << 28;
// The numbers of the gradient to which all lanes are added at a time: they stay in the first cache.
constexpr int64_t kSumNumbers = 2048;
// Sums of fewer numbers are not worth a second thread.
constexpr int64_t kMinParallelNumbers = int64_t{1} << 18;

// The number of tiles of at most `most` rows each. If at most half as many tiles again make equal ones, takes those:
// tiles of each size have arrays of their own.
int64_t TilesOf(int64_t rows, int64_t most) {
  const int64_t least = (rows + most - 1) / most;
  for (int64_t tiles = least; 2 * tiles <= 3 * least; ++tiles) {
    if (rows % tiles == 0) return tiles;
  }
  return least;
}

// Part i of `parts` nearly equal parts of the `size` numbers from `first` on.
struct RowRange {
  RowRange(int64_t first, int64_t size, int64_t i, int64_t parts)
      : begin(first + size * i / parts), end(first + size * (i + 1) / parts) {}
  int64_t count() const { return end - begin; }
  int64_t begin, end;
};

}  // namespace

// Consecutive tiles that one thread works through, and their sum.
template <typename T>
struct FusedLoss<T>::Lane {
  std::vector<RowRange> tiles;  // rows
  Arena arena;
  T* own = nullptr;  // [P], in the arena; the first lane has none
  double loss = 0;

  void Run(Tiles& workplace, const PathBatch& batch, const std::vector<double>& laplacian, int64_t step, T* gradient,
           float* interior) {
    loss = 0;
    bool accumulate = false;
    for (const RowRange& rows : tiles) {
      loss += workplace.Of(rows.count())->Run({batch, laplacian, step, rows.begin}, accumulate, gradient, interior);
      accumulate = true;
    }
  }
};

// The tiles of one thread, for any lane: the fewer tiles there are, the more of them stay in the caches.
template <typename T>
class FusedLoss<T>::Tiles {
 public:
  void Add(int64_t rows, const LossTileShape<T>& shape) {
    if (Of(rows) == nullptr) tiles_.push_back(std::make_unique<LossTile<T>>(shape, rows));
  }
  LossTile<T>* Of(int64_t rows) const {
    for (const auto& tile : tiles_) {
      if (tile->rows() == rows) return tile.get();
    }
    return nullptr;
  }

 private:
  std::vector<std::unique_ptr<LossTile<T>>> tiles_;
};

template <typename T>
FusedLoss<T>::FusedLoss(const Objective& objective, const Perceptron& potential, TrainingSpec::Precision precision,
                        int64_t rows, int threads)
    : objective_(objective), potential_(potential), rows_(rows), threads_(threads), weights_(potential, precision) {}

template <typename T>
FusedLoss<T>::~FusedLoss() = default;

template <typename T>
typename FusedLoss<T>::Passes FusedLoss<T>::MakePasses(int64_t probes) const {
  const int64_t width = *std::max_element(weights_.widths().begin(), weights_.widths().end());
  const int64_t least = width > kMaxNarrowWidth ? kMinTileRowsOfWide : kMinTileRows;
  const int64_t tile_rows = std::clamp(kTileElements / width, least, kMaxTileRows);
  const int64_t most = std::min(std::clamp(kMaxLaneNumbers / weights_.parameters(), int64_t{2}, kMaxLanes),
                                std::max<int64_t>(1, rows_ / kMinLaneRows));
  // A power of two, so that common numbers of threads have the same number of lanes each.
  int64_t count = 1;
  while (2 * count <= most) count *= 2;
  const LossTileShape<T> shape{objective_, potential_, weights_, rows_, probes};
  Passes passes;
  // One thread more than there are lanes, for the work beside them.
  passes.tiles.resize(static_cast<size_t>(std::min<int64_t>(threads_, count + 1)));
  for (int64_t i = 0; i < count; ++i) {
    const RowRange rows(0, rows_, i, count);
    auto lane = std::make_unique<Lane>();
    const int64_t tiles = TilesOf(rows.count(), tile_rows);
    for (int64_t t = 0; t < tiles; ++t) {
      const RowRange tile(rows.begin, rows.count(), t, tiles);
      lane->tiles.push_back(tile);
      for (Tiles& workplace : passes.tiles) workplace.Add(tile.count(), shape);
    }
    if (i > 0) lane->own = lane->arena.template Zeros<T>(weights_.parameters());
    passes.lanes.push_back(std::move(lane));
  }
  return passes;
}

template <typename T>
double FusedLoss<T>::Compute(const T* parameters, const PathBatch& batch, int64_t step,
                             const std::function<void()>& beside, T* gradient, float* interior) {
  TORCH_CHECK(batch.rows == rows_, "a batch of ", batch.rows, " rows, where passes are for ", rows_);
  const std::vector<double> laplacian = LaplacianFactors(objective_, batch);
  Passes& passes = laplacian.empty() ? plain_ : curved_;
  auto& lanes = passes.lanes;
  if (lanes.empty()) {
    const int64_t probes = objective_.laplacian_probes > 0 ? objective_.laplacian_probes : potential_.dimension();
    passes = MakePasses(laplacian.empty() ? 0 : probes);
  }
  weights_.Set(parameters, threads_);
  const auto count = static_cast<int64_t>(lanes.size());
  const int64_t before = beside ? 1 : 0;
  std::atomic<int64_t> next{0};
  // All threads start, though not all may find work: OpenMP would end threads that a smaller team leaves out, and start
  // them again.
#pragma omp parallel num_threads(threads_)
  {
    const auto thread = static_cast<size_t>(omp_get_thread_num());
    for (int64_t i = thread < passes.tiles.size() ? next++ : before + count; i < before + count; i = next++) {
      if (i < before) {
        beside();
      } else {
        Lane& lane = *lanes[i - before];
        // The first lane sums straight into the gradient; the other lanes are added to it below.
        T* to = lane.own == nullptr ? gradient : lane.own;
        lane.Run(passes.tiles[thread], batch, laplacian, step, to, interior);
      }
    }
  }
  const KernelTable<T>& kernels = Kernels<T>();
  const int64_t size = weights_.parameters();
#pragma omp parallel for schedule(static) num_threads(threads_) if (size * count >= kMinParallelNumbers)
  for (int64_t i = 0; i < threads_; ++i) {
    const RowRange part(0, size, i, threads_);
    for (int64_t begin = part.begin; begin < part.end; begin += kSumNumbers) {
      const int64_t numbers = std::min(kSumNumbers, part.end - begin);
      for (int64_t lane = 1; lane < count; ++lane) {
        kernels.add(numbers, lanes[lane]->own + begin, gradient + begin);
      }
    }
  }
  double loss = 0;
  for (const auto& lane : lanes) loss += lane->loss;
  return loss;
}

template class FusedLoss<float>;
template class FusedLoss<double>;

}  // namespace actionmatch
