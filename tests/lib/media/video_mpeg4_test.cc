#include "lib/media/video_mpeg4.h"

#include <doctest/doctest.h>

#include <vector>

#include "lib/media/video_decoder.h"
#include "tests/lib/media/video_maker.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vs::media {
namespace {

using Bytes = std::vector<uint8_t>;

/// Bits from the highest down.
class Writer {
 public:
  Writer& put(uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i, ++at_) {
      if (at_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1U) << (7 - at_ % 8));
    }
    return *this;
  }
  Bytes done(size_t bytes = 0) const {
    Bytes result = bytes_;
    result.resize(std::max(bytes, result.size()), 0x55);
    return result;
  }

 private:
  Bytes bytes_;
  size_t at_ = 0;
};

// A VOL header: 25 ticks a second, so 5 bits of time.
Bytes layer(bool interlaced = false, uint32_t shape = 0, uint32_t sprite = 0) {
  Writer bits;
  bits.put(1, 24).put(0x20, 8).put(0, 1).put(1, 8).put(0, 1).put(1, 4).put(0, 1).put(shape, 2).put(1, 1).put(25, 16);
  bits.put(1, 1).put(0, 1).put(1, 1).put(64, 13).put(1, 1).put(48, 13).put(1, 1).put(interlaced, 1).put(1, 1);
  return bits.put(sprite, 1).put(0xFF, 8).done();
}

Bytes picture(char type, bool coded = true, size_t bytes = 20) {
  const uint32_t code = type == 'I' ? 0 : type == 'P' ? 1 : type == 'B' ? 2 : 3;
  return Writer().put(1, 24).put(0xB6, 8).put(code, 2).put(2, 2).put(1, 1).put(7, 5).put(1, 1).put(coded, 1).done(
      bytes);
}

Bytes join(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes user_data(const std::string& text) { return join({0, 0, 1, 0xB2}, Bytes(text.begin(), text.end())); }

PacketInfo timed(int64_t pts, int64_t dts) {
  PacketInfo packet;
  packet.pts = pts;
  packet.dts = dts;
  packet.duration = 1;
  return packet;
}

std::vector<int64_t> times_of(const std::vector<PacketInfo>& packets) {
  std::vector<int64_t> times;
  for (const PacketInfo& packet : packets) times.push_back(packet.pts);
  return times;
}

}  // namespace

TEST_CASE("MPEG-4: kinds of pictures") {
  Mpeg4Inspector inspector(layer());
  const PacketTraits i = inspector.inspect(picture('I'));
  CHECK(i.fault == "");
  CHECK(i.key);
  CHECK(i.independent);
  CHECK(i.referenced);
  for (const char type : {'P', 'S'}) {
    CHECK(inspector.inspect(picture(type)).referenced);
    CHECK_FALSE(inspector.inspect(picture(type)).key);
  }
  CHECK_FALSE(inspector.inspect(picture('B')).referenced);
  CHECK_FALSE(inspector.inspect(picture('B')).independent);
  CHECK(inspector.inspect(join(layer(), picture('I'))).fault == "");
  CHECK(inspector.inspect(join({0, 0, 1, 0xB3, 0, 0x10, 7}, picture('I'))).fault == "");
}

TEST_CASE("MPEG-4: what does not tell the frames") {
  const auto fault = [](const Bytes& packet, const Bytes& header = layer()) {
    return Mpeg4Inspector(header).inspect(packet).fault;
  };
  CHECK(fault({}) == "damaged packets");
  CHECK(fault({0, 0, 1, 0xB6}) == "damaged packets");
  CHECK(fault({0, 0, 1, 0xB6, 0, 0}) == "damaged packets");
  CHECK(fault({1, 2, 3, 4, 5}) == "damaged packets");
  CHECK(fault(picture('P', false)) == "packets without a picture");
  CHECK(fault(join(picture('P'), picture('B'))) == "packets that are not one picture each");
  CHECK(fault(join(layer(true), picture('I'))) == "headers change inside the stream");
  CHECK(fault(join(user_data("XviD0046"), picture('I'))) == "headers change inside the stream");
  CHECK(fault(picture('I'), {}) == "packets of mpeg4 without a header");
  CHECK(fault(picture('I'), {0, 0, 1, 0x20, 0}) == "damaged packets");
  CHECK(fault(picture('I'), layer(false, 1)) == "pictures of mpeg4 with a shape");
  CHECK(fault(picture('I'), layer(false, 0, 1)) == "pictures of mpeg4 with a shape");
  CHECK(fault(picture('I'), layer(true)).empty());
  CHECK(fault(picture('I'), join(layer(true), user_data("DivX503b1393p"))) ==
        "interlaced pictures of mpeg4 in packed packets");
}

