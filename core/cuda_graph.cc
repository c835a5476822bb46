#include "core/cuda_graph.h"

#include <utility>

#ifdef ACTIONMATCH_CUDA
#include <ATen/cuda/CUDAGraph.h>
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

class CapturedWork final : public RepeatedWork {
 public:
  CapturedWork(at::Device device, std::function<void()> work)
      : work_(std::move(work)), stream_(c10::cuda::getStreamFromPool(false, device.index())) {}

  void Run() override {
    if (calls_ < kCallsBefore) {
      ++calls_;
      Call();
      return;
    }
    if (!captured_) Capture();
    graph_.replay();
  }

 private:
  // Graphs are captured on a stream of their own, and so the calls before are made there.
  void Call() {
    c10::cuda::getCurrentCUDAStream(stream_.device_index()).synchronize();
    {
      const c10::cuda::CUDAStreamGuard guard(stream_);
      work_();
    }
    stream_.synchronize();
  }
  void Capture() {
    c10::cuda::getCurrentCUDAStream(stream_.device_index()).synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    graph_.capture_begin();
    try {
      work_();
    } catch (...) {  // a stream left capturing would fail all that follows
      graph_.capture_end();
      graph_.reset();
      throw;
    }
    graph_.capture_end();
    captured_ = true;
  }

  const std::function<void()> work_;
  const c10::cuda::CUDAStream stream_;
  at::cuda::CUDAGraph graph_;
  int calls_ = 0;
  bool captured_ = false;
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
