// The fake NVDEC in a test's process: FFmpeg's "cuda" is it from the first use on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/media/hardware_device.h"
#include "tests/support/fake_nvdec/control.h"

namespace vs::fake_nvdec {

/// Loads the two libraries, and sets every switch to what it was at first and every count to 0. There is one at a time.
class FakeNvdec {
 public:
  /// It knows these videos. Decoders must end before it does.
  explicit FakeNvdec(const std::vector<std::string>& videos = {});
  FakeNvdec(const FakeNvdec&) = delete;
  FakeNvdec& operator=(const FakeNvdec&) = delete;
  ~FakeNvdec();

  /// False where the process has loaded a real driver before.
  bool is_loaded() const { return control_ != nullptr; }
  Control& control() { return *control_; }
  /// "cuda" or "cuda:1".
  std::shared_ptr<const media::HardwareDevice> device(const std::string& name = "cuda");
  void know(const std::string& video);
  /// A function of libcuda.so.1.
  template <typename Function>
  Function* driver_function(const char* name) {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const char* name);
  void reset();

  void* cuda_ = nullptr;
  void* cuvid_ = nullptr;
  Control* control_ = nullptr;
};

}  // namespace vs::fake_nvdec