TEST_CASE("MPEG-4: what a new decoder must have seen of an interlaced stream") {
  const auto warm_up = [](bool interlaced, const std::string& types) {
    Mpeg4Inspector inspector(layer(interlaced));
    for (const char type : types) CHECK(inspector.inspect(picture(type)).fault.empty());
    return inspector.warm_up_packets();
  };
  CHECK(warm_up(true, "IPBBPBB") == 3);
  CHECK(warm_up(true, "IPPP") == 0);
  CHECK(warm_up(false, "IPBBPBB") == 0);

  // The first B picture after a header counts for all later ones, so none is left out and none starts without it.
  const auto traits = [](const std::vector<Bytes>& bytes) {
    Mpeg4Inspector inspector(layer(true));
    std::vector<PacketInfo> packets(bytes.size());
    for (size_t i = 0; i < bytes.size(); ++i) {
      const PacketTraits one = inspector.inspect(bytes[i]);
      packets[i].start = one.independent;
      packets[i].skippable = !one.referenced;
    }
    inspector.keep_exact_starts(packets);
    std::string result;
    for (const PacketInfo& packet : packets) result += packet.start ? 's' : packet.skippable ? '-' : 'r';
    return result;
  };
  const Bytes i = picture('I'), p = picture('P'), b = picture('B'), headed = join(layer(true), i);
  CHECK(traits({i, p, b, b, i, b, b}) == "srr-s--");
  CHECK(traits({headed, p, b, b, headed, p, b, b, i}) == "srr-srr-r");
  CHECK(traits({headed, p, b, b, headed, b, b}) == "srr-rr-");
}

TEST_CASE("MPEG-4: a packed B picture is given by the packet after") {
  const Bytes header = join(layer(), user_data("DivX503b1393p"));
  const Bytes nothing = picture('P', false, 7);
  Mpeg4Inspector inspector(header);
  const std::vector<Bytes> stream = {picture('I'), join(picture('P'), picture('B')), picture('B'), nothing,
                                     picture('I')};
  std::vector<PacketInfo> packets;
  for (size_t i = 0; i < stream.size(); ++i) {
    const PacketTraits traits = inspector.inspect(stream[i]);
    CHECK(traits.fault == "");
    CHECK(traits.key == (i == 0 || i == 4));
    CHECK(traits.referenced);
    packets.push_back(timed(kNoTime, static_cast<int64_t>(i)));
  }
  CHECK(inspector.fill_times(packets, 1) == "");
  CHECK(times_of(packets) == std::vector<int64_t>{1, 4, 2, 3, 5});
  Mpeg4Inspector lost(header);
  lost.inspect(join(picture('P'), picture('B')));
  CHECK(lost.inspect(picture('P')).fault == "packets that are not one picture each");
  CHECK(Mpeg4Inspector(header).inspect(nothing).fault == "packets without a picture");
}

TEST_CASE("MPEG-4: times that AVI leaves out") {
  const auto fill = [](const std::string& types, std::vector<PacketInfo>& packets, int64_t delay) {
    Mpeg4Inspector inspector(layer());
    for (const char type : types) inspector.inspect(picture(type));
    return inspector.fill_times(packets, delay);
  };
  std::vector<PacketInfo> packets = {timed(kNoTime, 0), timed(kNoTime, 1), timed(2, 2), timed(3, 3), timed(kNoTime, 4)};
  CHECK(fill("IPBBP", packets, 1) == "");
  CHECK(times_of(packets) == std::vector<int64_t>{1, 4, 2, 3, 5});
  packets = {timed(kNoTime, 9)};
  CHECK(fill("I", packets, 1) == "");
  CHECK(times_of(packets) == std::vector<int64_t>{0});
  packets = {timed(0, 0), timed(3, 1), timed(1, 2), timed(2, 3)};
  CHECK(fill("IPBB", packets, 1) == "");
  CHECK(fill("IBPB", packets, 1) == "presentation times against the order of the pictures");
  CHECK(fill("IPPP", packets, 0) == "presentation times against the order of the pictures");
  packets = {timed(kNoTime, 0), timed(kNoTime, 0)};
  CHECK(fill("IP", packets, 1) == "packets without presentation time");
  packets = {timed(kNoTime, INT64_MAX - 1), timed(kNoTime, INT64_MAX)};
  CHECK_THROWS_AS(fill("IP", packets, 1), DataError);
}

TEST_CASE("MPEG-4: any frame comes out as by decoding everything, with less decoding") {
  const TestFolder folder;
  for (const std::string encoder : {"mpeg4", "libxvid"}) {
    if (!avcodec_find_encoder_by_name(encoder.c_str())) continue;
    for (const std::string options : {"bf=0;g=13", "bf=1;g=13", "bf=2;g=13"}) {
      if (encoder == "libxvid" && options != "bf=0;g=13") continue;  // FFmpeg mixes up its times
      for (const std::string suffix : {"avi", "mp4", "mkv"}) {
        CAPTURE(encoder + " " + options + " " + suffix);
        const std::string path = folder.path("a." + suffix);
        write_test_video(path, {encoder, options, 40});
        VideoDecoder whole(path);
        std::vector<std::string> md5;
        std::vector<int64_t> ticks;
        while (const VideoFrame* frame = whole.next()) {
          md5.push_back(frame->md5());
          ticks.push_back(frame->ticks);
        }
        REQUIRE(md5.size() == 40);
        VideoOptions seeking;
        seeking.packet_memory_bytes = seeking.seek_over_bytes = 0;
        for (const VideoOptions& how : {VideoOptions{}, seeking}) {
          VideoDecoder decoder(path, how);
          CHECK(decoder.packet_index().distrust == "");
          for (int64_t i = 0; i < 40; ++i) {
            CAPTURE(i);
            decoder.select(std::vector<int64_t>{i});
            const VideoFrame* frame = decoder.next();
            REQUIRE(frame != nullptr);
            CHECK(frame->index == i);
            CHECK(frame->md5() == md5[static_cast<size_t>(i)]);
            CHECK(frame->ticks == ticks[static_cast<size_t>(i)]);
          }
          CHECK(decoder.packet_index().distrust == "");
          CHECK(decoder.decoded_packets() < 40 * 14);
        }
      }
    }
  }
}

}  // namespace vs::media
