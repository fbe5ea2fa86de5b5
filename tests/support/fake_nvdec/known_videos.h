// Videos whose pictures the fake decoder knows. Any thread may use them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
}

namespace vs::fake_nvdec {

struct Freed {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};
template <typename Thing>
using Owned = std::unique_ptr<Thing, Freed>;

/// A picture of a known video: the packet that holds it.
struct Place {
  size_t video = 0;
  size_t packet = 0;
};

class KnownVideos {
 public:
  /// Reads the packets of a video. Nothing happens where the file is none, and where it is known already.
  void add(const std::string& path);

  /// Pictures given before are gone.
  void clear();

  /// The packet that has these bytes. Of several the next one after `last` (what the same decoder asked for before),
  /// else the first: pictures that repeat without a change have the same bytes.
  std::optional<Place> find(std::string_view slice, std::optional<Place> last);

  /// The picture as coded, with what is to be cut off; null for a packet of which the CPU shows none. Lives as long as
  /// this. Decodes the video where it is the first of it.
  const AVFrame* picture(Place place);

 private:
  struct Video {
    std::string path;
    Owned<AVCodecParameters> parameters;
    std::vector<Owned<AVPacket>> packets;
    bool decoded = false;
    std::vector<Owned<AVFrame>> pictures;  // of the packets; null where there is none
  };

  void read(const std::string& path);
  static void decode(Video& video);

  std::mutex mutex_;
  std::vector<Video> videos_;
  std::map<std::string, std::vector<Place>, std::less<>> found_;
};

}  // namespace vs::fake_nvdec
