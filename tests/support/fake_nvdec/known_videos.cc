#include "tests/support/fake_nvdec/known_videos.h"

#include <thread>
#include <utility>

namespace vs::fake_nvdec {

void KnownVideos::add(const std::string& path) {
  // What FFmpeg says of it is not about the decoder on whose thread this is.
  std::thread([&] { read(path); }).join();
}

void KnownVideos::read(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (const Video& known : videos_) {
    if (known.path == path) return;
  }
  AVFormatContext* opened = nullptr;
  if (avformat_open_input(&opened, path.c_str(), nullptr, nullptr) < 0) return;
  const Owned<AVFormatContext> file(opened);
  if (avformat_find_stream_info(file.get(), nullptr) < 0) return;
  const int stream = av_find_best_stream(file.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (stream < 0) return;
  Video video;
  video.path = path;
  video.parameters.reset(avcodec_parameters_alloc());
  avcodec_parameters_copy(video.parameters.get(), file->streams[stream]->codecpar);
  for (;;) {
    Owned<AVPacket> packet(av_packet_alloc());
    if (av_read_frame(file.get(), packet.get()) < 0) break;
    if (packet->stream_index != stream || av_packet_make_refcounted(packet.get()) < 0) continue;
    packet->pos = static_cast<int64_t>(video.packets.size());  // comes back with the frame
    video.packets.push_back(std::move(packet));
  }
  videos_.push_back(std::move(video));
  found_.clear();
}

void KnownVideos::clear() {
  const std::lock_guard lock(mutex_);
  videos_.clear();
  found_.clear();
}

std::optional<Place> KnownVideos::find(std::string_view slice, std::optional<Place> last) {
  const std::lock_guard lock(mutex_);
  auto found = found_.find(slice);
  if (found == found_.end()) {
    std::vector<Place> places;
    for (size_t i = 0; i < videos_.size(); ++i) {
      for (size_t j = 0; j < videos_[i].packets.size(); ++j) {
        const AVPacket& packet = *videos_[i].packets[j];
        const std::string_view bytes(reinterpret_cast<const char*>(packet.data), static_cast<size_t>(packet.size));
        if (bytes.find(slice) != std::string_view::npos) places.push_back({i, j});
      }
    }
    found = found_.emplace(std::string(slice), std::move(places)).first;
  }
  const std::vector<Place>& places = found->second;
  if (places.empty()) return std::nullopt;
  for (const Place& place : places) {
    if (last && place.video == last->video && place.packet > last->packet) return place;
  }
  return places.front();
}

const AVFrame* KnownVideos::picture(Place place) {
  const std::lock_guard lock(mutex_);
  Video& video = videos_.at(place.video);
  if (!video.decoded) {
    // As above.
    std::thread([&video] { decode(video); }).join();
    video.decoded = true;
  }
  return video.pictures.at(place.packet).get();
}

void KnownVideos::decode(Video& video) {
  video.pictures.resize(video.packets.size());
  const AVCodec* codec = avcodec_find_decoder(video.parameters->codec_id);
  const Owned<AVCodecContext> decoder(avcodec_alloc_context3(codec));
  if (!codec || avcodec_parameters_to_context(decoder.get(), video.parameters.get()) < 0) return;
  decoder->apply_cropping = 0;
  if (avcodec_open2(decoder.get(), codec, nullptr) < 0) return;
  for (size_t i = 0; i <= video.packets.size(); ++i) {
    avcodec_send_packet(decoder.get(), i < video.packets.size() ? video.packets[i].get() : nullptr);
    for (;;) {
      Owned<AVFrame> frame(av_frame_alloc());
      if (avcodec_receive_frame(decoder.get(), frame.get()) < 0) break;
      const auto packet = static_cast<size_t>(frame->pkt_pos);
      if (packet < video.pictures.size()) video.pictures[packet] = std::move(frame);
    }
  }
}

}  // namespace vs::fake_nvdec
