// What the user asks of vs-bursts.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/text.h"

namespace vs::bursts {

/// Least and most, both included.
struct Range {
  int64_t min = 0, max = 0;
};

/// One list of videos.
struct Split {
  std::string name;
  int64_t videos = 0;
};

/// How the glyphs that stay differ from the one that moves.
enum class DistractorLook {
  kDark,  ///< darker than the background, the moving one lighter: one frame of the burst tells it
  kSame,  ///< light as well: only what changes between frames tells it
};

/// What each video is like.
struct SceneOptions {
  int64_t width = 96, height = 96, frames = 48;
  Range burst, glyph_size, speed;  ///< frames; pixels; pixels a frame
  int classes = 10, labels = 1;
  int64_t distractors = 4;
  DistractorLook look = DistractorLook::kDark;
  double contrast = 0;  ///< of glyphs, gray levels
  double texture = 0;   ///< standard deviation of the background, gray levels
  double noise = 0;     ///< standard deviation, gray levels, of each pixel of each frame
  double shake = 0;     ///< standard deviation of a step of the camera, pixels, in each direction
};

/// The whole command line.
struct BurstsOptions {
  SceneOptions scene;
  std::vector<Split> splits;
  Fraction fps;
  double crf = 23;
  uint64_t seed = 0;
  int jobs = 0;
  bool force = false;
  std::string output;
};

/// The option table of vs-bursts.
cli::OptionTable bursts_option_table();

/// Reads and checks the options together. Throws UsageError: odd sizes, a burst longer than the video, glyphs that do
/// not fit into the picture, lists that cannot be made.
BurstsOptions read_bursts_options(const cli::ParsedOptions& parsed);

}  // namespace vs::bursts
