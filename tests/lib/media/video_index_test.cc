#include "lib/media/video_index.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/media/video_decoder.h"
#include "lib/store/json.h"
#include "tests/lib/media/video_maker.h"

namespace vs::media {
namespace {

PacketInfo packet(int64_t pts, bool start = false) {
  PacketInfo info;
  info.pts = pts;
  info.dts = pts;
  info.duration = 1;
  info.size_bytes = 10;
  info.key = info.start = start;
  return info;
}

VideoIndex index_of(std::vector<PacketInfo> packets, int64_t delay = 2) {
  VideoIndex index;
  index.stream_index = 0;
  index.time_base = {1, 25};
  index.reorder_delay = delay;
  index.packets = std::move(packets);
  derive_frames(index, "");
  return index;
}

std::vector<int64_t> packets_in_order(const VideoIndex& index) {
  std::vector<int64_t> result;
  for (const FrameTime& frame : index.frames) result.push_back(frame.packet);
  return result;
}

}  // namespace

TEST_CASE("frames are packets sorted by presentation time") {
  const VideoIndex index = index_of({packet(0, true), packet(3), packet(1), packet(2), packet(4, true)});
  CHECK(index.knowledge == FrameKnowledge::kPackets);
  CHECK(index.distrust == "");
  CHECK(packets_in_order(index) == std::vector<int64_t>{0, 2, 3, 1, 4});
  CHECK(index.starts == std::vector<int64_t>{0, 4});
  CHECK(index.key_frames() == std::vector<int64_t>{0, 4});
}

TEST_CASE("leading frames of an open group start at the key frame before") {
  // Packet 3 is a key frame; 4 and 5 are shown before it and refer to the group before, 6 is shown after it.
  const VideoIndex index =
      index_of({packet(0, true), packet(2), packet(1), packet(5, true), packet(3), packet(4), packet(6)});
  REQUIRE(index.knowledge == FrameKnowledge::kPackets);
  CHECK(index.start_packet(2) == 0);
  CHECK(index.start_packet(3) == 0);
  CHECK(index.start_packet(4) == 0);
  CHECK(index.start_packet(5) == 3);
  CHECK(index.start_packet(6) == 3);
}

TEST_CASE("discarded and hidden packets are no frames") {
  auto packets = std::vector{packet(-1, true), packet(0), packet(1), packet(2)};
  packets[0].discard = true;
  packets[2].hidden = true;
  const VideoIndex index = index_of(packets);
  REQUIRE(index.knowledge == FrameKnowledge::kPackets);
  CHECK(packets_in_order(index) == std::vector<int64_t>{1, 3});
  CHECK(index.start_packet(0) == 0);
}

TEST_CASE("packets that do not tell the frames are not trusted") {
  auto reason = [](const VideoIndex& index) {
    CHECK(index.knowledge == FrameKnowledge::kNone);
    CHECK(index.frames.empty());
    return index.distrust;
  };
  CHECK(reason(index_of({})) == "no packets");
  CHECK(reason(index_of({packet(0), packet(1)})) == "does not begin with a key frame");
  CHECK(reason(index_of({packet(0, true), packet(kNoTime)})) == "packets without presentation time");
  CHECK(reason(index_of({packet(0, true), packet(1), packet(1)})) == "two packets have the presentation time 1");
  CHECK(reason(index_of({packet(2, true), packet(1), packet(3)})) == "frames are shown before the first key frame");
  // Frame 1 is overtaken by two frames: a decoder with a delay of one would drop it.
  const std::vector<PacketInfo> overtaken = {packet(0, true), packet(3), packet(2), packet(1)};
  CHECK(reason(index_of(overtaken, 1)) == "frames overtake each other more than the header says");
  CHECK(index_of(overtaken, 2).knowledge == FrameKnowledge::kPackets);
  VideoIndex doubted = index_of({packet(0, true)});
  derive_frames(doubted, "damaged packets");
  CHECK(reason(doubted) == "damaged packets");
}

TEST_CASE("an index comes back from its file and is bound to its video") {
  const TestFolder folder;
  const std::string video = folder.path("a.mp4"), file = folder.path("a.index.json");
  write_test_video(video, {"libx264", "bf=2;g=10", 30});
  VideoDecoder decoder(video);
  const VideoIndex index = decoder.packet_index();
  save_index(file, index, video);
  store::validate_json(store::read_json(file), "video_index");
  const auto loaded = load_index(file, video);
  REQUIRE(loaded.has_value());
  CHECK(loaded->knowledge == FrameKnowledge::kPackets);
  CHECK(packets_in_order(*loaded) == packets_in_order(index));
  CHECK(loaded->starts == index.starts);
  for (size_t i = 0; i < index.packets.size(); ++i) {
    CHECK(loaded->packets[i].pts == index.packets[i].pts);
    CHECK(loaded->packets[i].dts == index.packets[i].dts);
    CHECK(loaded->packets[i].size_bytes == index.packets[i].size_bytes);
    CHECK(loaded->packets[i].position == index.packets[i].position);
    CHECK(loaded->packets[i].skippable == index.packets[i].skippable);
  }
  VideoDecoder reader(video);
  reader.set_index(*loaded);
  reader.select(std::vector<int64_t>{17});
  decoder.select(std::vector<int64_t>{17});
  CHECK(reader.next()->md5() == decoder.next()->md5());

  std::filesystem::last_write_time(video, std::filesystem::last_write_time(video) + std::chrono::seconds(1));
  CHECK_FALSE(load_index(file, video).has_value());
}

TEST_CASE("an index made by decoding comes back with its frames") {
  const TestFolder folder;
  const std::string video = folder.path("a.avi"), file = folder.path("a.index.json");
  write_test_video(video, {"msmpeg4", "g=10", 20});
  VideoDecoder decoder(video);
  save_index(file, decoder.packet_index(), video);
  CHECK(load_index(file, video)->knowledge == FrameKnowledge::kNone);
  const VideoIndex& index = decoder.index();
  save_index(file, index, video);
  store::validate_json(store::read_json(file), "video_index");
  const auto loaded = load_index(file, video);
  REQUIRE(loaded.has_value());
  CHECK(loaded->knowledge == FrameKnowledge::kDecoding);
  REQUIRE(loaded->frames.size() == 20);
  CHECK(loaded->frames[19].ticks == index.frames[19].ticks);
  CHECK(loaded->key_frames() == index.key_frames());
  store::Json bad = store::read_json(file);
  bad["frames"]["ticks"][3] = INT64_MAX;
  write_bytes(file, bad.dump());
  CHECK_THROWS_AS(load_index(file, video), DataError);
}

TEST_CASE("an index with impossible numbers is refused") {
  const TestFolder folder;
  const std::string video = folder.path("a.mkv"), file = folder.path("index.json");
  write_test_video(video, {"ffv1", "", 3});
  save_index(file, VideoDecoder(video).packet_index(), video);
  const store::Json good = store::read_json(file);
  const auto refused = [&](const char* pointer, const store::Json& value) {
    store::Json bad = good;
    bad[store::Json::json_pointer(pointer)] = value;
    write_bytes(file, bad.dump());
    CHECK_THROWS_AS(load_index(file, video), DataError);
  };
  refused("/schema", "vs.video_index/99");
  refused("/schema", "vs.plan/1");
  refused("/time_base", {1, 0});
  refused("/stream_index", -1);
  refused("/packets/pts", {1, 2});
  refused("/packets/pts/0", "1");
  refused("/packets/pts/0", INT64_MAX);
  refused("/packets/dts/0", -INT64_MAX);
  refused("/packets/duration/0", INT64_MAX);
  refused("/packets/size_bytes/0", -5);
  refused("/packets/size_bytes/0", 3000000000);
  refused("/packets/flags/1", 32);
  refused("/packets", 3);
  refused("/warm_up_packets", 4);
  refused("/distrust", nullptr);
  write_bytes(file, "{");
  CHECK_THROWS_AS(load_index(file, video), DataError);
  CHECK_THROWS_AS(load_index(folder.path("none.json"), video), DataError);
}

}  // namespace vs::media
