#include "lib/media/video_decoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "tests/lib/media/video_maker.h"

namespace vs::media {
namespace {

const TestVideo kBFrames{"libx264", "bf=3;g=10;x264-params=b-adapt=0:open-gop=1:b-pyramid=normal:scenecut=0", 60};

struct Given {
  std::vector<int64_t> indices, ticks;
  std::vector<std::string> md5;
  bool operator==(const Given&) const = default;
};

Given all_given(VideoDecoder& decoder) {
  Given given;
  while (const VideoFrame* frame = decoder.next()) {
    given.indices.push_back(frame->index);
    given.ticks.push_back(frame->ticks);
    given.md5.push_back(frame->md5());
  }
  return given;
}

Given part(const Given& all, const std::vector<int64_t>& indices) {
  Given given;
  for (const int64_t i : indices) {
    given.indices.push_back(i);
    given.ticks.push_back(all.ticks.at(static_cast<size_t>(i)));
    given.md5.push_back(all.md5.at(static_cast<size_t>(i)));
  }
  return given;
}

std::string message_of_opening(const std::string& path, const VideoOptions& options = {}) {
  try {
    const VideoDecoder decoder(path, options);
  } catch (const DataError& error) {
    return error.what();
  }
  return "opened";
}

bool has_text(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

// The file with the payload of packet `number` replaced by bytes that no decoder takes.
void damage_packet(const std::string& path, const PacketInfo& packet, char byte) {
  std::string bytes = read_bytes(path);
  REQUIRE(packet.position >= 0);
  REQUIRE(packet.position + packet.size_bytes <= static_cast<int64_t>(bytes.size()));
  std::fill_n(bytes.begin() + packet.position, packet.size_bytes, byte);
  write_bytes(path, bytes);
}

}  // namespace

TEST_CASE("lossless frames come in order with their pixels and times") {
  const TestFolder folder;
  const std::string path = folder.path("a.mkv");
  write_test_video(path, {"ffv1", "", 12, 50, 34, 2});
  VideoDecoder decoder(path);
  CHECK(decoder.info().codec == "ffv1");
  CHECK(decoder.info().width == 50);
  CHECK(decoder.info().height == 34);
  CHECK(decoder.info().stream_index == 0);
  CHECK(decoder.frame_rate() == doctest::Approx(12.5).epsilon(0.01));
  int64_t count = 0;
  while (VideoFrame* frame = decoder.next()) {
    CHECK(frame->index == count);
    CHECK(frame->time_s == doctest::Approx(0.08 * static_cast<double>(count)).epsilon(1e-9));
    const PlaneView luma = frame->luma();
    REQUIRE(luma.width == 50);
    REQUIRE(luma.height == 34);
    CHECK(luma.bits == 8);
    for (int x = 0; x < 50; ++x) CHECK(luma.data[33 * luma.stride + x] == test_luma(static_cast<int>(count), x));
    const ImageView rgb = frame->rgb();
    REQUIRE(rgb.width == 50);
    // Limited range: 220 is nearly white, and gray chroma gives equal channels up to rounding, in the last column too.
    for (const int x : {0, 49}) {
      const int want = (test_luma(static_cast<int>(count), x) - 16) * 255 / 219;
      for (int channel = 0; channel < 3; ++channel)
        CHECK(std::abs(rgb.data[33 * rgb.stride + 3 * x + channel] - want) <= 2);
    }
    ++count;
  }
  CHECK(count == 12);
  CHECK(decoder.next() == nullptr);
  CHECK(decoder.warnings().empty());
}

TEST_CASE("chosen frames are those of decoding everything, with less decoding") {
  const TestFolder folder;
  for (const std::string name : {"b.mp4", "b.mkv", "b.ts"}) {
    CAPTURE(name);
    const std::string path = folder.path(name);
    write_test_video(path, kBFrames);
    VideoDecoder plain(path);
    const Given all = all_given(plain);
    REQUIRE(all.indices.size() == 60);
    CHECK(plain.decoded_packets() == 60);
    CHECK(std::is_sorted(all.ticks.begin(), all.ticks.end()));
    VideoOptions reading_on, seeking;
    reading_on.packet_memory_bytes = seeking.packet_memory_bytes = 0;
    seeking.seek_over_bytes = 0;
    for (const VideoOptions& options : {VideoOptions{}, reading_on, seeking}) {
      VideoDecoder decoder(path, options);
      CHECK(decoder.packet_index().distrust == "");
      REQUIRE(decoder.packet_index().knowledge == FrameKnowledge::kPackets);
      for (int64_t i = 0; i < 60; ++i) {
        decoder.select(std::vector<int64_t>{i});
        CHECK(all_given(decoder) == part(all, {i}));
      }
      const int64_t before = decoder.decoded_packets();
      decoder.select(std::vector<int64_t>{3, 27, 29, 58});
      CHECK(all_given(decoder) == part(all, {3, 27, 29, 58}));
      CHECK(decoder.decoded_packets() - before < 30);
      decoder.select_all();
      CHECK(all_given(decoder) == all);
      CHECK(decoder.packet_index().knowledge == FrameKnowledge::kPackets);
    }
  }
}

TEST_CASE("a choice is sorted, each frame once, and may be empty or go beyond the end") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, kBFrames);
  VideoDecoder decoder(path);
  const Given all = all_given(decoder);
  decoder.select(std::vector<int64_t>{});
  CHECK(decoder.next() == nullptr);
  decoder.select(std::vector<int64_t>{7, 5, 7, 60, 1000});
  CHECK(all_given(decoder) == part(all, {5, 7}));
  CHECK(decoder.next() == nullptr);
  CHECK_THROWS_AS(decoder.select(std::vector<int64_t>{2, -1}), UsageError);
  decoder.select_all();
  CHECK(decoder.next()->index == 0);
  decoder.select(std::vector<int64_t>{59});
  CHECK(all_given(decoder) == part(all, {59}));
}

