// Owners of FFmpeg's objects: each frees itself.
#pragma once

#include <memory>

struct AVBufferRef;
struct AVCodecContext;
struct AVFormatContext;
struct AVFrame;
struct AVPacket;

namespace vs::media {

struct AvDeleter {
  void operator()(AVBufferRef* buffer) const;  ///< one reference; what it refers to is shared
  void operator()(AVCodecContext* context) const;
  void operator()(AVFormatContext* context) const;  ///< an opened input
  void operator()(AVFrame* frame) const;
  void operator()(AVPacket* packet) const;
};

using AvBufferPtr = std::unique_ptr<AVBufferRef, AvDeleter>;
using AvCodecPtr = std::unique_ptr<AVCodecContext, AvDeleter>;
using AvFormatPtr = std::unique_ptr<AVFormatContext, AvDeleter>;
using AvFramePtr = std::unique_ptr<AVFrame, AvDeleter>;
using AvPacketPtr = std::unique_ptr<AVPacket, AvDeleter>;

/// Empty frame or packet. Throw std::bad_alloc where there is no memory.
AvFramePtr make_av_frame();
AvPacketPtr make_av_packet();

}  // namespace vs::media
