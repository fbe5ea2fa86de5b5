#include "lib/media/hardware_decoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

#include "lib/core/error.h"
#include "lib/media/video_decoder.h"
#include "tests/lib/media/fake_vdpau.h"
#include "tests/lib/media/given_frames.h"
#include "tests/lib/media/video_maker.h"

namespace vs::media {
namespace {

AvFramePtr make_frame(AVPixelFormat format, int width, int height) {
  AvFramePtr frame = make_av_frame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
  return frame;
}

// The value of sample (x, y) of a component, of `bits` bits.
int test_sample(int component, int x, int y, int bits) {
  return (131 * x + 57 * y + 41 * component + 7 * x * y + 3) & ((1 << bits) - 1);
}

// Writes the samples as the format lays them out, or counts those that are others.
int go_over(AVFrame& frame, int bits, bool write) {
  const AVPixFmtDescriptor& layout = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  int wrong = 0;
  for (int i = 0; i < layout.nb_components; ++i) {
    const AVComponentDescriptor& component = layout.comp[i];
    const bool chroma = i == 1 || i == 2;
    const int width = chroma ? AV_CEIL_RSHIFT(frame.width, layout.log2_chroma_w) : frame.width;
    const int height = chroma ? AV_CEIL_RSHIFT(frame.height, layout.log2_chroma_h) : frame.height;
    const int shift = component.depth + component.shift - bits;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        uint8_t* at = frame.data[component.plane] + int64_t{y} * frame.linesize[component.plane] + component.offset +
                      int64_t{x} * component.step;
        const int value = test_sample(i, x, y, bits) << shift;
        const bool wide = bits > 8;
        if (write) {
          at[0] = static_cast<uint8_t>(value);
          if (wide) at[1] = static_cast<uint8_t>(value >> 8);
        } else {
          wrong += at[0] != (value & 255) || (wide && at[1] != value >> 8);
        }
      }
    }
  }
  return wrong;
}

VideoOptions on(const FakeVdpau& fake) {
  VideoOptions options;
  options.hardware = fake.device();
  return options;
}

const std::string kVideos = std::string(VS_TEST_DATA) + "/videos/";
const TestVideo kBFrames{"libx264", "bf=3;g=10;x264-params=b-adapt=0:b-pyramid=normal:scenecut=0", 40, 50, 34};

}  // namespace

TEST_CASE("pictures of hardware become those of the CPU, sample by sample, at any size") {
  struct Pair {
    AVPixelFormat from, to;
    int bits;
  };
  for (const Pair& pair :
       {Pair{AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P, 8}, Pair{AV_PIX_FMT_NV12, AV_PIX_FMT_YUVJ420P, 8},
        Pair{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P, 8}, Pair{AV_PIX_FMT_NV21, AV_PIX_FMT_YUV420P, 8},
        Pair{AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV420P10LE, 10}, Pair{AV_PIX_FMT_P016LE, AV_PIX_FMT_YUV420P12LE, 12},
        Pair{AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P, 8}, Pair{AV_PIX_FMT_YUV444P16LE, AV_PIX_FMT_YUV444P10LE, 10},
        Pair{AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV422P, 8}}) {
    for (const Size size : {Size{1, 1}, Size{2, 2}, Size{7, 5}, Size{64, 48}, Size{33, 18}}) {
      if (pair.from == AV_PIX_FMT_YUYV422 && size.width % 2 != 0) continue;
      CAPTURE(av_get_pix_fmt_name(pair.from));
      CAPTURE(size.width);
      const AvFramePtr frame = make_frame(pair.from, size.width, size.height);
      go_over(*frame, pair.bits, true);
      const AvFramePtr planes = to_planes(*frame, pair.to);
      CHECK(planes->format == pair.to);
      CHECK(planes->width == size.width);
      CHECK(planes->height == size.height);
      CHECK(go_over(*planes, pair.bits, false) == 0);
    }
  }
}

