// The fake libcuda.so.1: devices, contexts, and memory that is the host's. What is not here is a stub that says so.
#include <ffnvcodec/dynlink_cuda.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/fake_nvdec/control.h"
#include "tests/support/fake_nvdec/results.h"

// FFmpeg's name for a handle that the driver defines.
struct CUctx_st {
  int device = 0;
  bool primary = false;
};

namespace vs::fake_nvdec {
namespace {

constexpr int kMostDevices = 2, kDeepestStack = 16;

struct Primary {
  CUctx_st context;
  int users = 0;
  unsigned flags = 0;
};

struct Driver {
  Control control;
  std::mutex mutex;
  std::array<Primary, kMostDevices> primaries;
  std::set<CUcontext> contexts;  // that are alive

  Driver() {
    const std::map<std::string, std::atomic<int>*> switches{{"devices", &control.devices},
                                                            {"takes_streams", &control.takes_streams},
                                                            {"failing_create", &control.failing_create},
                                                            {"failing_decode", &control.failing_decode},
                                                            {"failing_status", &control.failing_status},
                                                            {"failing_map", &control.failing_map},
                                                            {"failing_download", &control.failing_download}};
    const char* text = std::getenv("VS_FAKE_NVDEC_SWITCHES");
    std::istringstream words(text ? text : "");
    for (std::string word; words >> word;) {
      const size_t equals = word.find('=');
      const auto found = switches.find(word.substr(0, equals));
      if (found == switches.end() || equals == std::string::npos) std::abort();  // a test that is written wrongly
      *found->second = std::atoi(word.c_str() + equals + 1);
    }
  }
};

// Not destroyed: FFmpeg may give a device back while a process ends.
Driver& driver() {
  static auto* the_one = new Driver;
  return *the_one;
}

// Trivial, so that nothing is left to do where a thread ends.
struct Stack {
  CUcontext contexts[kDeepestStack];
  int depth;
};
thread_local Stack stack;

CUresult misuse(int result) {
  ++driver().control.misuses;
  return static_cast<CUresult>(result);
}

bool exists(CUdevice device) { return device >= 0 && device < std::min(+driver().control.devices, kMostDevices); }

CUresult copy(const CUDA_MEMCPY2D& plan) {
  Control& control = driver().control;
  if (stack.depth == 0) return misuse(kInvalidContext);
  const bool download = plan.srcMemoryType == CU_MEMORYTYPE_DEVICE && plan.dstMemoryType == CU_MEMORYTYPE_HOST;
  if (download && control.downloads++ == control.failing_download) return CUDA_ERROR_UNKNOWN;
  const auto* from = plan.srcMemoryType == CU_MEMORYTYPE_HOST ? static_cast<const uint8_t*>(plan.srcHost)
                                                              : reinterpret_cast<const uint8_t*>(plan.srcDevice);
  auto* to = plan.dstMemoryType == CU_MEMORYTYPE_HOST ? static_cast<uint8_t*>(plan.dstHost)
                                                      : reinterpret_cast<uint8_t*>(plan.dstDevice);
  for (size_t y = 0; y < plan.Height; ++y) {
    std::memcpy(to + (plan.dstY + y) * plan.dstPitch + plan.dstXInBytes,
                from + (plan.srcY + y) * plan.srcPitch + plan.srcXInBytes, plan.WidthInBytes);
  }
  return CUDA_SUCCESS;
}

}  // namespace
}  // namespace vs::fake_nvdec

using namespace vs::fake_nvdec;

