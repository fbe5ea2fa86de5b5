#include "tests/lib/media/fake_vdpau.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/hwcontext.h>
}

#include "lib/media/video_decoder.h"

namespace vs::media {
namespace {

// VDPAU's interface as far as FFmpeg calls it; its header is not among the packages that vs needs.
using Status = int;
using Handle = uint32_t;
constexpr Status kOk = 0, kNoImplementation = 1, kResources = 23;
constexpr uint32_t kChroma420 = 0, kFormatNv12 = 0;

enum FunctionId : uint32_t {
  kGetInformationString = 4,
  kVideoSurfaceQueryCapabilities = 7,
  kVideoSurfaceQueryGetPutBits = 8,
  kVideoSurfaceCreate = 9,
  kVideoSurfaceDestroy = 10,
  kVideoSurfaceGetBits = 12,
  kVideoSurfacePutBits = 13,
  kDecoderQueryCapabilities = 36,
  kDecoderCreate = 37,
  kDecoderDestroy = 38,
  kDecoderRender = 40,
};

struct BitstreamBuffer {
  uint32_t version;
  const void* bytes;
  uint32_t size;
};

using GetProcAddress = Status(Handle device, uint32_t id, void** function);

// FFmpeg's AVVDPAUDeviceContext.
struct VdpauDevice {
  Handle device;
  GetProcAddress* get_proc_address;
};

struct Driver {
  FakeVdpau* fake = nullptr;
  std::vector<AvFramePtr> pictures;         // in decoding order
  std::map<std::string, size_t> of_slices;  // which picture they make
  std::map<Handle, size_t> of_surface;      // which picture is on it
  Handle surfaces = 0;
};

Driver driver;

Status get_information_string(const char** text) {
  *text = "fake";
  return kOk;
}

Status query_surface(Handle, uint32_t chroma, int* supported, uint32_t* width, uint32_t* height) {
  *supported = chroma == kChroma420;
  *width = *height = 4096;
  return kOk;
}

Status query_bits(Handle, uint32_t chroma, uint32_t format, int* supported) {
  *supported = chroma == kChroma420 && format == kFormatNv12;
  return kOk;
}

Status create_surface(Handle, uint32_t, uint32_t, uint32_t, Handle* surface) {
  *surface = ++driver.surfaces;
  return kOk;
}

Status destroy_surface(Handle surface) {
  driver.of_surface.erase(surface);
  return kOk;
}

// Luma, and both chroma planes in one, as far as the picture is visible.
Status get_bits(Handle surface, uint32_t, void* const* planes, const uint32_t* pitches) {
  if (driver.fake->downloads++ == driver.fake->failing_download) return kResources;
  const AVFrame& picture = *driver.pictures.at(driver.of_surface.at(surface));
  for (int y = 0; y < picture.height; ++y) {
    std::memcpy(static_cast<uint8_t*>(planes[0]) + size_t{pitches[0]} * static_cast<size_t>(y),
                picture.data[0] + y * picture.linesize[0], static_cast<size_t>(picture.width));
  }
  for (int y = 0; y < (picture.height + 1) / 2; ++y) {
    uint8_t* row = static_cast<uint8_t*>(planes[1]) + size_t{pitches[1]} * static_cast<size_t>(y);
    for (int x = 0; x < (picture.width + 1) / 2; ++x) {
      row[2 * x] = picture.data[1][y * picture.linesize[1] + x];
      row[2 * x + 1] = picture.data[2][y * picture.linesize[2] + x];
    }
  }
  return kOk;
}

Status put_bits(Handle, uint32_t, const void* const*, const uint32_t*) { return kNoImplementation; }

Status query_decoder(Handle, uint32_t, int* supported, uint32_t* level, uint32_t* blocks, uint32_t* width,
                     uint32_t* height) {
  *supported = driver.fake->has_decoder;
  *level = *blocks = *width = *height = 1 << 20;
  return kOk;
}

Status create_decoder(Handle, uint32_t, uint32_t, uint32_t, uint32_t, Handle* decoder) {
  *decoder = 1;
  return kOk;
}

Status destroy_decoder(Handle) { return kOk; }

Status render(Handle, Handle surface, const void*, uint32_t count, const BitstreamBuffer* buffers) {
  if (driver.fake->renders++ == driver.fake->failing_render) return kResources;
  std::string slices;
  for (uint32_t i = 0; i < count; ++i) slices.append(static_cast<const char*>(buffers[i].bytes), buffers[i].size);
  const size_t picture = driver.of_slices.emplace(std::move(slices), driver.of_slices.size()).first->second;
  if (picture >= driver.pictures.size()) return kResources;
  driver.of_surface[surface] = picture;
  return kOk;
}

template <typename Function>
void* address(Function* function) {
  return reinterpret_cast<void*>(function);
}

Status get_proc_address(Handle, uint32_t id, void** function) {
  static const std::map<uint32_t, void*> kFunctions{
      {kGetInformationString, address(get_information_string)},
      {kVideoSurfaceQueryCapabilities, address(query_surface)},
      {kVideoSurfaceQueryGetPutBits, address(query_bits)},
      {kVideoSurfaceCreate, address(create_surface)},
      {kVideoSurfaceDestroy, address(destroy_surface)},
      {kVideoSurfaceGetBits, address(get_bits)},
      {kVideoSurfacePutBits, address(put_bits)},
      {kDecoderQueryCapabilities, address(query_decoder)},
      {kDecoderCreate, address(create_decoder)},
      {kDecoderDestroy, address(destroy_decoder)},
      {kDecoderRender, address(render)},
  };
  const auto found = kFunctions.find(id);
  if (found == kFunctions.end()) return kNoImplementation;
  *function = found->second;
  return kOk;
}

std::vector<AvFramePtr> pictures_in_decoding_order(const std::string& path) {
  std::vector<AvFramePtr> pictures;
  VideoDecoder decoder(path);
  while (const VideoFrame* frame = decoder.next()) pictures.emplace_back(av_frame_clone(&frame->av()));
  std::sort(pictures.begin(), pictures.end(), [](const AvFramePtr& first, const AvFramePtr& second) {
    return first->coded_picture_number < second->coded_picture_number;
  });
  return pictures;
}

}  // namespace

FakeVdpau::FakeVdpau(const std::string& path) {
  if (driver.fake) throw std::logic_error("one fake driver at a time");
  driver.pictures = pictures_in_decoding_order(path);
  driver.fake = this;
  AvBufferPtr device(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_VDPAU));
  if (!device) throw std::runtime_error("this FFmpeg is built without VDPAU");
  auto* context = reinterpret_cast<AVHWDeviceContext*>(device->data);
  *static_cast<VdpauDevice*>(context->hwctx) = {1, get_proc_address};
  if (av_hwdevice_ctx_init(device.get()) < 0) throw std::runtime_error("the fake driver does not start");
  device_ = std::make_shared<HardwareDevice>(std::move(device), true);
}

FakeVdpau::~FakeVdpau() {
  device_.reset();
  driver = {};
}

}  // namespace vs::media
