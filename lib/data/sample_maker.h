// What turns a video into a network's input: which frames, and what is done with their pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "lib/core/random.h"
#include "lib/data/sample.h"
#include "lib/media/device_pictures.h"
#include "lib/media/image.h"

namespace vs::data {

/// Sampler and transforms of one data pipeline. Several threads call one object at a time; all that is random comes
/// from `random`, which is the item's own stream, asked by choose() first and then by apply().
class SampleMaker {
 public:
  virtual ~SampleMaker() = default;

  /// The frames to read. Throws DataError for a video that the sampler cannot serve.
  virtual FramePlan choose(const VideoFacts& facts, RandomSource& random) const = 0;
  /// The input made of RGB pictures, all of one size, one for each entry of plan.frames in its order.
  /// Throws DataError for pictures that do not fit.
  virtual Array apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random) const = 0;
  /// The same; a label that is given is changed as the pictures are, where a step changes labels.
  virtual Array apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random,
                      std::optional<int64_t>& /*label*/) const {
    return apply(std::move(frames), plan, random);
  }
  /// The same of pictures on the GPU that decoded them, which take the places of frames in this `order`. What cannot be
  /// made there is made here. Throws RunError where the GPU fails.
  virtual Array apply(media::DevicePictures& pictures, std::span<const int64_t> order, const FramePlan& plan,
                      RandomSource& random, std::optional<int64_t>& label) const {
    return apply(frames_on_host(pictures, order), plan, random, label);
  }

 protected:
  static std::vector<media::Image> frames_on_host(media::DevicePictures& pictures, std::span<const int64_t> order) {
    std::vector<media::Image> frames;
    frames.reserve(order.size());
    for (const int64_t number : order) frames.push_back(media::picture_on_host(pictures, number));
    return frames;
  }
};

}  // namespace vs::data