TEST_CASE("key frames keep their indices") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, {"libx264", "bf=2;g=10;x264-params=b-adapt=0:scenecut=0:keyint=10:min-keyint=10", 35});
  VideoDecoder decoder(path);
  decoder.select_key_frames();
  CHECK(all_given(decoder).indices == std::vector<int64_t>{0, 10, 20, 30});
  CHECK(decoder.decoded_packets() == 4);
  CHECK(decoder.index().key_frames() == std::vector<int64_t>{0, 10, 20, 30});
}

TEST_CASE("a codec whose packets do not tell the frames is decoded from the start") {
  const TestFolder folder;
  const std::string path = folder.path("a.avi");
  write_test_video(path, {"msmpeg4", "g=10", 25});
  VideoDecoder decoder(path);
  const Given all = all_given(decoder);
  REQUIRE(all.indices.size() == 25);
  CHECK(decoder.packet_index().knowledge == FrameKnowledge::kNone);
  CHECK_FALSE(decoder.packet_index().distrust.empty());
  const VideoIndex& index = decoder.index();
  CHECK(index.knowledge == FrameKnowledge::kDecoding);
  REQUIRE(index.frames.size() == 25);
  CHECK(index.frames[24].ticks == all.ticks[24]);
  decoder.select(std::vector<int64_t>{4, 17});
  CHECK(all_given(decoder) == part(all, {4, 17}));
  decoder.select_key_frames();
  CHECK(all_given(decoder) == part(all, index.key_frames()));
}

