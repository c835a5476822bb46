// RepeatedWork: work of LibTorch on a device that is the same each time, except for the numbers in its tensors.
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

// Not thread-safe. While CUDA work runs for the first times, no other thread of the process may use the device.
class RepeatedWork {
 public:
  virtual ~RepeatedWork() = default;
  // Does the work once, after what the thread has queued on the device. On CUDA it may return before the work is done.
  virtual void Run() = 0;
};

// The data that the work reads and writes must outlive this object and stay at their addresses. The work must not wait
// for the device, ask it for a number or draw one.
std::unique_ptr<RepeatedWork> MakeRepeatedWork(at::Device device, std::function<void()> work);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_REPEATED_WORK_H_