TEST_CASE("what is said about a frame stays with it, and its left and upper edge are cut off") {
  const AvFramePtr frame = make_frame(AV_PIX_FMT_NV12, 128, 40);
  go_over(*frame, 8, true);
  frame->pts = 7;
  frame->pkt_pos = 12;
  frame->key_frame = 1;
  frame->colorspace = AVCOL_SPC_BT709;
  frame->color_range = AVCOL_RANGE_JPEG;
  frame->crop_left = 64;
  frame->crop_top = 2;
  const AvFramePtr planes = to_planes(*frame, AV_PIX_FMT_YUV420P);
  CHECK(planes->pts == 7);
  CHECK(planes->pkt_pos == 12);
  CHECK(planes->key_frame == 1);
  CHECK(planes->colorspace == AVCOL_SPC_BT709);
  CHECK(planes->color_range == AVCOL_RANGE_JPEG);
  REQUIRE(planes->width == 64);
  REQUIRE(planes->height == 38);
  CHECK(planes->data[0][0] == test_sample(0, 64, 2, 8));
  CHECK(planes->data[1][0] == test_sample(1, 32, 1, 8));
  CHECK(planes->data[2][planes->linesize[2]] == test_sample(2, 32, 2, 8));
}

TEST_CASE("pictures of another kind are refused") {
  const auto refused = [](AVPixelFormat from, AVPixelFormat to) {
    CHECK_THROWS_AS((void)to_planes(*make_frame(from, 8, 8), to), DataError);
  };
  refused(AV_PIX_FMT_NV12, AV_PIX_FMT_YUV422P);
  refused(AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P10LE);
  refused(AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV420P12LE);
  refused(AV_PIX_FMT_NV12, AV_PIX_FMT_GRAY8);
  refused(AV_PIX_FMT_YUV444P, AV_PIX_FMT_GBRP);
  refused(AV_PIX_FMT_NV12, AV_PIX_FMT_NV12);
  refused(AV_PIX_FMT_NV12, AV_PIX_FMT_NONE);
}

TEST_CASE("a device gives the frames that the CPU gives, in order and chosen") {
  const TestFolder folder;
  const std::string made = folder.path("b.mp4");
  write_test_video(made, kBFrames);
  for (const std::string& path : {made, kVideos + "low_fps_1.mp4"}) {
    CAPTURE(path);
    const Given all = given_by_cpu(path);
    FakeVdpau fake(path);
    VideoDecoder decoder(path, on(fake));
    CHECK(given(decoder) == all);
    CHECK(decoder.in_hardware());
    CHECK(decoder.warnings().empty());
    CHECK(fake.downloads == static_cast<int>(all.md5.size()));
    decoder.select(std::vector<int64_t>{1, 3});
    const Given some = given(decoder);
    CHECK(some.indices == std::vector<int64_t>{1, 3});
    CHECK(some.md5 == std::vector<std::string>{all.md5[1], all.md5[3]});
    decoder.select_key_frames();
    CHECK(given(decoder).md5.front() == all.md5.front());
    CHECK(decoder.in_hardware());
    CHECK_FALSE(decoder.is_damaged());
  }
}

TEST_CASE("only frames that are given are brought to system memory, and those that stay on the device when asked for") {
  const TestFolder folder;
  const std::string path = folder.path("b.mp4");
  write_test_video(path, kBFrames);
  const Given all = given_by_cpu(path);
  FakeVdpau fake(path);
  VideoDecoder decoder(path, on(fake));
  CHECK(given(decoder) == all);
  fake.renders = fake.downloads = 0;
  decoder.select(std::vector<int64_t>{8, 19});
  CHECK(given(decoder).indices == std::vector<int64_t>{8, 19});
  CHECK(fake.renders > 2);
  CHECK(fake.downloads == 2);

  VideoOptions staying = on(fake);
  staying.frames_on_device = 2;
  VideoDecoder lazy(path, staying);
  fake.downloads = 0;
  for (size_t i = 0; i < all.md5.size(); ++i) {
    VideoFrame* frame = lazy.next();
    REQUIRE(frame != nullptr);
    CHECK(frame->ticks == all.ticks[i]);
    CHECK(frame->width == 50);
    CHECK_FALSE(frame->device_picture());  // not CUDA's
    if (i % 8 != 0) continue;
    CHECK(frame->md5() == all.md5[i]);
    CHECK(frame->luma().width == 50);
    CHECK(frame->rgb().height == 34);
  }
  CHECK(fake.downloads == 5);
  fake.failing_download = fake.downloads;
  lazy.select_all();
  CHECK_THROWS_AS((void)lazy.next()->luma(), DataError);
}

