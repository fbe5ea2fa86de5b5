#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/media/video_decoder.h"
#include "tests/lib/media/video_maker.h"

namespace vs::media {
namespace {

struct Decoded {
  std::vector<std::string> md5;
  std::vector<int64_t> ticks;
  std::vector<bool> damaged;
  std::vector<std::size_t> vectors;
  std::vector<std::string> warnings;
  std::string failure;
};

Decoded decode(const std::string& path, int threads, bool motion_vectors) {
  Decoded result;
  VideoOptions options;
  options.threads = threads;
  options.motion_vectors = motion_vectors;
  try {
    VideoDecoder decoder(path, options);
    while (const VideoFrame* frame = decoder.next()) {
      result.md5.push_back(frame->md5());
      result.ticks.push_back(frame->ticks);
      result.damaged.push_back(frame->damaged);
      result.vectors.push_back(frame->motion_vectors().size());
    }
    result.warnings = decoder.warnings();
  } catch (const DataError& error) {
    result.failure = error.what();
  }
  return result;
}

void check_threads_change_nothing(const std::string& path) {
  CAPTURE(path);
  for (const bool motion_vectors : {false, true}) {
    const Decoded one = decode(path, 1, motion_vectors), four = decode(path, 4, motion_vectors);
    CHECK(one.md5 == four.md5);
    CHECK(one.ticks == four.ticks);
    CHECK(one.damaged == four.damaged);
    CHECK(one.vectors == four.vectors);
    CHECK(one.warnings == four.warnings);
    CHECK(one.failure == four.failure);
  }
}

}  // namespace

TEST_CASE("one thread and four decode the same frames of whole and damaged videos") {
  const std::filesystem::path data = std::string(VS_TEST_DATA) + "/videos";
  int videos = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data)) {
    const std::string suffix = entry.path().extension().string();
    if (!entry.is_regular_file() || suffix == ".md" || suffix == ".png" || suffix == ".jpg") continue;
    check_threads_change_nothing(entry.path().string());
    ++videos;
  }
  CHECK(videos >= 10);
}

TEST_CASE("damage in the middle comes out alike with any number of threads") {
  const TestFolder folder;
  for (const std::string encoder : {"libx264", "mpeg4", "mpeg2video"}) {
    const std::string path = folder.path(encoder + ".mkv");
    write_test_video(path, {encoder, "bf=2;g=12", 60, 128, 96});
    std::string bytes = read_bytes(path);
    for (std::size_t at = bytes.size() / 3; at + 40 < bytes.size(); at += bytes.size() / 7) bytes[at] ^= 0x5A;
    write_bytes(path, bytes);
    check_threads_change_nothing(path);
    CHECK_FALSE(decode(path, 4, false).md5.empty());
  }
}

TEST_CASE("decoders at work at a time share the cores") {
  CHECK(decoder_threads(1) == std::clamp(available_cores(), 1, 16));
  CHECK(decoder_threads(0) == decoder_threads(1));
  CHECK(decoder_threads(1 << 20) == 1);
  CHECK(decoder_threads(1, 4) == 4);
  CHECK(decoder_threads(3, 8) == 2);
  CHECK(decoder_threads(4, 1) == 1);
  CHECK(decoder_threads(1, 100) == 16);
}

}  // namespace vs::media
