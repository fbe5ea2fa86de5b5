// Results of the CUDA driver that the fake one gives; FFmpeg's header has but few of them.
#pragma once

namespace vs::fake_nvdec {

enum Result : int {
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidContext = 201,
  kInvalidHandle = 400,
  kPrimaryContextActive = 708,
  kNotSupported = 801,
};

inline const char* name_of(int result) {
  switch (result) {
    case 0:
      return "CUDA_SUCCESS";
    case kInvalidValue:
      return "CUDA_ERROR_INVALID_VALUE";
    case kOutOfMemory:
      return "CUDA_ERROR_OUT_OF_MEMORY";
    case kNoDevice:
      return "CUDA_ERROR_NO_DEVICE";
    case kInvalidDevice:
      return "CUDA_ERROR_INVALID_DEVICE";
    case kInvalidContext:
      return "CUDA_ERROR_INVALID_CONTEXT";
    case kInvalidHandle:
      return "CUDA_ERROR_INVALID_HANDLE";
    case kPrimaryContextActive:
      return "CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE";
    case kNotSupported:
      return "CUDA_ERROR_NOT_SUPPORTED";
    default:
      return "CUDA_ERROR_UNKNOWN";
  }
}

inline const char* text_of(int result) {
  switch (result) {
    case kNoDevice:
      return "no CUDA-capable device is detected";
    case kInvalidDevice:
      return "invalid device ordinal";
    case kNotSupported:
      return "the fake driver has no such function";
    default:
      return "the fake driver says so";
  }
}

}  // namespace vs::fake_nvdec
