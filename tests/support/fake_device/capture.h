// What is given to a stream of the fake device, kept to be done again later: CUDA's stream capture.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tests/support/fake_device/memory.h"

namespace vs::test::fake {

/// Something that was given to the device.
struct Call {
  std::string name;
  std::function<void()> again;                             ///< on the same memory
  std::vector<std::pair<c10::Storage, Freed>> reads = {};  ///< and writes: memory of the device, as the CPU sees it
};

/// From when a stream begins to record until it ends. While it records, what it is given is done too, since the CPU
/// must learn the shapes; at the end memory is as it was before, and what was made meanwhile holds NaN, as if nothing
/// had been done. Any thread.
class Capture {
 public:
  /// Memory that the device got while it recorded, as the CPU sees it. It lives as long as the recording.
  void created(const c10::Storage& cpu);
  /// Before this memory, of the CPU or as the CPU sees it, is written to.
  void will_write(const c10::Storage& cpu);
  void append(Call call);
  /// Something was asked for that cannot be recorded; so the end will fail too.
  void fail(const std::string& why);

  /// Throws c10::Error if something failed. In any case memory is put back.
  void end();
  /// Everything again, in the order in which it was recorded. Throws c10::Error where memory is used that was there
  /// before the recording and has been freed since.
  void replay() const;

 private:
  void put_back();

  std::mutex mutex_;
  std::vector<Call> calls_;
  std::vector<c10::Storage> created_;
  std::unordered_set<const c10::StorageImpl*> own_;
  std::unordered_map<const c10::StorageImpl*, std::pair<c10::Storage, std::vector<std::byte>>> before_;
  std::string failure_;
};

/// That of the stream on which this thread computes; null if it is not recorded.
std::shared_ptr<Capture> current_capture();

/// Throws c10::Error, after which the recording of this thread's stream cannot succeed, if there is one.
void refuse_in_capture(const std::string& what);

}  // namespace vs::test::fake
