// The fake libnvcuvid.so.1: decoders, their surfaces, and the pictures that are mapped.
#include <ffnvcodec/dynlink_cuda.h>
// After the types that it uses.
#include <ffnvcodec/dynlink_cuviddec.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_nvdec/control.h"
#include "tests/support/fake_nvdec/known_videos.h"
#include "tests/support/fake_nvdec/results.h"
#include "tests/support/fake_nvdec/surface.h"

extern "C" {
// Of the fake libcuda.so.1.
FakeNvdecControl fake_nvdec_control;
tcuCtxGetDevice cuCtxGetDevice;
}

namespace vs::fake_nvdec {
namespace {

constexpr unsigned kMostSurfaces = 32;  // of NVIDIA's driver

// What a decoder has made of a picture.
struct Decoded {
  const AVFrame* picture = nullptr;  // null: the CPU shows none, or the stream is damaged
  bool damaged = false;
};

// Where a decoder writes what is mapped.
struct Output {
  std::vector<uint8_t> bytes;
  int mapped_index = -1;  // the surface whose picture it shows; -1: nobody holds it
};

struct Decoder {
  int device = 0;
  SurfaceLayout layout;
  std::vector<std::optional<Decoded>> surfaces;
  std::vector<Output> outputs;
  size_t next_output = 0;
  std::optional<Place> last;
};

struct Driver {
  Control& control = *fake_nvdec_control();
  KnownVideos videos;
  std::mutex mutex;
  std::map<const void*, std::unique_ptr<Decoder>> decoders;

  Driver() {
    const char* text = std::getenv("VS_FAKE_NVDEC_VIDEOS");
    std::istringstream paths(text ? text : "");
    for (std::string path; std::getline(paths, path, ':');) videos.add(path);
  }
};

// Not destroyed, as in libcuda.so.1.
Driver& driver() {
  static auto* the_one = new Driver;
  return *the_one;
}

CUresult misuse(int result) {
  ++driver().control.misuses;
  return static_cast<CUresult>(result);
}

// Needs the lock. Null, and a misuse, for a decoder that is not there, and where the thread has no context of its
// device.
Decoder* find_decoder(CUvideodecoder handle) {
  const auto found = driver().decoders.find(handle);
  int device = -1;
  if (found == driver().decoders.end() || cuCtxGetDevice(&device) != CUDA_SUCCESS || device != found->second->device) {
    ++driver().control.misuses;
    return nullptr;
  }
  return found->second.get();
}

// What NVIDIA's decoders of some years take.
bool is_supported(const CUVIDDECODECAPS& caps) {
  const bool plain = caps.eChromaFormat == cudaVideoChromaFormat_420;
  const unsigned more_bits = caps.nBitDepthMinus8;
  switch (caps.eCodecType) {
    case cudaVideoCodec_H264:
    case cudaVideoCodec_VP8:
      return plain && more_bits == 0;
    case cudaVideoCodec_HEVC:
      return (plain || caps.eChromaFormat == cudaVideoChromaFormat_444) && more_bits <= 4;
    case cudaVideoCodec_VP9:
      return plain && more_bits <= 4;
    case cudaVideoCodec_AV1:
      return plain && more_bits <= 2;
    default:
      return false;
  }
}

// The bytes of the first slice, without its start code.
std::string_view first_slice(const CUVIDPICPARAMS& picture) {
  const size_t begin = picture.pSliceDataOffsets[0];
  const size_t end = picture.nNumSlices > 1 ? picture.pSliceDataOffsets[1] : picture.nBitstreamDataLen;
  if (begin >= end || end > picture.nBitstreamDataLen) return {};
  std::string_view bytes(reinterpret_cast<const char*>(picture.pBitstreamData) + begin, end - begin);
  if (bytes.starts_with(std::string_view("\0\0\1", 3))) bytes.remove_prefix(3);
  return bytes;
}

}  // namespace
}  // namespace vs::fake_nvdec

using namespace vs::fake_nvdec;

