// What goes through the data pipeline: facts about a video, the frames to read, and the array that a network takes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/media/device_pictures.h"

namespace vs::data {

/// What a sampler may know of a video before its frames are read.
struct VideoFacts {
  std::string id;          ///< video_id; item streams of random numbers are derived from it
  int64_t num_frames = 0;  ///< as annotated, or counted
  double frame_rate = 0;   ///< frames a second, 0: unknown
  /// Motion between neighbouring frames, [num_frames - 1] raw values, or a stored cumulative curve; empty: none known.
  std::span<const double> motion = {};
  bool motion_is_curve = false;
};

/// Frames of one sample, clip after clip. Indices are 0-based and in [0, num_frames); they may repeat.
struct FramePlan {
  std::vector<int64_t> frames;
  int64_t clip_len = 1;   ///< frames fed at once
  int64_t num_clips = 1;  ///< clip_len * num_clips frames, or fewer: black ones are meant at the end
};

/// An array in row-major order, as networks take it. Axes are spelled by whoever makes it, such as [M,C,H,W]. Its
/// numbers are here or in the memory of a GPU.
struct Array {
  std::vector<int64_t> shape;
  std::vector<float> values = {};  ///< empty where `on_device` has them
  media::DeviceArray on_device = {};
};

}  // namespace vs::data
