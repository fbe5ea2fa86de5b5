#include "tests/lib/media/video_maker.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/pixdesc.h>
}

#include "lib/media/av_handles.h"
#include "lib/media/av_log.h"

namespace vs::media {
namespace {

void demand(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("test video: ") + what);
}

struct Muxer {
  AVFormatContext* context = nullptr;
  ~Muxer() {
    if (!context) return;
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
};

void fill(AVFrame& frame, int index) {
  const AVPixFmtDescriptor& layout = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const int more_bits = layout.comp[0].depth - 8;
  for (int plane = 0; plane < layout.nb_components; ++plane) {
    const int width = plane ? AV_CEIL_RSHIFT(frame.width, layout.log2_chroma_w) : frame.width;
    const int height = plane ? AV_CEIL_RSHIFT(frame.height, layout.log2_chroma_h) : frame.height;
    for (int y = 0; y < height; ++y) {
      uint8_t* row = frame.data[plane] + int64_t{y} * frame.linesize[plane];
      for (int x = 0; x < width; ++x) {
        const int value = plane ? 128 : test_luma(index, x);
        if (more_bits == 0) {
          row[x] = static_cast<uint8_t>(value);
        } else {
          row[2 * x] = static_cast<uint8_t>(value << more_bits);
          row[2 * x + 1] = static_cast<uint8_t>(value << more_bits >> 8);
        }
      }
    }
  }
}

void drain(AVCodecContext& encoder, AVFormatContext& muxer, AVPacket& packet) {
  const AVStream& stream = *muxer.streams[0];
  while (avcodec_receive_packet(&encoder, &packet) >= 0) {
    if (packet.duration == 0) packet.duration = 1;
    av_packet_rescale_ts(&packet, encoder.time_base, stream.time_base);
    demand(av_interleaved_write_frame(&muxer, &packet) >= 0, "write");
  }
}

}  // namespace

TestFolder::TestFolder() {
  static std::atomic<int> count{0};
  const std::string name = "vs_media_test_" + std::to_string(getpid()) + "_" + std::to_string(count++);
  folder_ = std::filesystem::temp_directory_path() / name;
  std::filesystem::create_directories(folder_);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

uint8_t test_luma(int index, int x) {
  const bool bar = (x - 2 * index) % 32 >= 0 && (x - 2 * index) % 32 < 8;
  return static_cast<uint8_t>(bar ? 220 : 40 + index);
}

void write_test_video(const std::string& path, const TestVideo& video) {
  const AvLog quiet;
  const AVCodec* codec = avcodec_find_encoder_by_name(video.encoder.c_str());
  demand(codec != nullptr, "no such encoder");
  Muxer muxer;
  demand(avformat_alloc_output_context2(&muxer.context, nullptr, nullptr, path.c_str()) >= 0, "container");
  const AvCodecPtr encoder(avcodec_alloc_context3(codec));
  encoder->width = video.width;
  encoder->height = video.height;
  encoder->pix_fmt = av_get_pix_fmt(video.pixel_format.c_str());
  encoder->time_base = {1, 25};
  encoder->framerate = {25, 1};
  encoder->thread_count = 1;
  if (muxer.context->oformat->flags & AVFMT_GLOBALHEADER) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  demand(av_dict_parse_string(&options, video.encoder_options.c_str(), "=", ";", 0) >= 0, "options");
  const int opened = avcodec_open2(encoder.get(), codec, &options);
  const bool all_used = av_dict_count(options) == 0;
  av_dict_free(&options);
  demand(opened >= 0 && all_used, "encoder");
  AVStream* stream = avformat_new_stream(muxer.context, nullptr);
  stream->time_base = encoder->time_base;
  stream->avg_frame_rate = {25, video.ticks_per_frame};
  avcodec_parameters_from_context(stream->codecpar, encoder.get());
  demand(avio_open(&muxer.context->pb, path.c_str(), AVIO_FLAG_WRITE) >= 0, "open");
  demand(avformat_write_header(muxer.context, nullptr) >= 0, "header");
  const AvPacketPtr packet = make_av_packet();
  for (int i = 0; i < video.frames; ++i) {
    const AvFramePtr frame = make_av_frame();
    frame->format = encoder->pix_fmt;
    frame->width = video.width;
    frame->height = video.height;
    frame->pts = static_cast<int64_t>(i) * video.ticks_per_frame;
    demand(av_frame_get_buffer(frame.get(), 0) >= 0, "frame");
    fill(*frame, i);
    demand(avcodec_send_frame(encoder.get(), frame.get()) >= 0, "send");
    drain(*encoder, *muxer.context, *packet);
  }
  avcodec_send_frame(encoder.get(), nullptr);
  drain(*encoder, *muxer.context, *packet);
  demand(av_write_trailer(muxer.context) >= 0, "trailer");
}

void write_test_sound(const std::string& path) {
  const auto little = [](uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 255);
    return text;
  };
  constexpr uint32_t kRate = 8000, kBytes = kRate;  // half a second of 16 bits
  write_bytes(path, "RIFF" + little(36 + kBytes, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) + little(1, 2) +
                        little(kRate, 4) + little(2 * kRate, 4) + little(2, 2) + little(16, 2) + "data" +
                        little(kBytes, 4) + std::string(kBytes, '\0'));
}

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_bytes(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

TEST_CASE("a test video has the bytes of its container") {
  const TestFolder folder;
  write_test_video(folder.path("a.mkv"));
  CHECK(read_bytes(folder.path("a.mkv")).substr(0, 4) == "\x1A\x45\xDF\xA3");
  CHECK(test_luma(3, 6) == 220);
  CHECK(test_luma(3, 5) == 43);
  CHECK(test_luma(3, 14) == 43);
}

}  // namespace vs::media