TEST_CASE("AVI files with empty chunks, and interlaced MPEG-4, are decoded sparsely") {
  const TestFolder folder;
  const std::string path = folder.path("a.avi");
  const std::vector<TestVideo> videos = {{"mpeg4", "bf=2;g=12", 30, 64, 48, 3},
                                         {"mpeg4", "g=12", 30, 64, 48, 3},
                                         {"ffv1", "", 30, 64, 48, 2},
                                         {"mpeg4", "bf=3;g=12;b_strategy=0;flags=+ilme+ildct", 50, 64, 48, 1},
                                         {"mpeg4", "g=12;flags=+ilme+ildct", 50, 64, 48, 1}};
  for (const TestVideo& video : videos) {
    CAPTURE(video.encoder + " " + video.encoder_options);
    write_test_video(path, video);
    VideoDecoder plain(path), decoder(path), saved(path);
    const Given all = all_given(plain);
    REQUIRE(static_cast<int>(all.indices.size()) == video.frames);
    CHECK(decoder.packet_index().distrust == "");
    REQUIRE(decoder.packet_index().knowledge == FrameKnowledge::kPackets);
    for (int64_t i = 0; i < video.frames; ++i) {
      VideoDecoder fresh(path);  // one that has seen nothing before this frame
      fresh.select(std::vector<int64_t>{i});
      CHECK(all_given(fresh) == part(all, {i}));
    }
    save_index(path + ".json", decoder.packet_index(), path);
    saved.set_index(load_index(path + ".json", path).value());
    saved.select(std::vector<int64_t>{video.frames - 3});
    CHECK(all_given(saved) == part(all, {video.frames - 3}));
    CHECK(saved.decoded_packets() < video.frames);
  }
}

TEST_CASE("an AVI file that ends early is not taken for one with empty chunks") {
  const TestFolder folder;
  const std::string path = folder.path("a.avi");
  write_test_video(path, {"mpeg4", "g=12", 30, 64, 48, 3});
  const int64_t end = VideoDecoder(path).packet_index().packets.at(18).position;
  write_bytes(path, read_bytes(path).substr(0, static_cast<size_t>(end)));
  VideoDecoder decoder(path);
  CHECK(decoder.packet_index().packets.size() == 18);
  CHECK(decoder.packet_index().distrust == "52 of 88 promised packets");
}

TEST_CASE("frames of another size than before are marked, in a stored index too") {
  const TestFolder folder;
  for (const std::string encoder : {"libx264", "mpeg2video"}) {
    CAPTURE(encoder);
    const std::string suffix = encoder == "libx264" ? ".h264" : ".m2v", path = folder.path("both" + suffix);
    const TestVideo first{encoder, "bf=0;g=10", 20}, second{encoder, "bf=0;g=10", 20, 32, 48};
    write_test_video(folder.path("a" + suffix), first);
    write_test_video(folder.path("b" + suffix), second);
    const std::string a = read_bytes(folder.path("a" + suffix));
    write_bytes(path, a + read_bytes(folder.path("b" + suffix)));
    VideoDecoder decoder(path);
    CHECK(decoder.packet_index().distrust == "the frame size may change inside the stream");
    save_index(path + ".json", decoder.index(), path);
    const VideoIndex stored = load_index(path + ".json", path).value();
    REQUIRE(stored.frames.size() == decoder.index().frames.size());
    size_t marked = 0, at = 0, size_changes = 0;
    for (size_t i = 0; i < stored.frames.size(); ++i) {
      if (!stored.frames[i].reshaped) continue;
      ++marked;
      at = i;
    }
    CHECK(marked == 1);
    int width = 64;
    while (const VideoFrame* frame = decoder.next()) {
      if (frame->width == width) continue;
      width = frame->width;
      ++size_changes;
      CHECK(frame->index == static_cast<int64_t>(at));
    }
    CHECK(size_changes == 1);
    write_bytes(path, a + a);
    CHECK(VideoDecoder(path).packet_index().distrust != "the frame size may change inside the stream");
  }
}

TEST_CASE("the number of frames is known without decoding again") {
  const TestFolder folder;
  const std::string path = folder.path("a.avi");
  write_test_video(path, {"msmpeg4", "g=10", 25});
  VideoDecoder decoder(path);
  decoder.select_key_frames();
  CHECK(all_given(decoder).indices == std::vector<int64_t>{0, 10, 20});
  const int64_t before = decoder.decoded_packets();
  CHECK(decoder.frame_count() == 25);
  CHECK(decoder.decoded_packets() == before);
  VideoDecoder fresh(path);
  CHECK(fresh.frame_count() == 25);
  write_test_video(folder.path("b.mp4"), kBFrames);
  VideoDecoder indexed(folder.path("b.mp4"));
  indexed.select_key_frames();
  CHECK(indexed.frame_count() == 60);
  CHECK(indexed.decoded_packets() == 0);
}

