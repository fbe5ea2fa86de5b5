// What happens in a video, before anything is drawn.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "examples/bursts/glyph.h"
#include "examples/bursts/options.h"

namespace vs::bursts {

/// Frames in which one glyph is there and moves.
struct Burst {
  int label = 0;
  int64_t start = 0;  ///< frame index
  double size = 0, angle = 0;
  std::vector<Point> centers;  ///< [frames of the burst], in the picture
};

/// All that a video shows but its texture and noise.
struct Story {
  std::string name;                ///< "train_00012", which is also the item that its random streams belong to
  std::vector<int> labels;         ///< in the order of the bursts
  std::vector<Burst> bursts;       ///< by start
  std::vector<Glyph> distractors;  ///< where they lie while the camera is at its beginning
  std::vector<Point> camera;       ///< [frames], how far the picture's content is shifted
  double brightness = 0;           ///< mean gray level of the background
  double blue = 0, red = 0;        ///< color of the whole video, chroma levels around 128
};

/// Frames that bursts of at most `longest` frames take: between two of them lies a gap.
int64_t frames_for_bursts(int64_t longest, int labels);

/// How far the camera can be from its beginning, pixels in each direction.
double camera_reach(const SceneOptions& scene);

/// The story of video `index` of a split. It depends on the seed, the split's name, the index and the scene alone.
/// Labels come in shuffled rounds, so that all classes are equally frequent; a second label is one of the others.
Story make_story(const SceneOptions& scene, uint64_t seed, std::string_view split, int64_t index);

}  // namespace vs::bursts
