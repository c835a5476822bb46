#include "core/device/repeated_work.h"

#include <exception>
#include <utility>

#ifdef ACTIONMATCH_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace actionmatch {
namespace {

class CalledWork final : public RepeatedWork {
 public:
  explicit CalledWork(std::function<void()> work) : work_(std::move(work)) {}
  void Run() override { work_(); }

 private:
  const std::function<void()> work_;
};

#ifdef ACTIONMATCH_CUDA
constexpr int kCallsBefore = 3;

// Graphs are captured on a stream of their own, so the calls before are made there too. All work takes turns on one
// stream: LibTorch keeps workspace for each stream and thread as long as the process lives.
c10::cuda::CUDAStream CaptureStream(at::Device device) {
  static const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool(false, device.index());
  return stream;
}

class CapturedWork final : public RepeatedWork {
 public:
  CapturedWork(at::Device device, std::function<void()> work)
      : work_(std::move(work)), stream_(CaptureStream(device)) {}

  void Run() override {
    if (graph_ != nullptr) {
      graph_->replay();
      return;
    }
    Call();
    // Captures after a call by the same thread: that call has made what LibTorch keeps for each thread.
    if (++calls_ >= kCallsBefore) Capture();
  }

 private:
  void Call() {
    c10::cuda::getCurrentCUDAStream(stream_.device_index()).synchronize();
    {
      const c10::cuda::CUDAStreamGuard guard(stream_);
      work_();
    }
    stream_.synchronize();
  }

  // Captures the work for the runs to come.
  void Capture() {
    // Gives back the memory that LibTorch keeps for later: this cannot be done while a capture asks for more.
    c10::cuda::CUDACachingAllocator::emptyCache();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    graph->capture_begin();
    try {
      work_();
    } catch (...) {
      const std::exception_ptr first = std::current_exception();
      try {
        graph->capture_end();  // a stream left capturing would fail all later work
      } catch (...) {
        static_cast<void>(graph.release());  // LibTorch's allocator goes on asking the graph
      }
      std::rethrow_exception(first);
    }
    graph->capture_end();
    graph_ = std::move(graph);
  }

  const std::function<void()> work_;
  const c10::cuda::CUDAStream stream_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
  int calls_ = 0;
};
#endif

}  // namespace

std::unique_ptr<RepeatedWork> MakeRepeatedWork(at::Device device, std::function<void()> work) {
#ifdef ACTIONMATCH_CUDA
  if (device.is_cuda()) return std::make_unique<CapturedWork>(device, std::move(work));
#else
  static_cast<void>(device);
#endif
  return std::make_unique<CalledWork>(std::move(work));
}

}  // namespace actionmatch
