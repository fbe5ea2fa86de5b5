#include "lib/media/pack_source.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/open_source.h"
#include "lib/store/byte_spool.h"

namespace vs::media {
namespace {

namespace fs = std::filesystem;

struct Scratch {
  std::string path = (fs::temp_directory_path() / ("vs_pack_source_" + std::to_string(::getpid()))).string();
  Scratch() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Scratch() { fs::remove_all(path); }
};

/// A pack of two videos: "a" with frames 3, 5 and 9, "b" with frame 0. Frame f of a is flat with value 10 f.
std::string make_pack(const std::string& path, store::FrameEncoding encoding) {
  const std::vector<store::Item> items{{"a", "a.mp4"}, {"b", "b.mp4"}};
  store::FramesWriter writer(path, encoding, nlohmann::ordered_json{{"key", 1}}, false);
  uint64_t number = 0;
  for (const auto& [id, indices] : {std::pair<std::string, std::vector<int64_t>>{"a", {3, 5, 9}}, {"b", {0}}}) {
    store::VideoFrames frames;
    frames.video_id = id;
    frames.width = 20;
    frames.height = 10;
    store::ByteSpool data(fs::path(path).parent_path().string());
    JpegEncoder encoder(95);
    for (int64_t index : indices) {
      Image image(20, 10, encoding == store::FrameEncoding::kRawGray ? 1 : 3);
      for (auto& sample : image.pixels) sample = static_cast<uint8_t>(index * 10);
      const auto bytes = encoding == store::FrameEncoding::kJpeg ? encoder.encode(image.view())
                                                                 : std::span<const uint8_t>(image.pixels);
      frames.frame_index.push_back(index);
      frames.time_s.push_back(id == "a" ? static_cast<double>(index) / 10 : std::numeric_limits<double>::quiet_NaN());
      frames.frame_bytes.push_back(static_cast<int64_t>(bytes.size()));
      data.append(bytes);
    }
    const store::Item& item = items[number];
    writer.add({&item, number, store::FileRecord{item.path, 1, std::string(64, '0')}}, frames, data);
    ++number;
  }
  writer.finish(nlohmann::ordered_json::object());
  writer.done();
  return path;
}

}  // namespace

TEST_CASE("frames of one video, with their places in it") {
  Scratch scratch;
  for (const auto encoding :
       {store::FrameEncoding::kJpeg, store::FrameEncoding::kRawRgb, store::FrameEncoding::kRawGray}) {
    const std::string path = make_pack(scratch.path + "/" + store::frame_encoding_name(encoding) + ".h5", encoding);
    const auto file = std::make_shared<const store::FramesFile>(path);
    PackSource source(file, "a");
    CHECK(source.promised_frames() == 3);
    CHECK(source.frame_rate() == doctest::Approx(10));
    for (int64_t index : {3, 5, 9}) {
      Frame* frame = source.next();
      REQUIRE(frame != nullptr);
      CHECK(frame->index == index);
      CHECK(frame->time_s == doctest::Approx(static_cast<double>(index) / 10));
      CHECK(frame->rgb().channels == 3);
      CHECK(frame->gray_or_rgb().channels == (encoding == store::FrameEncoding::kRawGray ? 1 : 3));
      CHECK(frame->gray_or_rgb().data[5] == index * 10);
      CHECK(frame->rgb().data[5] == index * 10);
      if (encoding == store::FrameEncoding::kRawRgb) {
        CHECK_THROWS_AS(frame->luma(), DataError);
      } else {
        CHECK(frame->luma().data[5] == index * 10);
      }
    }
    CHECK(source.next() == nullptr);
    PackSource second(file, 1);
    CHECK(second.frame_rate() == 0);
    CHECK(second.next()->time_s == 0);
    CHECK(second.next() == nullptr);
  }
}

TEST_CASE("a video that is not there, or one of several without a name, is an error") {
  Scratch scratch;
  const std::string path = make_pack(scratch.path + "/p.h5", store::FrameEncoding::kRawGray);
  const auto file = std::make_shared<const store::FramesFile>(path);
  CHECK_THROWS_AS(PackSource(file, "c"), DataError);
  CHECK_THROWS_AS(PackSource(file, ""), DataError);
  CHECK_THROWS_AS(PackSource(file, 2), DataError);
  CHECK_THROWS_AS(PackSource(file, -1), DataError);
  CHECK(source_kind(path) == SourceKind::kPack);
  CHECK_THROWS_AS(open_source(path), DataError);
  SourceOptions options;
  options.video_id = "b";
  CHECK(open_source(path, options)->promised_frames() == 1);
}

}  // namespace vs::media