extern "C" {

#define FAKE_EXPORT __attribute__((visibility("default")))
// Types by FFmpeg's loader: a definition below that differs does not compile.
FAKE_EXPORT FakeNvdecKnow fake_nvdec_know;
FAKE_EXPORT FakeNvdecForget fake_nvdec_forget;
FAKE_EXPORT tcuvidGetDecoderCaps cuvidGetDecoderCaps;
FAKE_EXPORT tcuvidCreateDecoder cuvidCreateDecoder;
FAKE_EXPORT tcuvidDestroyDecoder cuvidDestroyDecoder;
FAKE_EXPORT tcuvidDecodePicture cuvidDecodePicture;
FAKE_EXPORT tcuvidGetDecodeStatus cuvidGetDecodeStatus;
FAKE_EXPORT tcuvidMapVideoFrame64 cuvidMapVideoFrame64;
FAKE_EXPORT tcuvidUnmapVideoFrame64 cuvidUnmapVideoFrame64;

void fake_nvdec_know(const char* path) { driver().videos.add(path); }

void fake_nvdec_forget() {
  driver().control.misuses += driver().control.decoders;
  driver().videos.clear();
}

CUresult cuvidGetDecoderCaps(CUVIDDECODECAPS* caps) {
  int device = 0;
  if (cuCtxGetDevice(&device) != CUDA_SUCCESS) return misuse(kInvalidContext);
  caps->bIsSupported = driver().control.takes_streams != 0 && is_supported(*caps);
  caps->nMaxWidth = caps->nMaxHeight = caps->eCodecType == cudaVideoCodec_H264 ? 4096 : 8192;
  caps->nMaxMBCount = caps->nMaxWidth * caps->nMaxHeight / 256;
  const bool small = caps->eCodecType == cudaVideoCodec_H264 || caps->eCodecType == cudaVideoCodec_VP8;
  const bool hevc = caps->eCodecType == cudaVideoCodec_HEVC;
  caps->nMinWidth = static_cast<unsigned short>(small ? 48 : hevc ? 144 : 128);
  caps->nMinHeight = static_cast<unsigned short>(small ? 16 : hevc ? 144 : 128);
  return CUDA_SUCCESS;
}

CUresult cuvidCreateDecoder(CUvideodecoder* handle, CUVIDDECODECREATEINFO* info) {
  Control& control = driver().control;
  auto decoder = std::make_unique<Decoder>();
  if (cuCtxGetDevice(&decoder->device) != CUDA_SUCCESS) return misuse(kInvalidContext);
  if (control.creates++ == control.failing_create) return static_cast<CUresult>(kOutOfMemory);
  if (info->ulNumDecodeSurfaces == 0 || info->ulNumDecodeSurfaces > kMostSurfaces || info->ulNumOutputSurfaces == 0 ||
      info->ulNumOutputSurfaces > kMostSurfaces) {
    return static_cast<CUresult>(kInvalidValue);
  }
  decoder->layout.width = static_cast<int>(info->ulTargetWidth);
  decoder->layout.height = static_cast<int>(info->ulTargetHeight);
  decoder->layout.wide =
      info->OutputFormat == cudaVideoSurfaceFormat_P016 || info->OutputFormat == cudaVideoSurfaceFormat_YUV444_16Bit;
  decoder->layout.full_chroma =
      info->OutputFormat == cudaVideoSurfaceFormat_YUV444 || info->OutputFormat == cudaVideoSurfaceFormat_YUV444_16Bit;
  decoder->surfaces.resize(info->ulNumDecodeSurfaces);
  decoder->outputs.resize(info->ulNumOutputSurfaces);
  *handle = decoder.get();
  const std::lock_guard lock(driver().mutex);
  driver().decoders.emplace(decoder.get(), std::move(decoder));
  ++control.decoders;
  return CUDA_SUCCESS;
}

CUresult cuvidDestroyDecoder(CUvideodecoder handle) {
  const std::lock_guard lock(driver().mutex);
  const Decoder* decoder = find_decoder(handle);
  if (!decoder) return static_cast<CUresult>(kInvalidHandle);
  for (const Output& output : decoder->outputs) driver().control.misuses += output.mapped_index >= 0;
  driver().decoders.erase(handle);
  --driver().control.decoders;
  return CUDA_SUCCESS;
}

CUresult cuvidDecodePicture(CUvideodecoder handle, CUVIDPICPARAMS* params) {
  Control& control = driver().control;
  const std::lock_guard lock(driver().mutex);
  Decoder* decoder = find_decoder(handle);
  if (!decoder) return static_cast<CUresult>(kInvalidHandle);
  const int call = control.decodes++;
  ++control.decodes_of_device[decoder->device];
  const auto index = static_cast<size_t>(params->CurrPicIdx);
  if (index >= decoder->surfaces.size() || params->nNumSlices == 0) return misuse(kInvalidValue);
  for (const Output& output : decoder->outputs) {
    if (output.mapped_index == params->CurrPicIdx) return misuse(kInvalidValue);
  }
  if (call == control.failing_decode) return CUDA_ERROR_UNKNOWN;
  const std::optional<Place> place = driver().videos.find(first_slice(*params), decoder->last);
  const bool damaged = !place || call == control.failing_status;
  decoder->surfaces[index] = Decoded{damaged ? nullptr : driver().videos.picture(*place), damaged};
  if (place) decoder->last = place;
  return CUDA_SUCCESS;
}

CUresult cuvidGetDecodeStatus(CUvideodecoder handle, int index, CUVIDGETDECODESTATUS* status) {
  const std::lock_guard lock(driver().mutex);
  const Decoder* decoder = find_decoder(handle);
  if (!decoder) return static_cast<CUresult>(kInvalidHandle);
  const auto& decoded = decoder->surfaces.at(static_cast<size_t>(index));
  status->decodeStatus = !decoded           ? cuvidDecodeStatus_Invalid
                         : decoded->damaged ? cuvidDecodeStatus_Error
                                            : cuvidDecodeStatus_Success;
  return CUDA_SUCCESS;
}

CUresult cuvidMapVideoFrame64(CUvideodecoder handle, int index, unsigned long long* address, unsigned* pitch,
                              CUVIDPROCPARAMS*) {
  Control& control = driver().control;
  const std::lock_guard lock(driver().mutex);
  Decoder* decoder = find_decoder(handle);
  if (!decoder) return static_cast<CUresult>(kInvalidHandle);
  if (control.maps++ == control.failing_map) return CUDA_ERROR_UNKNOWN;
  if (static_cast<size_t>(index) >= decoder->surfaces.size() || !decoder->surfaces[static_cast<size_t>(index)]) {
    return misuse(kInvalidValue);
  }
  // In a ring, so that one that was given back stays garbage for long.
  for (size_t i = 0; i < decoder->outputs.size(); ++i) {
    Output& output = decoder->outputs[(decoder->next_output + i) % decoder->outputs.size()];
    if (output.mapped_index >= 0) continue;
    decoder->next_output = (decoder->next_output + i + 1) % decoder->outputs.size();
    output.mapped_index = index;
    output.bytes.resize(decoder->layout.size());
    fill_with_garbage(output.bytes);
    const AVFrame* picture = decoder->surfaces[static_cast<size_t>(index)]->picture;
    if (picture) fill_with_picture(output.bytes, decoder->layout, *picture);
    *address = reinterpret_cast<unsigned long long>(output.bytes.data());
    *pitch = static_cast<unsigned>(decoder->layout.pitch());
    ++control.mapped;
    return CUDA_SUCCESS;
  }
  return static_cast<CUresult>(kOutOfMemory);
}

CUresult cuvidUnmapVideoFrame64(CUvideodecoder handle, unsigned long long address) {
  const std::lock_guard lock(driver().mutex);
  Decoder* decoder = find_decoder(handle);
  if (!decoder) return static_cast<CUresult>(kInvalidHandle);
  for (Output& output : decoder->outputs) {
    if (output.mapped_index < 0 || reinterpret_cast<unsigned long long>(output.bytes.data()) != address) continue;
    output.mapped_index = -1;
    fill_with_garbage(output.bytes);
    --driver().control.mapped;
    return CUDA_SUCCESS;
  }
  return misuse(kInvalidValue);
}

}  // extern "C"
