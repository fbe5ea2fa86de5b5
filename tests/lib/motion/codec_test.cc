#include "lib/motion/codec.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace vs::motion {
namespace {

std::vector<CompressedFrame> forward_frames(const std::vector<int64_t>& sizes) {
  std::vector<CompressedFrame> frames;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    frames.push_back({sizes[i], i == 0 ? FrameClass::kKey : FrameClass::kForward});
  }
  return frames;
}

TEST_CASE("too few frames have no motion") {
  CHECK(packet_motion({}).empty());
  CHECK(packet_motion({{100, FrameClass::kKey}}).empty());
  CHECK(packet_motion(forward_frames({5000, 100})).size() == 1);
}

TEST_CASE("larger forward frames mean more motion") {
  std::vector<int64_t> sizes(60, 100);
  sizes[0] = 5000;
  for (std::size_t i = 30; i < 40; ++i) sizes[i] = 2000;
  const auto motion = packet_motion(forward_frames(sizes));
  REQUIRE(motion.size() == 59);
  for (const double value : motion) CHECK((std::isfinite(value) && value > 0));
  for (std::size_t i = 31; i < 37; ++i) CHECK(motion[i] > 3 * motion[10]);
  CHECK(motion[33] > motion[45]);
}

TEST_CASE("a static scene with a regular pattern of bidirectional frames comes out nearly even") {
  std::vector<CompressedFrame> frames{{8000, FrameClass::kKey}};
  for (int group = 0; group < 20; ++group) {
    for (int b = 0; b < 3; ++b) frames.push_back({60, FrameClass::kBidirectional});
    frames.push_back({400, FrameClass::kForward});
  }
  const auto motion = packet_motion(frames);
  double low = 1e300, high = 0;
  for (std::size_t i = 8; i + 8 < motion.size(); ++i) {
    low = std::min(low, motion[i]);
    high = std::max(high, motion[i]);
  }
  CHECK(high < 1.8 * low);  // sizes themselves differ by a factor of 6.7
}

TEST_CASE("key frames only: the change of size counts") {
  std::vector<CompressedFrame> frames(30, {9000, FrameClass::kKey});
  for (std::size_t i = 15; i < 18; ++i) frames[i].size_bytes = 12000 + static_cast<int64_t>(i) * 100;
  const auto motion = packet_motion(frames);
  CHECK(motion[14] > 10 * motion[3]);
}

TEST_CASE("frames of an index: by its frames where it has them, else by time") {
  media::VideoIndex index;
  const auto add = [&](int64_t pts, int size, bool key, bool hidden = false) {
    media::PacketInfo packet;
    packet.pts = pts;
    packet.size_bytes = size;
    packet.key = key;
    packet.hidden = hidden;
    index.packets.push_back(packet);
  };
  add(0, 1000, true);
  add(3, 300, false);
  add(1, 30, false);
  add(2, 20, false);
  add(9, 77, false, true);
  auto frames = compressed_frames(index);
  CHECK(!frames.exact);
  REQUIRE(frames.frames.size() == 4);
  CHECK(frames.frames[1].size_bytes == 30);
  CHECK(frames.frames[1].frame_class == FrameClass::kBidirectional);
  CHECK(frames.frames[3].size_bytes == 300);
  CHECK(frames.frames[3].frame_class == FrameClass::kForward);
  CHECK(frames.frames[0].frame_class == FrameClass::kKey);

  index.knowledge = media::FrameKnowledge::kPackets;
  for (const int64_t packet : {0, 2, 1}) index.frames.push_back({0, 0, packet, packet == 0});
  frames = compressed_frames(index);
  CHECK(frames.exact);
  REQUIRE(frames.frames.size() == 3);
  CHECK(frames.frames[2].size_bytes == 300);

  index.knowledge = media::FrameKnowledge::kNone;
  index.packets[2].pts = media::kNoTime;
  frames = compressed_frames(index);
  CHECK(frames.frames[2].size_bytes == 30);  // stored order
}

TEST_CASE("vectors: length a frame of time, gaps filled between neighbours") {
  const media::MotionVector forward{-1, 16, 16, 8, 8, 3, 4}, backward{1, 16, 16, 24, 8, 0, 10};
  const VectorSums p = sum_vectors({forward}, 'P');
  CHECK(p.forward_length == 256 * 5);
  CHECK(p.anchor);
  const VectorSums b = sum_vectors({forward, backward}, 'B');
  CHECK(!b.anchor);
  CHECK(b.backward_area == 256);
  const VectorSums key = sum_vectors({}, 'I');
  // I P B B P: the last P lies 3 frames after the one before it; the B frames 1 and 2 after, 2 and 1 ahead.
  const auto motion = vector_motion({key, p, b, b, p});
  REQUIRE(motion.size() == 4);
  CHECK(motion[0] == doctest::Approx(5));
  CHECK(motion[1] == doctest::Approx((256 * 5 / 1.0 + 256 * 10 / 2.0) / 512));
  CHECK(motion[2] == doctest::Approx((256 * 5 / 2.0 + 256 * 10 / 1.0) / 512));
  CHECK(motion[3] == doctest::Approx(5.0 / 3));
  const auto filled = vector_motion({key, p, key, p});
  CHECK(filled[1] == doctest::Approx(5));
  CHECK(vector_motion({key, key, key}) == std::vector<double>{0, 0});
  CHECK(vector_motion({key}).empty());
}

}  // namespace
}  // namespace vs::motion
