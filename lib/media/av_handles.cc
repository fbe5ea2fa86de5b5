#include "lib/media/av_handles.h"

#include <new>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/buffer.h>
}

namespace vs::media {

void AvDeleter::operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
void AvDeleter::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
void AvDeleter::operator()(AVFormatContext* context) const { avformat_close_input(&context); }
void AvDeleter::operator()(AVFrame* frame) const { av_frame_free(&frame); }
void AvDeleter::operator()(AVPacket* packet) const { av_packet_free(&packet); }

AvFramePtr make_av_frame() {
  AvFramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

AvPacketPtr make_av_packet() {
  AvPacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

}  // namespace vs::media
