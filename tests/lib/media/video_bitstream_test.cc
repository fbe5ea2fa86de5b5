#include "lib/media/video_bitstream.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vs::media {
namespace {

using Bytes = std::vector<uint8_t>;

// Inspects one packet of a codec whose header is `extra`.
PacketTraits inspect(AVCodecID codec, const Bytes& packet, bool key = true, const Bytes& extra = {}) {
  AVCodecParameters* parameters = avcodec_parameters_alloc();
  const auto release = [](AVCodecParameters* p) { avcodec_parameters_free(&p); };
  const std::unique_ptr<AVCodecParameters, decltype(release)> owner(parameters, release);
  parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  parameters->codec_id = codec;
  if (!extra.empty()) {
    parameters->extradata = static_cast<uint8_t*>(av_mallocz(extra.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::memcpy(parameters->extradata, extra.data(), extra.size());
    parameters->extradata_size = static_cast<int>(extra.size());
  }
  return PacketInspector(*parameters).inspect(packet, key);
}

const Bytes kAvcFourBytes = {1, 100, 0, 31, 0xFF, 0xE1, 0, 0};

}  // namespace

TEST_CASE("H.264 with lengths: references, key frames, damage") {
  const auto h264 = [](const Bytes& packet, bool key = true) {
    return inspect(AV_CODEC_ID_H264, packet, key, kAvcFourBytes);
  };
  const PacketTraits idr = h264({0, 0, 0, 2, 0x65, 0x88});
  CHECK(idr.fault == "");
  CHECK(idr.key);
  CHECK(idr.independent);
  CHECK(idr.referenced);
  CHECK_FALSE(h264({0, 0, 0, 2, 0x65, 0x88}, false).independent);
  const PacketTraits b = h264({0, 0, 0, 2, 0x01, 0x88}, false);
  CHECK_FALSE(b.referenced);
  CHECK_FALSE(b.key);
  CHECK(h264({0, 0, 0, 2, 0x41, 0x88}).referenced);
  // Two slices, one of them referenced.
  CHECK(h264({0, 0, 0, 1, 0x01, 0, 0, 0, 1, 0x21}).referenced);
  CHECK(h264({0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65}).parameter_sets);
  CHECK(h264({0, 0, 0, 9, 0x65, 0x88}).fault == "damaged packets");
  CHECK(h264({0, 0, 0}).fault == "damaged packets");
  CHECK(h264({0xFF, 0xFF, 0xFF, 0xFF, 0x65}).fault == "damaged packets");
  CHECK(h264({0, 0, 0, 1, 0x09}).fault == "damaged packets");
  CHECK(h264({0, 0, 0, 1, 0x42}).fault == "data partitions");
  CHECK(h264({}).fault == "empty packets");
  // A packet that does not begin with the first macroblock is a piece of another picture; its other slices may be any.
  CHECK(h264({0, 0, 0, 2, 0x41, 0x40}).fault == "damaged packets");
  CHECK(h264({0, 0, 0, 2, 0x41, 0x80, 0, 0, 0, 2, 0x41, 0x40}).fault == "");
  CHECK(inspect(AV_CODEC_ID_HEVC, {0, 0, 1, 2, 1, 0x40}).fault == "damaged packets");
  CHECK(inspect(AV_CODEC_ID_HEVC, {0, 0, 1, 2, 1, 0x80, 0, 0, 1, 2, 1, 0x40}).fault == "");
}

TEST_CASE("H.264: a recovery point counts only if it is reached at once") {
  // SEI: payload type 6, one byte; Exp-Golomb 0 is the bit 1, Exp-Golomb 1 is 010.
  const auto with_sei = [](const Bytes& sei) {
    Bytes packet = {0, 0, 1, 0x06};
    packet.insert(packet.end(), sei.begin(), sei.end());
    for (const uint8_t byte : {0, 0, 1, 0x41, 0x88}) packet.push_back(byte);
    return inspect(AV_CODEC_ID_H264, packet);
  };
  CHECK(with_sei({6, 1, 0x84, 0x80}).independent);
  CHECK_FALSE(with_sei({6, 1, 0x44, 0x80}).independent);
  // After another message, whose bytes hold an emulation prevention byte that does not count.
  CHECK(with_sei({5, 4, 0, 0, 3, 1, 7, 6, 1, 0x84, 0x80}).independent);
  CHECK_FALSE(with_sei({5, 200, 1, 2}).independent);
  CHECK_FALSE(with_sei({255, 255}).independent);
}

TEST_CASE("HEVC: layers, references, random access points") {
  const auto hevc = [](uint8_t type, uint8_t second = 1) {
    return inspect(AV_CODEC_ID_HEVC, {0, 0, 1, static_cast<uint8_t>(type << 1), second, 0x80});
  };
  CHECK_FALSE(hevc(0).referenced);
  CHECK(hevc(1).referenced);
  CHECK_FALSE(hevc(8).referenced);
  CHECK(hevc(9).referenced);
  CHECK(hevc(19).independent);
  CHECK(hevc(21).independent);
  CHECK_FALSE(hevc(1).independent);
  CHECK(hevc(0, 3).temporal_layer == 2);
  CHECK(hevc(33).fault == "damaged packets");
}

TEST_CASE("MPEG video: picture types") {
  const auto mpeg = [](uint8_t type, const Bytes& before = {}) {
    Bytes packet = before;
    for (const int byte : {0, 0, 1, 0, 0, type << 3, 0, 0, 0, 0, 1, 1, 9}) packet.push_back(static_cast<uint8_t>(byte));
    return inspect(AV_CODEC_ID_MPEG2VIDEO, packet);
  };
  CHECK(mpeg(1).independent);
  CHECK(mpeg(1).referenced);
  CHECK_FALSE(mpeg(2).independent);
  CHECK(mpeg(2).referenced);
  CHECK_FALSE(mpeg(3).referenced);
  CHECK(mpeg(1, {0, 0, 1, 0xB3, 1, 2, 3, 4}).parameter_sets);
  CHECK_FALSE(mpeg(3).parameter_sets);
  CHECK_FALSE(inspect(AV_CODEC_ID_MPEG2VIDEO, {0, 0, 1, 0}).fault.empty());
}

TEST_CASE("VP8 and VP9: hidden frames and superframes") {
  CHECK(inspect(AV_CODEC_ID_VP8, {0x10}).shown_frames == 1);
  CHECK(inspect(AV_CODEC_ID_VP8, {0x10}).key);
  CHECK(inspect(AV_CODEC_ID_VP8, {0x01}).shown_frames == 0);
  CHECK_FALSE(inspect(AV_CODEC_ID_VP8, {0x01}).key);
  // Marker 10, profile 0, then: show existing, frame type (0 is key), show frame.
  constexpr uint8_t kKeyShown = 0b10000010, kInterHidden = 0b10000100, kInterShown = 0b10000110, kExisting = 0b10001000;
  const auto vp9 = [](const Bytes& packet) { return inspect(AV_CODEC_ID_VP9, packet); };
  CHECK(vp9({kKeyShown, 0}).key);
  CHECK(vp9({kKeyShown, 0}).shown_frames == 1);
  CHECK(vp9({kInterHidden, 0}).shown_frames == 0);
  CHECK(vp9({kInterShown, 0}).shown_frames == 1);
  CHECK_FALSE(vp9({kInterShown, 0}).key);
  CHECK(vp9({kExisting, 0}).shown_frames == 1);
  CHECK(vp9({kInterHidden, 0, kInterShown, 0, 0, 0xC1, 2, 3, 0xC1}).shown_frames == 1);
  CHECK(vp9({kInterShown, 0, kInterShown, 0, 0, 0xC1, 2, 3, 0xC1}).shown_frames == 2);
  CHECK(vp9({kInterShown, 0, 0xC1, 2, 9, 0xC1}).fault == "damaged packets");
  CHECK(vp9({0, 0}).fault == "damaged packets");
}

TEST_CASE("headers that state another frame size differ in shape") {
  const auto shape = [](AVCodecID codec, const Bytes& packet) { return inspect(codec, packet).shape; };
  const auto sps = [&](uint8_t byte) { return shape(AV_CODEC_ID_H264, {0, 0, 1, 0x67, byte, 0, 0, 1, 0x65, 0x80}); };
  CHECK(sps(1) != 0);
  CHECK(sps(1) == sps(1));
  CHECK(sps(1) != sps(2));
  CHECK(shape(AV_CODEC_ID_H264, {0, 0, 1, 0x65, 0x80}) == 0);
  const auto hevc = [&](uint8_t byte) { return shape(AV_CODEC_ID_HEVC, {0, 0, 1, 66, 1, byte, 0, 0, 1, 2, 1, 0x80}); };
  CHECK(hevc(1) != 0);
  CHECK(hevc(1) != hevc(2));
  const auto mpeg = [&](uint8_t width, uint8_t rate) {
    return shape(AV_CODEC_ID_MPEG2VIDEO, {0, 0, 1, 0xB3, width, 2, 3, rate, 0, 0, 1, 0, 0, 8, 0, 0, 0, 0, 1, 1});
  };
  CHECK(mpeg(1, 4) != 0);
  CHECK(mpeg(1, 4) == mpeg(1, 5));
  CHECK(mpeg(1, 4) != mpeg(2, 4));
  const auto vp8 = [&](uint8_t width) { return shape(AV_CODEC_ID_VP8, {0x10, 0, 0, 0x9D, 1, 0x2A, width, 0, 48, 0}); };
  CHECK(vp8(64) != 0);
  CHECK(vp8(64) != vp8(32));
  CHECK(shape(AV_CODEC_ID_VP8, {0x11, 0, 0, 0, 0, 0, 64, 0, 48, 0}) == 0);
  // VP9: sync code, color space 2, limited range, then width - 1 and height - 1 in 16 bits each.
  const auto vp9 = [&](uint8_t width) {
    return shape(AV_CODEC_ID_VP9,
                 {0b10000010, 0x49, 0x83, 0x42, 0x40, 0x00, static_cast<uint8_t>(width << 4), 2, 0xF0});
  };
  CHECK(vp9(3) != 0);
  CHECK(vp9(3) == vp9(3));
  CHECK(vp9(3) != vp9(4));
}

TEST_CASE("other codecs") {
  CHECK_FALSE(inspect(AV_CODEC_ID_MJPEG, {1, 2}, false).referenced);
  CHECK(inspect(AV_CODEC_ID_FFV1, {1, 2}, true).independent);
  CHECK_FALSE(inspect(AV_CODEC_ID_FFV1, {1, 2}, false).independent);
  CHECK(inspect(AV_CODEC_ID_MSMPEG4V3, {1, 2}).fault == "packets of msmpeg4v3 do not tell its frames");
}

}  // namespace vs::media
