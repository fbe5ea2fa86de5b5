#include "lib/data/clip_reader.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/image_pixels.h"
#include "tests/lib/data/made_videos.h"
#include "tests/support/scratch.h"

namespace vs::data {
namespace {

Clip read(const VideoPlace& place, const std::vector<int64_t>& frames, const ClipReaderOptions& options = {}) {
  ClipReader reader(options);
  reader.open(place);
  return reader.read(frames);
}

/// what() of the DataError of reading, "" if there is none.
std::string failure_of(const VideoPlace& place, const std::vector<int64_t>& frames,
                       const ClipReaderOptions& options = {}) {
  try {
    read(place, frames, options);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

void check_frames(const Clip& clip, const std::vector<int64_t>& asked, const std::vector<media::Image>& all) {
  REQUIRE(clip.frames.size() == asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    CAPTURE(asked[i]);
    CHECK(same_pixels(clip.frames[i], all[static_cast<std::size_t>(asked[i])]));
  }
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Frames of one colour each, of value 10 i.
std::vector<media::Image> flat_frames(int count, int width = 24, int height = 16) {
  std::vector<media::Image> frames;
  for (int i = 0; i < count; ++i) {
    media::Image image(width, height, 3);
    for (auto& sample : image.pixels) sample = static_cast<uint8_t>(10 * i);
    frames.push_back(image);
  }
  return frames;
}

}  // namespace

TEST_CASE("chosen frames are those of decoding everything, in any order and repeated") {
  for (const char* name : {"low_fps_1.mp4", "all_intra.mp4", "mpeg4_bframes.avi", "hevc_bframes.mkv", "h264.ts",
                           "truncated_tail.mkv", "no_keyframe_start.ts"}) {
    CAPTURE(name);
    const std::vector<media::Image> all = all_frames(video_path(name));
    const auto last = static_cast<int64_t>(all.size()) - 1;
    ClipReader reader;
    reader.open(place_at(video_path(name)));
    CHECK(reader.num_frames() == last + 1);
    CHECK(reader.frame_rate() > 0);
    const std::vector<int64_t> asked{last, 0, last / 2, last / 2, 0, last / 3};
    const Clip clip = reader.read(asked);
    check_frames(clip, asked, all);
    CHECK(clip.num_frames == last + 1);
    CHECK(clip.replaced == 0);
    // A further clip of the same video.
    reader.open(place_at(video_path(name)));
    check_frames(reader.read(std::vector<int64_t>{1}), {1}, all);
    CHECK(reader.read(std::vector<int64_t>{}).frames.empty());
  }
}

TEST_CASE("a folder and a pack of a video's frames give what the video gives") {
  const test::Scratch scratch("vs-clip-reader");
  const std::vector<media::Image> all = all_frames(video_path("low_fps_1.mp4"));
  const auto count = static_cast<int64_t>(all.size());
  const std::vector<int64_t> asked{count - 1, 0, 2, 2};
  write_folder(scratch / "from0", all, 0);
  write_folder(scratch / "from1", all, 1, "{:03}.png");
  write_pack(scratch / "pack.h5", {"other", "video"}, {flat_frames(3), all});
  for (const int64_t annotated : {int64_t{-1}, count}) {
    for (const char* folder : {"from0", "from1"}) {
      CAPTURE(folder);
      ClipReader reader;
      reader.open(place_at(scratch / folder, annotated));
      CHECK(reader.num_frames() == count);
      check_frames(reader.read(asked), asked, all);
    }
    VideoPlace place = place_in_pack(scratch / "pack.h5", "video");
    place.num_frames = annotated;
    ClipReader reader;
    reader.open(place);
    CHECK(reader.num_frames() == count);
    CHECK(reader.frame_rate() == doctest::Approx(25));
    check_frames(reader.read(asked), asked, all);
  }
  // A template that is given, with and without the number of the first picture.
  ClipReaderOptions options;
  options.name_template = FileTemplate::parse("%03d.png");
  check_frames(read(place_at(scratch / "from1", count), asked, options), asked, all);
  options.start_index = 1;
  check_frames(read(place_at(scratch / "from1", count), asked, options), asked, all);
  check_frames(read(place_at(scratch / "from1"), asked, options), asked, all);
  options.start_index = 2;
  check_frames(read(place_at(scratch / "from1", count), {0}, options), {0}, {all[1]});
  check_frames(read(place_at(scratch / "from1"), {0}, options), {0}, {all[1]});
  options.name_template = FileTemplate::parse("image_{}.jpg");
  CHECK(contains(failure_of(place_at(scratch / "from1"), {0}, options), "image_{}.jpg"));
}

TEST_CASE("a part of a video begins at its offset") {
  const test::Scratch scratch("vs-clip-reader-part");
  const std::vector<media::Image> all = flat_frames(10);
  write_folder(scratch / "whole", all, 1);
  write_folder(scratch / "cut", {all.begin() + 4, all.end()}, 5);
  write_pack(scratch / "pack.h5", {"whole"}, {all});
  VideoPlace place = place_at(scratch / "whole", 3);
  place.offset = 4;
  check_frames(read(place, {0, 2}), {4, 6}, all);
  place.path = scratch / "cut";
  check_frames(read(place, {0, 2}), {4, 6}, all);
  VideoPlace packed = place_in_pack(scratch / "pack.h5", "whole");
  packed.offset = 4;
  ClipReader reader;
  reader.open(packed);
  CHECK(reader.num_frames() == 6);
  check_frames(reader.read(std::vector<int64_t>{5, 0}), {9, 4}, all);
  packed.offset = 10;
  reader.open(packed);
  CHECK_THROWS_AS(reader.num_frames(), DataError);
  packed.offset = INT64_MAX;
  CHECK_THROWS_AS(reader.open(packed), DataError);
}

TEST_CASE("numbers with gaps") {
  const test::Scratch scratch("vs-clip-reader-gaps");
  const std::vector<media::Image> all = flat_frames(6);
  write_folder(scratch / "gaps", all, 1);
  std::filesystem::remove(scratch / "gaps/img_00003.png");
  // Without a list: the order of the numbers. With one: the numbers.
  const Clip in_order = read(place_at(scratch / "gaps"), {1, 2});
  check_frames(in_order, {1, 3}, all);
  CHECK(in_order.warnings.size() == 1);
  check_frames(read(place_at(scratch / "gaps", 6), {1, 3}), {1, 3}, all);
  const std::string failure = failure_of(place_at(scratch / "gaps", 6), {1, 2});
  CHECK(contains(failure, "frame 2 (img_00003.png)"));
  ClipReaderOptions options;
  options.short_video = ShortVideo::kLastFrame;
  CHECK(contains(failure_of(place_at(scratch / "gaps", 6), {2}, options), "img_00003.png"));
}

TEST_CASE("a video that is shorter than promised") {
  const test::Scratch scratch("vs-clip-reader-short");
  const std::vector<media::Image> flat = flat_frames(5), video = all_frames(video_path("low_fps_1.mp4"));
  write_folder(scratch / "folder", flat, 1);
  write_pack(scratch / "pack.h5", {"v"}, {flat});
  VideoPlace packed = place_in_pack(scratch / "pack.h5", "v");
  packed.num_frames = 12;
  const auto count = static_cast<int64_t>(video.size());
  struct Case {
    VideoPlace place;
    const std::vector<media::Image>& frames;
  };
  for (const Case& one : {Case{place_at(scratch / "folder", 12), flat}, Case{packed, flat},
                          Case{place_at(video_path("low_fps_1.mp4"), count + 7), video}}) {
    const auto there = static_cast<int64_t>(one.frames.size());
    const std::vector<int64_t> asked{there + 1, 0, there + 6};
    const std::string failure = failure_of(one.place, asked);
    CHECK(contains(failure, one.place.path));
    CHECK(contains(failure, "frame " + std::to_string(there + 1)));
    CHECK(contains(failure, std::to_string(there) + " of " + std::to_string(one.place.num_frames) + " listed"));
    ClipReaderOptions options;
    options.short_video = ShortVideo::kModulo;
    Clip clip = read(one.place, asked, options);
    check_frames(clip, {1, 0, 6 % there}, one.frames);
    CHECK(clip.replaced == 2);
    CHECK(clip.num_frames == there);
    options.short_video = ShortVideo::kLastFrame;
    check_frames(read(one.place, asked, options), {there - 1, 0, there - 1}, one.frames);
    // Frames that are there need no rule.
    check_frames(read(one.place, {there - 1}), {there - 1}, one.frames);
  }
}

TEST_CASE("pictures resized on the way equal those resized afterwards") {
  const test::Scratch scratch("vs-clip-reader-resize");
  const std::vector<media::Image> all = all_frames(video_path("low_fps_1.mp4"));
  write_folder(scratch / "folder", all, 1);
  for (const std::string& path : {video_path("low_fps_1.mp4"), scratch / "folder"}) {
    for (const int64_t side : {int64_t{64}, int64_t{all[0].height}, int64_t{300}}) {
      ClipReaderOptions options;
      options.short_side = side;
      const Clip clip = read(place_at(path), {2}, options);
      const double factor = static_cast<double>(side) / std::min(all[0].width, all[0].height);
      media::Image expected(static_cast<int>(all[0].width * factor + 0.5), static_cast<int>(side), 3);
      media::opencv_bilinear(all[2].view(), expected);
      CHECK(same_pixels(clip.frames[0], side == all[0].height ? all[2] : expected));
    }
  }
}

TEST_CASE("a video to be turned for display comes turned") {
  const test::Scratch scratch("vs-clip-reader-turned");
  std::string bytes = read_file(video_path("all_intra.mp4"));
  const auto number = [](int64_t value) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xff);
    return text;
  };
  const int64_t one = 1 << 16;
  const auto matrix = [&](int64_t a, int64_t b, int64_t c, int64_t d) {
    return number(a) + number(b) + number(0) + number(c) + number(d) + number(0);
  };
  const std::size_t at = bytes.find(matrix(one, 0, 0, one), bytes.find("tkhd"));
  REQUIRE(at != std::string::npos);
  bytes.replace(at, 24, matrix(0, one, -one, 0));
  scratch.touch("turned.mp4", bytes);
  const std::vector<media::Image> all = all_frames(video_path("all_intra.mp4"));
  media::Image turned;
  media::turn_clockwise(all[3].view(), 90, turned);
  CHECK(same_pixels(read(place_at(scratch / "turned.mp4"), {3}).frames[0], turned));
  // Resized after turning, as a later step would.
  ClipReaderOptions options;
  options.short_side = 50;
  const double factor = 50.0 / turned.width;
  media::Image expected(50, static_cast<int>(turned.height * factor + 0.5), 3);
  media::opencv_bilinear(turned.view(), expected);
  CHECK(same_pixels(read(place_at(scratch / "turned.mp4"), {3}, options).frames[0], expected));
}

TEST_CASE("JPEG pictures at a reduced scale only when asked") {
  const test::Scratch scratch("vs-clip-reader-jpeg");
  const std::vector<media::Image> all = all_frames(video_path("bbb_720p.mp4"));
  media::JpegEncoder encoder(95);
  const auto jpeg = encoder.encode(all[0].view());
  scratch.touch("folder/img_00001.jpg", {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()});
  const std::vector<uint8_t> bytes(jpeg.begin(), jpeg.end());
  Clip clip = read(place_at(scratch / "folder"), {0});
  CHECK(clip.jpeg_reduction == 1);
  CHECK(same_pixels(clip.frames[0], media::decode_jpeg(bytes, "a")));
  ClipReaderOptions options;
  options.jpeg_short_side = 256;
  clip = read(place_at(scratch / "folder"), {0}, options);
  CHECK(clip.jpeg_reduction == 2);
  CHECK(same_pixels(clip.frames[0], media::decode_jpeg(bytes, "a", 3, 2)));
  options.jpeg_short_side = 721;
  CHECK(read(place_at(scratch / "folder"), {0}, options).jpeg_reduction == 1);
}

TEST_CASE("frames of two sizes") {
  // A file's are brought to the size of its header, as vs-extract does; pictures of a folder should be of one size.
  const Clip clip = read(place_at(video_path("resolution_change.ts")), {0, 40});
  CHECK(clip.frames[0].width == clip.frames[1].width);
  CHECK(clip.frames[0].height == clip.frames[1].height);
  CHECK(std::any_of(clip.warnings.begin(), clip.warnings.end(),
                    [](const std::string& line) { return contains(line, "another size"); }));
  const test::Scratch scratch("vs-clip-reader-sizes");
  write_folder(scratch / "folder", flat_frames(1), 1);
  write_folder(scratch / "folder", flat_frames(1, 20, 20), 2);
  const std::string failure = failure_of(place_at(scratch / "folder"), {0, 1});
  CHECK(contains(failure, "frame 1 is 20x20, frame 0 is 24x16"));
  CHECK(failure_of(place_at(scratch / "folder"), {1}).empty());
}

TEST_CASE("what cannot be read says so") {
  const test::Scratch scratch("vs-clip-reader-bad");
  CHECK(contains(failure_of(place_at(scratch / "none.mp4"), {0}), "does not exist"));
  CHECK(contains(failure_of(place_at(video_path("zero_length.mp4")), {0}), "zero_length.mp4"));
  CHECK(contains(failure_of(place_at(video_path("low_fps_1.mp4")), {-1}), "no frame -1"));
  CHECK(contains(failure_of(place_at(video_path("low_fps_1.mp4")), {INT64_MAX}), "has no frame"));
  scratch.touch("folder/img_00001.jpg", "no picture");
  CHECK(contains(failure_of(place_at(scratch / "folder", 1), {0}), "img_00001.jpg: is neither"));
  std::filesystem::create_directories(scratch / "empty");
  CHECK(contains(failure_of(place_at(scratch / "empty"), {0}), "empty"));
  CHECK(contains(failure_of(place_at(scratch / "empty", 3), {0}), "empty"));
  write_pack(scratch / "pack.h5", {"v"}, {flat_frames(1)});
  CHECK(contains(failure_of(place_at(scratch / "pack.h5"), {0}), "HDF5"));
  CHECK(contains(failure_of(place_in_pack(scratch / "pack.h5", "w"), {0}), "does not hold"));
  ClipReaderOptions flow;
  flow.name_template = FileTemplate::parse("flow_{}_{:05}.jpg", FileTemplate::Kind::kFlow);
  CHECK_THROWS_AS(ClipReader{flow}, UsageError);
}

TEST_CASE("a signal ends reading") {
  set_cancel_signal(2);
  CHECK_THROWS_AS(read(place_at(video_path("low_fps_1.mp4")), {0}), Interrupted);
  set_cancel_signal(0);
}

}  // namespace vs::data
