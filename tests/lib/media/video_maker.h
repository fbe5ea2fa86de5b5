// Small videos with known contents, encoded for a test, and a folder that goes with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vs::media {

/// A fresh folder, removed at the end of the test.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

/// How a test video is made.
struct TestVideo {
  std::string encoder = "ffv1";  ///< FFmpeg's name; "ffv1" is lossless and has key frames only
  std::string encoder_options;   ///< "bf=2;g=10"
  int frames = 12, width = 64, height = 48;
  int ticks_per_frame = 1;               ///< time base 1/25
  std::string pixel_format = "yuv420p";  ///< planes, of any chroma and up to 16 bits
};

/// Luma of test frame `index` at column x: a bright bar that moves two columns a frame on a ground of its own
/// brightness. Of more than 8 bits a sample those are the upper ones.
uint8_t test_luma(int index, int x);
/// Encodes frames 0 to frames - 1; the container follows from the name's extension.
void write_test_video(const std::string& path, const TestVideo& video = {});
/// A WAV file of half a second.
void write_test_sound(const std::string& path);

std::string read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

}  // namespace vs::media