TEST_CASE("a held frame outlives the decoder's step") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, kBFrames);
  VideoDecoder decoder(path);
  VideoFrame* frame = decoder.next();
  REQUIRE(frame != nullptr);
  const PlaneView luma = frame->luma();
  const std::vector<uint8_t> before(luma.data, luma.data + luma.width);
  const std::shared_ptr<const void> held = frame->hold();
  while (decoder.next()) {
  }
  CHECK(std::equal(before.begin(), before.end(), luma.data));
}

TEST_CASE("decoding threads change nothing") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, kBFrames);
  VideoDecoder one(path);
  VideoOptions options;
  options.threads = 3;
  VideoDecoder three(path, options);
  const Given all = all_given(one);
  CHECK(all == all_given(three));
  three.select(std::vector<int64_t>{11, 48});
  CHECK(all_given(three) == part(all, {11, 48}));
}

TEST_CASE("files that cannot be opened, hold no video or no frame say so") {
  const TestFolder folder;
  CHECK(has_text(message_of_opening(folder.path("none.mp4")), "no such file"));
  CHECK(has_text(message_of_opening(folder.path("")), "is a folder"));
  write_bytes(folder.path("empty.mp4"), "");
  CHECK(has_text(message_of_opening(folder.path("empty.mp4")), "cannot be opened as a video"));
  write_bytes(folder.path("text.mp4"), "no video at all\n");
  CHECK(has_text(message_of_opening(folder.path("text.mp4")), "cannot be opened as a video"));
  write_test_sound(folder.path("sound.wav"));
  CHECK(has_text(message_of_opening(folder.path("sound.wav")), "no video stream"));
  CHECK_THROWS_AS(VideoDecoder(folder.path("sound.wav")), NoVideoStream);

  const std::string path = folder.path("ruined.mp4");
  write_test_video(path, kBFrames);
  const std::vector<PacketInfo> packets = VideoDecoder(path).packet_index().packets;
  for (const PacketInfo& packet : packets) damage_packet(path, packet, '\xFF');
  VideoDecoder decoder(path);
  CHECK_THROWS_AS(decoder.next(), NoFrames);
  CHECK_THROWS_AS(decoder.index(), NoFrames);
}

TEST_CASE("playlists do not make the decoder read other files") {
  const TestFolder folder;
  write_test_video(folder.path("a.ts"), kBFrames);
  write_bytes(folder.path("a.ffconcat"), "ffconcat version 1.0\nfile 'a.ts'\n");
  CHECK(has_text(message_of_opening(folder.path("a.ffconcat")), "cannot be opened as a video"));
  write_bytes(folder.path("a.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:2.4,\na.ts\n#EXT-X-ENDLIST\n");
  CHECK(message_of_opening(folder.path("a.m3u8")) != "opened");
}

TEST_CASE("a damaged packet is a warning, and chosen frames stay those of decoding everything") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, kBFrames);
  const std::vector<PacketInfo> packets = VideoDecoder(path).packet_index().packets;
  damage_packet(path, packets[25], '\xFF');
  VideoDecoder decoder(path);
  const Given all = all_given(decoder);
  CHECK(all.indices.size() >= 50);
  CHECK(all.indices.size() < 60);
  CHECK_FALSE(decoder.warnings().empty());
  CHECK(decoder.packet_index().knowledge == FrameKnowledge::kNone);
  CHECK(decoder.index().frames.size() == all.indices.size());
  decoder.select(std::vector<int64_t>{0, 40, 45});
  CHECK(all_given(decoder) == part(all, {0, 40, 45}));
}

