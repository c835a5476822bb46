// RepeatedWork: work of LibTorch on a device that is the same each time but for the numbers in its tensors.
//
//   CPU    calls it
//   CUDA   calls it a few times, so that LibTorch sets up what it needs, then captures it once into a CUDA graph, and
//          launches that from then on: one launch instead of one for each kernel

#ifndef ACTIONMATCH_CORE_DEVICE_REPEATED_WORK_H_
#define ACTIONMATCH_CORE_DEVICE_REPEATED_WORK_H_

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace actionmatch {

// Not thread-safe; while CUDA work runs for the first times, no other thread of the process may use the device.
class RepeatedWork {
 public:
  virtual ~RepeatedWork() = default;
  // The work, once, after what the thread has queued on the device. On CUDA it may return before the work is done.
  virtual void Run() = 0;
};

// What the work reads and writes outlives it and stays at its addresses. It does not wait for the device, asks it for
// no number and draws none.
std::unique_ptr<RepeatedWork> MakeRepeatedWork(at::Device device, std::function<void()> work);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_REPEATED_WORK_H_
