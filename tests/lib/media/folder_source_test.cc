#include "lib/media/folder_source.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lib/core/error.h"
#include "lib/media/image_jpeg.h"
#include "lib/media/image_png.h"
#include "lib/media/open_source.h"

namespace vs::media {
namespace {

namespace fs = std::filesystem;

/// A folder that goes away with the test.
struct Scratch {
  std::string path = (fs::temp_directory_path() / ("vs_folder_source_" + std::to_string(::getpid()))).string();
  Scratch() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Scratch() { fs::remove_all(path); }
};

Image flat(uint8_t value, int channels = 3) {
  Image image(20, 10, channels);
  for (auto& sample : image.pixels) sample = value;
  return image;
}

void save(const std::string& path, std::span<const uint8_t> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void save_jpeg(const std::string& path, uint8_t value) {
  JpegEncoder encoder(95);
  save(path, encoder.encode(flat(value).view()));
}

}  // namespace

TEST_CASE("pictures come in the order of their numbers, whatever the first one is") {
  Scratch scratch;
  // Without padding, so that the order of names is not that of numbers.
  for (int i = 8; i <= 11; ++i)
    save_jpeg(scratch.path + "/img_" + std::to_string(i) + ".jpg", static_cast<uint8_t>(i * 10));
  save_jpeg(scratch.path + "/.img_1.jpg", 0);
  std::ofstream(scratch.path + "/notes.txt") << "text";
  FolderSource source(scratch.path, std::nullopt, 25);
  CHECK(source.promised_frames() == 4);
  CHECK(source.first_number() == 8);
  CHECK(source.warnings().empty());
  for (int i = 0; i < 4; ++i) {
    Frame* frame = source.next();
    REQUIRE(frame != nullptr);
    CHECK(frame->index == i);
    CHECK(frame->time_s == doctest::Approx(i / 25.0));
    CHECK(frame->width == 20);
    CHECK(frame->height == 10);
    CHECK(frame->rgb().data[0] == (8 + i) * 10);
    CHECK(frame->luma().data[0] == (8 + i) * 10);
  }
  CHECK(source.next() == nullptr);
  CHECK(source.next() == nullptr);
}

TEST_CASE("a template picks its files, gaps are a warning, time is the index where no rate is known") {
  Scratch scratch;
  for (int i : {0, 1, 3}) {
    save_jpeg(scratch.path + "/" + FileTemplate::parse("img_{:05}.jpg").name(i), 50);
    save_jpeg(scratch.path + "/" + FileTemplate::parse("flow_x_%05d.jpg").name(i), 200);
  }
  FolderSource source(scratch.path, FileTemplate::parse("img_%05d.jpg"));
  CHECK(source.promised_frames() == 3);
  REQUIRE(source.warnings().size() == 1);
  CHECK(source.warnings()[0] == "1 of the numbers 0 to 3 are missing");
  CHECK(source.next()->rgb().data[0] == 50);
  source.next();
  CHECK(source.next()->time_s == 2);
  CHECK_THROWS_AS(FolderSource(scratch.path, FileTemplate::parse("{}.png")), DataError);
}

TEST_CASE("PNG pictures, gray ones too, have no luma plane") {
  Scratch scratch;
  save(scratch.path + "/000.png", encode_png(flat(7).view()));
  save(scratch.path + "/001.png", encode_png(flat(9, 1).view()));
  FolderSource source(scratch.path);
  Frame* frame = source.next();
  CHECK(frame->rgb().data[2] == 7);
  CHECK_THROWS_AS(frame->luma(), DataError);
  CHECK(source.next()->rgb().data[2] == 9);
}

TEST_CASE("folders without pictures, and pictures that are none, are errors that name them") {
  Scratch scratch;
  CHECK_THROWS_AS(FolderSource(scratch.path + "/nowhere"), DataError);
  CHECK_THROWS_AS(FolderSource{scratch.path}, DataError);
  std::ofstream(scratch.path + "/img_0.jpg") << "text";
  FolderSource source(scratch.path);
  try {
    source.next();
    CHECK(false);
  } catch (const DataError& error) {
    CHECK(error.place() == scratch.path + "/img_0.jpg");
  }
}

TEST_CASE("open_source knows what a path is") {
  Scratch scratch;
  save_jpeg(scratch.path + "/img_1.jpg", 5);
  CHECK(source_kind(scratch.path) == SourceKind::kFolder);
  CHECK(open_source(scratch.path)->promised_frames() == 1);
  const std::string video = std::string(VS_TEST_DATA) + "/videos/low_fps_1.mp4";
  CHECK(source_kind(video) == SourceKind::kVideo);
  int frames = 0;
  for (const auto source = open_source(video); source->next();) ++frames;
  CHECK(frames == 5);
  CHECK_THROWS_AS(source_kind(scratch.path + "/nothing"), DataError);
  CHECK_THROWS_AS(open_source(scratch.path + "/nothing"), DataError);
}

}  // namespace vs::media