TEST_CASE("damage that the packets' frame hides makes the decoder go back to decoding everything") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, kBFrames);
  VideoDecoder whole(path);
  const VideoIndex index = whole.packet_index();
  damage_packet(path, index.packets.at(static_cast<size_t>(index.start_packet(33))), '\xFF');
  VideoDecoder plain(path);
  const Given all = all_given(plain);
  VideoDecoder decoder(path);
  decoder.set_index(index);  // made before the damage
  decoder.select(std::vector<int64_t>{2, 33, 50});
  const Given given = all_given(decoder);
  CHECK(given == part(all, {2, 33, 50}));
  CHECK(decoder.packet_index().knowledge == FrameKnowledge::kNone);
  CHECK_FALSE(decoder.warnings().empty());
}

TEST_CASE("a truncated file gives what decodes") {
  const TestFolder folder;
  const std::string path = folder.path("a.mkv");
  write_test_video(path, {"ffv1", "", 20});
  const std::string bytes = read_bytes(path);
  write_bytes(path, bytes.substr(0, bytes.size() * 6 / 10));
  VideoDecoder decoder(path);
  const Given all = all_given(decoder);
  CHECK(all.indices.size() > 5);
  CHECK(all.indices.size() < 15);
  CHECK_FALSE(decoder.warnings().empty());
}

TEST_CASE("limits end a decoder with an error") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, kBFrames);
  VideoOptions options;
  options.max_pixels = 64 * 48 - 1;
  CHECK(has_text(message_of_opening(path, options), "over the limit"));
  options = {};
  options.timeout_s = 1e-9;
  CHECK(has_text(message_of_opening(path, options), "no frame within"));
  options = {};
  options.max_packets_without_frame = 1;
  VideoDecoder decoder(path, options);
  CHECK_THROWS_WITH_AS(decoder.next(), doctest::Contains("packets in a row gave no frame"), DataError);
}

TEST_CASE("a signal interrupts decoding") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, kBFrames);
  VideoDecoder decoder(path);
  REQUIRE(decoder.next() != nullptr);
  set_cancel_signal(SIGINT);
  CHECK_THROWS_AS(decoder.next(), Interrupted);
  CHECK_THROWS_AS(VideoDecoder{path}, Interrupted);
  set_cancel_signal(0);
  CHECK(decoder.next() != nullptr);
}

TEST_CASE("an index of another stream is refused") {
  const TestFolder folder;
  write_test_video(folder.path("a.mp4"), kBFrames);
  write_test_video(folder.path("b.mkv"), kBFrames);
  VideoDecoder a(folder.path("a.mp4")), b(folder.path("b.mkv"));
  CHECK_THROWS_AS(a.set_index(b.packet_index()), DataError);
}

TEST_CASE("motion vectors are exported on request") {
  const TestFolder folder;
  const std::string path = folder.path("a.mp4");
  write_test_video(path, {"mpeg4", "bf=0;g=30", 10, 128, 96});
  VideoOptions options;
  options.motion_vectors = true;
  VideoDecoder with(path, options), without(path);
  REQUIRE(with.next() != nullptr);
  REQUIRE(without.next() != nullptr);
  size_t vectors = 0;
  while (const VideoFrame* frame = with.next()) {
    for (const MotionVector& vector : frame->motion_vectors()) {
      ++vectors;
      CHECK(vector.width >= 4);
      CHECK(vector.width <= 16);
      CHECK(vector.x <= 128);
      CHECK(vector.source < 0);
    }
    CHECK(without.next()->motion_vectors().empty());
  }
  CHECK(vectors > 0);
}

TEST_CASE("frames without luma say so") {
  const TestFolder folder;
  write_test_video(folder.path("a.mkv"), {"ffv1", "", 1});
  VideoDecoder decoder(folder.path("a.mkv"));
  const VideoFrame* frame = decoder.next();
  REQUIRE(frame != nullptr);
  CHECK(frame->plane_count() == 3);
  CHECK(frame->plane(1).width == 32);
  CHECK(frame->plane(2).height == 24);
  CHECK_THROWS_AS(frame->plane(3), DataError);
}

}  // namespace vs::media
