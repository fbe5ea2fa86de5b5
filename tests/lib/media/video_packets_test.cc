#include "lib/media/video_packets.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "lib/media/video_decoder.h"
#include "tests/lib/media/video_maker.h"

namespace vs::media {
namespace {

constexpr int kFrames = 30;
constexpr int64_t kOverheadBytes = 512;  // of a packet in memory

int64_t payload_of(const VideoIndex& index) {
  int64_t bytes = 0;
  for (const PacketInfo& packet : index.packets) bytes += packet.size_bytes;
  return bytes;
}

// Frames that decode from the start when the file has become empty after its packets were read; -1: an error.
int64_t frames_from_memory(const std::string& path, int64_t memory_bytes) {
  const std::string bytes = read_bytes(path);
  VideoOptions options;
  options.packet_memory_bytes = memory_bytes;
  VideoDecoder decoder(path, options);
  decoder.packet_index();
  write_bytes(path, "");
  int64_t frames = 0;
  try {
    decoder.next();
    decoder.select_all();
    while (decoder.next()) ++frames;
  } catch (const DataError&) {
    frames = -1;
  }
  write_bytes(path, bytes);
  return frames;
}

}  // namespace

TEST_CASE("packets are kept only if they fit with what each takes beside its bytes") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, {"libx264", "bf=2;g=10", kFrames});
  const int64_t payload = payload_of(VideoDecoder(path).packet_index());
  CHECK(frames_from_memory(path, payload + kFrames * kOverheadBytes) == kFrames);
  CHECK(frames_from_memory(path, payload + kFrames * kOverheadBytes - 1) == -1);
  CHECK(frames_from_memory(path, payload) == -1);
}

TEST_CASE("a stream of too many packets is neither described nor cut") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, {"libx264", "bf=2;g=10", kFrames});
  VideoOptions options;
  options.max_packets = kFrames - 1;
  VideoDecoder decoder(path, options);
  CHECK(decoder.packet_index().distrust == "more than 29 packets");
  CHECK(decoder.packet_index().packets.size() == kFrames - 1);
  CHECK(decoder.index().frames.size() == kFrames);
  int64_t frames = 0;
  while (decoder.next()) ++frames;
  CHECK(frames == kFrames);
  options.max_packets = kFrames;
  CHECK(VideoDecoder(path, options).packet_index().distrust == "");
}

}  // namespace vs::media
