#include "lib/media/video_probe.h"

#include <doctest/doctest.h>

#include "tests/lib/media/video_maker.h"

namespace vs::media {

TEST_CASE("a probe tells as much as its depth allows") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, {"libx264", "bf=2;g=10;x264-params=scenecut=0:keyint=10:min-keyint=10", 25});
  const VideoProbe header = probe_video(path, ProbeDepth::kHeader);
  CHECK(header.state == VideoState::kOk);
  CHECK(header.info.header_frames == 25);
  CHECK(header.info.pixel_format == "yuv420p");
  CHECK(header.packets == -1);
  CHECK(header.decodable_frames == -1);
  const VideoProbe packets = probe_video(path, ProbeDepth::kPackets);
  CHECK(packets.packets == 25);
  CHECK(packets.decodable_frames == 25);
  CHECK(packets.exact_seeking);
  CHECK(packets.key_frames == std::vector<int64_t>{0, 10, 20});
  const VideoProbe decoded = probe_video(path, ProbeDepth::kDecode);
  CHECK(decoded.decodable_frames == 25);
  CHECK(decoded.key_frames == packets.key_frames);
  CHECK(decoded.warnings.empty());
}

TEST_CASE("bad files are results") {
  const TestFolder folder;
  write_test_sound(folder.path("sound.wav"));
  write_bytes(folder.path("text.mp4"), "text");
  CHECK(probe_video(folder.path("sound.wav"), ProbeDepth::kDecode).state == VideoState::kNoVideo);
  CHECK(probe_video(folder.path("text.mp4"), ProbeDepth::kDecode).state == VideoState::kCannotOpen);
  CHECK(probe_video(folder.path("none.mp4"), ProbeDepth::kHeader).reason == "no such file");

  const std::string path = folder.path("cut.mkv");
  write_test_video(path, {"ffv1", "", 20});
  const std::string bytes = read_bytes(path);
  write_bytes(path, bytes.substr(0, bytes.size() / 2));
  const VideoProbe cut = probe_video(path, ProbeDepth::kDecode);
  CHECK(cut.state == VideoState::kDecodesWithErrors);
  CHECK(cut.decodable_frames > 0);
  CHECK(cut.decodable_frames < 20);
  CHECK_FALSE(cut.exact_seeking);
  CHECK_FALSE(cut.reason.empty());
}

TEST_CASE("display matrices give degrees clockwise") {
  constexpr int32_t one = 1 << 16, w = 1 << 30;
  const int32_t upright[9] = {one, 0, 0, 0, one, 0, 0, 0, w};
  const int32_t right[9] = {0, one, 0, -one, 0, 0, 0, 0, w};
  const int32_t half[9] = {-one, 0, 0, 0, -one, 0, 0, 0, w};
  const int32_t left[9] = {0, -one, 0, one, 0, 0, 0, 0, w};
  const int32_t nothing[9] = {};
  CHECK(rotation_of_display_matrix(upright) == 0);
  CHECK(rotation_of_display_matrix(right) == 90);
  CHECK(rotation_of_display_matrix(half) == 180);
  CHECK(rotation_of_display_matrix(left) == 270);
  CHECK(rotation_of_display_matrix(nothing) == 0);
}

}  // namespace vs::media