extern "C" {

#define FAKE_EXPORT __attribute__((visibility("default")))
// Types by FFmpeg's loader: a definition below that differs does not compile.
FAKE_EXPORT FakeNvdecControl fake_nvdec_control;
FAKE_EXPORT tcuInit cuInit;
FAKE_EXPORT tcuDeviceGetCount cuDeviceGetCount;
FAKE_EXPORT tcuDeviceGet cuDeviceGet;
FAKE_EXPORT tcuDeviceGetAttribute cuDeviceGetAttribute;
FAKE_EXPORT tcuDeviceGetName cuDeviceGetName;
FAKE_EXPORT tcuDevicePrimaryCtxGetState cuDevicePrimaryCtxGetState;
FAKE_EXPORT tcuDevicePrimaryCtxSetFlags cuDevicePrimaryCtxSetFlags;
FAKE_EXPORT tcuDevicePrimaryCtxRetain cuDevicePrimaryCtxRetain;
FAKE_EXPORT tcuDevicePrimaryCtxRelease cuDevicePrimaryCtxRelease;
FAKE_EXPORT tcuCtxCreate_v2 cuCtxCreate_v2;
FAKE_EXPORT tcuCtxDestroy_v2 cuCtxDestroy_v2;
FAKE_EXPORT tcuCtxPushCurrent_v2 cuCtxPushCurrent_v2;
FAKE_EXPORT tcuCtxPopCurrent_v2 cuCtxPopCurrent_v2;
FAKE_EXPORT tcuCtxGetDevice cuCtxGetDevice;
FAKE_EXPORT tcuMemAlloc_v2 cuMemAlloc_v2;
FAKE_EXPORT tcuMemFree_v2 cuMemFree_v2;
FAKE_EXPORT tcuMemcpy2D_v2 cuMemcpy2D_v2;
FAKE_EXPORT tcuMemcpy2DAsync_v2 cuMemcpy2DAsync_v2;
FAKE_EXPORT tcuStreamSynchronize cuStreamSynchronize;
FAKE_EXPORT tcuGetErrorName cuGetErrorName;
FAKE_EXPORT tcuGetErrorString cuGetErrorString;

Control* fake_nvdec_control() { return &driver().control; }

CUresult cuInit(unsigned) { return driver().control.devices > 0 ? CUDA_SUCCESS : static_cast<CUresult>(kNoDevice); }

CUresult cuDeviceGetCount(int* count) {
  *count = std::min(+driver().control.devices, kMostDevices);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (!exists(ordinal)) return static_cast<CUresult>(kInvalidDevice);
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice) {
  *value = attribute == CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT ? 512 : 0;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice) {
  std::strncpy(name, "fake", static_cast<size_t>(length));
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  if (!exists(device)) return misuse(kInvalidDevice);
  const std::lock_guard lock(driver().mutex);
  const Primary& primary = driver().primaries[static_cast<size_t>(device)];
  *flags = primary.flags;
  *active = primary.users > 0;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned flags) {
  if (!exists(device)) return misuse(kInvalidDevice);
  const std::lock_guard lock(driver().mutex);
  Primary& primary = driver().primaries[static_cast<size_t>(device)];
  if (primary.users > 0 && primary.flags != flags) return misuse(kPrimaryContextActive);
  primary.flags = flags;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  if (!exists(device)) return misuse(kInvalidDevice);
  const std::lock_guard lock(driver().mutex);
  Primary& primary = driver().primaries[static_cast<size_t>(device)];
  ++primary.users;
  primary.context = {device, true};
  driver().contexts.insert(&primary.context);
  *context = &primary.context;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease(CUdevice device) {
  const std::lock_guard lock(driver().mutex);
  Primary& primary = driver().primaries.at(static_cast<size_t>(device));
  if (primary.users == 0) return misuse(kInvalidContext);
  if (--primary.users == 0) {
    primary.flags = 0;
    driver().contexts.erase(&primary.context);
  }
  return CUDA_SUCCESS;
}

// A new context is the current one.
CUresult cuCtxCreate_v2(CUcontext* context, unsigned, CUdevice device) {
  if (!exists(device)) return misuse(kInvalidDevice);
  auto* made = new CUctx_st{device, false};
  {
    const std::lock_guard lock(driver().mutex);
    driver().contexts.insert(made);
  }
  *context = made;
  return cuCtxPushCurrent_v2(made);
}

CUresult cuCtxDestroy_v2(CUcontext context) {
  const std::lock_guard lock(driver().mutex);
  if (driver().contexts.erase(context) == 0 || context->primary) return misuse(kInvalidContext);
  delete context;
  return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
  const std::lock_guard lock(driver().mutex);
  if (driver().contexts.count(context) == 0 || stack.depth == kDeepestStack) return misuse(kInvalidContext);
  stack.contexts[stack.depth++] = context;
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  if (stack.depth == 0) return misuse(kInvalidContext);
  *context = stack.contexts[--stack.depth];
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice* device) {
  if (stack.depth == 0) return misuse(kInvalidContext);
  *device = stack.contexts[stack.depth - 1]->device;
  return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t size) {
  if (stack.depth == 0) return misuse(kInvalidContext);
  *address = reinterpret_cast<CUdeviceptr>(std::malloc(size));
  return *address ? CUDA_SUCCESS : static_cast<CUresult>(kOutOfMemory);
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  if (stack.depth == 0) return misuse(kInvalidContext);
  std::free(reinterpret_cast<void*>(address));
  return CUDA_SUCCESS;
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D* plan) { return copy(*plan); }

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* plan, CUstream) { return copy(*plan); }

CUresult cuStreamSynchronize(CUstream) { return stack.depth == 0 ? misuse(kInvalidContext) : CUDA_SUCCESS; }

CUresult cuGetErrorName(CUresult error, const char** name) {
  *name = name_of(error);
  return CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult error, const char** text) {
  *text = text_of(error);
  return CUDA_SUCCESS;
}

}  // extern "C"