TEST_CASE("a picture in CUDA's memory is told with its layout and colours") {
  const AvBufferPtr device(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_CUDA));
  if (!device) {
    MESSAGE("skipped, this FFmpeg is built without CUDA");
    return;
  }
  const AvFramePtr frame = make_av_frame();
  frame->format = AV_PIX_FMT_CUDA;
  CHECK_FALSE(device_picture_of(*frame, AV_PIX_FMT_YUV420P));
  frame->hw_frames_ctx = av_hwframe_ctx_alloc(device.get());
  auto* surface = reinterpret_cast<AVHWFramesContext*>(frame->hw_frames_ctx->data);
  uint8_t planes[2];
  frame->data[0] = &planes[0];
  frame->data[1] = &planes[1];
  frame->linesize[0] = frame->linesize[1] = 256;
  frame->width = 51;
  frame->height = 34;
  frame->colorspace = AVCOL_SPC_BT709;
  frame->color_range = AVCOL_RANGE_JPEG;
  surface->sw_format = AV_PIX_FMT_YUV444P;
  CHECK_FALSE(device_picture_of(*frame, AV_PIX_FMT_YUV420P));
  surface->sw_format = AV_PIX_FMT_P010LE;
  const DevicePicture deep = device_picture_of(*frame, AV_PIX_FMT_YUV420P10LE).value();
  CHECK(deep.sample_bytes == 2);
  CHECK(deep.bits == 10);
  surface->sw_format = AV_PIX_FMT_NV12;
  const DevicePicture picture = device_picture_of(*frame, AV_PIX_FMT_YUVJ420P).value();
  CHECK(picture.luma == &planes[0]);
  CHECK(picture.chroma == &planes[1]);
  CHECK(picture.luma_stride == 256);
  CHECK(picture.chroma_stride == 256);
  CHECK(picture.width == 51);
  CHECK(picture.height == 34);
  CHECK(picture.sample_bytes == 1);
  CHECK(picture.bits == 8);
  CHECK(picture.matrix == 1);
  CHECK(picture.full_range);
  CHECK_FALSE(device_picture_of(*frame, AV_PIX_FMT_GRAY8));
  CHECK_FALSE(device_picture_of(*frame, AV_PIX_FMT_NONE));
  CHECK_FALSE(device_picture_of(*make_frame(AV_PIX_FMT_NV12, 8, 8), AV_PIX_FMT_YUV420P));
}

TEST_CASE("several decoders share a device") {
  const TestFolder folder;
  const std::string path = folder.path("b.mp4");
  write_test_video(path, kBFrames);
  const Given all = given_by_cpu(path);
  FakeVdpau fake(path);
  VideoDecoder first(path, on(fake));
  CHECK(given(first) == all);
  VideoDecoder second(path, on(fake)), third(path, on(fake));
  for (const std::string& md5 : all.md5) {
    CHECK(second.next()->md5() == md5);
    CHECK(third.next()->md5() == md5);
  }
  CHECK(third.in_hardware());
}

TEST_CASE("a stream that the device does not take is the CPU's, with one warning") {
  const TestFolder folder;
  const std::string path = folder.path("b.mp4");
  write_test_video(path, kBFrames);
  const Given all = given_by_cpu(path);
  FakeVdpau fake(path);
  fake.has_decoder = false;
  VideoDecoder decoder(path, on(fake));
  CHECK(given(decoder) == all);
  CHECK_FALSE(decoder.in_hardware());
  CHECK_FALSE(decoder.is_damaged());
  REQUIRE(decoder.warnings().size() == 1);
  CHECK(decoder.warnings()[0].starts_with("decoded on the CPU, not by vdpau: "));
  VideoDecoder chosen(path, on(fake));
  chosen.select(std::vector<int64_t>{17});
  CHECK(given(chosen).md5 == std::vector<std::string>{all.md5[17]});
  CHECK(chosen.warnings().size() == 1);
  CHECK(chosen.packet_index().knowledge == FrameKnowledge::kPackets);
}

