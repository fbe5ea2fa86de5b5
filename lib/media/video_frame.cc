#include "lib/media/video_frame.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <libavutil/motion_vector.h>
#include <libavutil/pixdesc.h>
}

#include "lib/core/error.h"
#include "lib/media/hardware_decoder.h"

namespace vs::media {
namespace {

std::string place_of(const Frame& frame) { return fmt::format("frame {}", frame.index); }

const AVPixFmtDescriptor* descriptor_of(const AVFrame& frame) {
  return av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
}

AvFramePtr reference_to(const AvFramePtr& frame) {
  if (!frame) return nullptr;
  AvFramePtr reference(av_frame_clone(frame.get()));
  if (!reference) throw std::bad_alloc();
  return reference;
}

}  // namespace

VideoFrame::VideoFrame() : frame_(make_av_frame()) {}
VideoFrame::~VideoFrame() = default;

ImageView VideoFrame::rgb() {
  if (!rgb_.data) rgb_ = converter_.rgb(av());
  return rgb_;
}

const AVFrame& VideoFrame::av() const {
  if (!frame_->hw_frames_ctx) return *frame_;
  if (host_) return *host_;
  try {
    host_ = from_device(*frame_, host_format_);
  } catch (const DataError& error) {
    throw DataError(place_of(*this), "the device " + error.finding());
  }
  return *host_;
}

std::optional<DevicePicture> VideoFrame::device_picture() const {
  std::optional<DevicePicture> picture = device_picture_of(*frame_, host_format_);
  if (picture) picture->device = device_number_;
  return picture;
}

PlaneView VideoFrame::luma() {
  try {
    return luma_plane(av());
  } catch (const DataError& error) {
    throw DataError(place_of(*this), error.finding(), error.hint());
  }
}

std::shared_ptr<const void> VideoFrame::hold() const {
  struct Held {
    AvFramePtr decoded, host;
  };
  return std::make_shared<const Held>(Held{reference_to(frame_), reference_to(host_)});
}

int VideoFrame::plane_count() const {
  const AVPixFmtDescriptor* descriptor = descriptor_of(av());
  return descriptor ? av_pix_fmt_count_planes(static_cast<AVPixelFormat>(av().format)) : 0;
}

bool VideoFrame::has_yuv_planes() const {
  const AVPixFmtDescriptor* descriptor = descriptor_of(av());
  if (!descriptor) return false;
  if (descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                           AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_FLOAT)) {
    return false;
  }
  for (int i = 0; i < descriptor->nb_components; ++i) {
    const AVComponentDescriptor& component = descriptor->comp[i];
    if (component.plane != i || component.step != (component.depth > 8 ? 2 : 1) || component.shift != 0) return false;
  }
  return descriptor->nb_components >= 1;
}

PlaneView VideoFrame::plane(int i) const {
  if (!has_yuv_planes() || i < 0 || i >= plane_count()) {
    throw DataError(place_of(*this), fmt::format("has no plane {}", i));
  }
  const AVPixFmtDescriptor& descriptor = *descriptor_of(av());
  const bool chroma = i == 1 || i == 2;
  PlaneView view;
  view.data = av().data[i];
  view.width = chroma ? AV_CEIL_RSHIFT(av().width, descriptor.log2_chroma_w) : av().width;
  view.height = chroma ? AV_CEIL_RSHIFT(av().height, descriptor.log2_chroma_h) : av().height;
  view.bits = descriptor.comp[i].depth;
  view.stride = av().linesize[i];
  return view;
}

std::string VideoFrame::md5() const {
  const auto format = static_cast<AVPixelFormat>(av().format);
  const int size = av_image_get_buffer_size(format, av().width, av().height, 1);
  if (size < 0) throw DataError(place_of(*this), "its pixel format has no packed layout");
  std::vector<uint8_t> packed(static_cast<size_t>(size));
  if (av_image_copy_to_buffer(packed.data(), size, av().data, av().linesize, format, av().width, av().height, 1) < 0) {
    throw DataError(place_of(*this), "its pixel format has no packed layout");
  }
  std::array<uint8_t, 16> digest{};
  av_md5_sum(digest.data(), packed.data(), packed.size());
  std::string text;
  for (const uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::vector<MotionVector> VideoFrame::motion_vectors() const {
  std::vector<MotionVector> result;
  const AVFrameSideData* side = av_frame_get_side_data(frame_.get(), AV_FRAME_DATA_MOTION_VECTORS);
  if (!side) return result;
  const auto* vectors = reinterpret_cast<const AVMotionVector*>(side->data);
  const size_t count = side->size / sizeof(AVMotionVector);
  result.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const AVMotionVector& from = vectors[i];
    MotionVector vector;
    vector.source = from.source;
    vector.width = from.w;
    vector.height = from.h;
    vector.x = from.dst_x;
    vector.y = from.dst_y;
    const double scale = from.motion_scale ? from.motion_scale : 1;
    vector.dx = from.motion_x / scale;
    vector.dy = from.motion_y / scale;
    result.push_back(vector);
  }
  return result;
}

}  // namespace vs::media
