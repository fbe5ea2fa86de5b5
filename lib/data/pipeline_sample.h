// One sample in the making: frames go in one by one, in any order, and are not kept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lib/data/picture_plan.h"
#include "lib/data/transforms/course.h"
#include "lib/data/transforms/layout.h"
#include "lib/data/transforms/normalize.h"
#include "lib/media/image.h"

namespace vs::data {

/// Turns the frames of one sample into its array, every draw having been made. Made by Pipeline::begin(), which it may
/// not outlive. One thread at a time.
class PipelineSample {
 public:
  /// groups: how many pictures each course is for, one after the other; all courses lead to frames of one size, else
  /// DataError.
  PipelineSample(std::vector<Course> courses, std::vector<int64_t> groups, sampling::Size source,
                 const Normalize& normalize, const Layout& layout, FrameCounts counts);

  /// Of the whole array, in row-major order.
  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t num_values() const { return num_values_; }
  /// The label after mirrors that change it.
  std::optional<int64_t> label() const { return courses_.front().label; }
  /// The same as one step for the whole sample, where it is no more than that.
  std::optional<media::PicturePlan> picture_plan() const;
  /// Pictures to put: one a frame of the plan, of optical flow two.
  int64_t num_pictures() const { return pictures_; }

  /// Writes what picture `position` becomes; `out` is the whole array, [num_values()]. Every part of the array is
  /// written by one picture alone.
  ///
  /// Throws DataError for a picture whose size or channels are not those of the sample.
  void put(int64_t position, const media::ImageView& picture, std::span<float> out);
  /// Writes the frames that the plan leaves out at its end as black ones. Throws std::logic_error for pictures not put.
  void finish(std::span<float> out);

 private:
  /// How the picture in hand differs from the one that it stands for.
  struct Owed {
    bool across = false, upside_down = false;  ///< to be mirrored
    bool inverted = false;                     ///< to become 255 - v
  };
  const Course& course_of(int64_t position) const;
  void run(const Course& course, std::size_t step, media::ImageView picture, Owed owed, int64_t crop, int64_t crops,
           int64_t position, std::span<float> out);
  void write(const Course& course, const media::ImageView& picture, const Owed& owed, int64_t crop, int64_t position,
             std::span<float> out);

  std::vector<Course> courses_;
  std::vector<int64_t> groups_;
  sampling::Size source_;
  const Normalize* normalize_;
  Layout layout_;
  FrameCounts counts_;
  int64_t pictures_ = 0, num_values_ = 1;
  std::vector<int64_t> shape_;
  std::vector<bool> put_;
  std::vector<media::Image> resized_, settled_;  ///< of each step, and of the end
};

/// A picture mirrored left to right, upside down, and with its values taken from 255, as asked for.
void mirror_picture(const media::ImageView& picture, bool across, bool upside_down, bool inverted,
                    media::Image& output);

}  // namespace vs::data