TEST_CASE("where a device fails the CPU goes on, and no frame is given twice") {
  const TestFolder folder;
  const std::string path = folder.path("b.mp4");
  write_test_video(path, kBFrames);
  const Given all = given_by_cpu(path);
  for (const bool downloading : {false, true}) {
    CAPTURE(downloading);
    FakeVdpau fake(path);
    {
      VideoDecoder decoder(path, on(fake));
      REQUIRE(given(decoder) == all);
      (downloading ? fake.failing_download : fake.failing_render) = (downloading ? fake.downloads : fake.renders) + 20;
    }
    VideoDecoder decoder(path, on(fake));
    CHECK(given(decoder) == all);
    CHECK_FALSE(decoder.in_hardware());
    CHECK(decoder.warnings().size() == 1);
    CHECK_FALSE(decoder.is_damaged());

    (downloading ? fake.failing_download : fake.failing_render) = (downloading ? fake.downloads : fake.renders) + 2;
    VideoDecoder chosen(path, on(fake));
    chosen.select(std::vector<int64_t>{2, 15, 28});
    CHECK(given(chosen).md5 == std::vector<std::string>{all.md5[2], all.md5[15], all.md5[28]});
    CHECK_FALSE(chosen.in_hardware());
    CHECK(chosen.packet_index().knowledge == FrameKnowledge::kPackets);
  }
}

TEST_CASE("a damaged video is the CPU's, frame by frame") {
  const TestFolder folder;
  const std::string path = folder.path("b.mkv");
  write_test_video(path, kBFrames);
  FakeVdpau fake(path);
  VideoDecoder whole(path, on(fake));
  (void)given(whole);
  std::string bytes = read_bytes(path);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2), 300, '\xFF');
  write_bytes(path, bytes);
  VideoDecoder by_cpu(path), decoder(path, on(fake));
  const Given all = given(by_cpu);
  CHECK(given(decoder) == all);
  CHECK_FALSE(decoder.in_hardware());
  CHECK(decoder.is_damaged());
  CHECK(decoder.warnings().size() == by_cpu.warnings().size() + 1);
}

TEST_CASE("codecs without exact pixels, and motion vectors, are the CPU's") {
  const TestFolder folder;
  const std::string path = folder.path("b.mp4");
  write_test_video(path, kBFrames);
  FakeVdpau fake(path);
  VideoDecoder mpeg4(kVideos + "mpeg4_bframes.avi", on(fake));
  CHECK_FALSE(mpeg4.in_hardware());
  CHECK(mpeg4.warnings() ==
        std::vector<std::string>{"decoded on the CPU, not by vdpau: the pixels of mpeg4 are not the "
                                 "same on every decoder"});
  VideoOptions vectors = on(fake);
  vectors.motion_vectors = true;
  VideoDecoder decoder(path, vectors);
  CHECK(decoder.next() != nullptr);
  CHECK_FALSE(decoder.in_hardware());
  CHECK(decoder.warnings().empty());
}

TEST_CASE("a GPU gives the frames that the CPU gives") {
  std::shared_ptr<const HardwareDevice> gpu;
  try {
    gpu = HardwareDevice::open("cuda", "test");
  } catch (const RunError& error) {
    MESSAGE("skipped, no GPU decodes here: ", std::string(error.what()));
    return;
  }
  VideoOptions options;
  options.hardware = gpu;
  for (const std::string name :
       {"bbb_720p.mp4", "h264.ts", "hevc_bframes.mkv", "resolution_change.ts", "all_intra.mp4"}) {
    CAPTURE(name);
    VideoDecoder by_cpu(kVideos + name), by_gpu(kVideos + name, options);
    int furthest = 0;
    while (VideoFrame* expected = by_cpu.next()) {
      VideoFrame* frame = by_gpu.next();
      REQUIRE(frame != nullptr);
      CHECK(frame->ticks == expected->ticks);
      const ImageView want = expected->rgb(), got = frame->rgb();
      REQUIRE(got.width == want.width);
      REQUIRE(got.height == want.height);
      for (int y = 0; y < want.height; ++y) {
        for (int x = 0; x < 3 * want.width; ++x)
          furthest = std::max(furthest, std::abs(got.data[y * got.stride + x] - want.data[y * want.stride + x]));
      }
    }
    CHECK(by_gpu.next() == nullptr);
    CHECK(furthest <= 2);
    MESSAGE(name, ": ", by_gpu.in_hardware() ? "decoded by the GPU" : by_gpu.warnings().front());
  }
}

}  // namespace vs::media
