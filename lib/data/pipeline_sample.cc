#include "lib/data/pipeline_sample.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/media/image_resize.h"
#include "lib/media/image_resize_pillow.h"

namespace vs::data {
namespace {

/// The part of a picture that `box` means, if the picture is seen mirrored as owed.
media::ImageView part_of(const media::ImageView& picture, const sampling::Box& box, bool across, bool upside_down) {
  const int64_t left = across ? picture.width - box.right : box.left;
  const int64_t top = upside_down ? picture.height - box.bottom : box.top;
  return {picture.data + top * picture.stride + left * picture.channels, static_cast<int>(box.width()),
          static_cast<int>(box.height()), picture.channels, picture.stride};
}

media::PicturePart part_of_size(const sampling::Box& box) {
  return {static_cast<int>(box.left),
          static_cast<int>(box.top),
          {static_cast<int>(box.width()), static_cast<int>(box.height())}};
}

}  // namespace

void mirror_picture(const media::ImageView& picture, bool across, bool upside_down, bool inverted,
                    media::Image& output) {
  if (output.width != picture.width || output.height != picture.height || output.channels != picture.channels)
    output = media::Image(picture.width, picture.height, picture.channels);
  const std::ptrdiff_t bytes = std::ptrdiff_t{picture.width} * picture.channels;
  for (int y = 0; y < picture.height; ++y) {
    const uint8_t* from = picture.data + (upside_down ? picture.height - 1 - y : y) * picture.stride;
    uint8_t* to = output.row(y);
    if (!across) {
      std::copy_n(from, bytes, to);
    } else if (picture.channels == 3) {
      const uint8_t* last = from + bytes;
      for (std::ptrdiff_t x = 0; x < bytes; x += 3) {
        last -= 3;
        to[x] = last[0];
        to[x + 1] = last[1];
        to[x + 2] = last[2];
      }
    } else {
      for (int x = 0; x < picture.width; ++x)
        std::copy_n(from + std::ptrdiff_t{picture.width - 1 - x} * picture.channels, picture.channels,
                    to + std::ptrdiff_t{x} * picture.channels);
    }
    if (inverted)
      for (std::ptrdiff_t i = 0; i < bytes; ++i) to[i] = static_cast<uint8_t>(255 - to[i]);
  }
}

PipelineSample::PipelineSample(std::vector<Course> courses, std::vector<int64_t> groups, sampling::Size source,
                               const Normalize& normalize, const Layout& layout, FrameCounts counts)
    : courses_(std::move(courses)),
      groups_(std::move(groups)),
      source_(source),
      normalize_(&normalize),
      layout_(layout),
      counts_(counts),
      pictures_(std::accumulate(groups_.begin(), groups_.end(), int64_t{0})) {
  const Course& first = courses_.front();
  std::size_t steps = 0;
  for (const Course& course : courses_) {
    steps = std::max(steps, course.steps.size());
    if (course.size != first.size || course.crops != first.crops)
      throw DataError("sample",
                      fmt::format("has frames of {}x{} and {}x{}", first.size.width, first.size.height,
                                  course.size.width, course.size.height),
                      "end with a resize to one size");
  }
  shape_ = layout.shape(counts, first.size.height, first.size.width);
  put_.resize(static_cast<std::size_t>(pictures_));
  resized_.resize(steps);
  settled_.resize(steps + 1);
  constexpr int64_t kMostValues = int64_t{1} << 36;
  for (const int64_t size : shape_) {
    if (size > kMostValues / num_values_)
      throw DataError("sample", fmt::format("of shape [{}] is too large", fmt::join(shape_, ", ")));
    num_values_ *= size;
  }
}

std::optional<media::PicturePlan> PipelineSample::picture_plan() const {
  return data::picture_plan(courses_, groups_, source_, *normalize_, layout_, counts_);
}

const Course& PipelineSample::course_of(int64_t position) const {
  std::size_t group = 0;
  for (; position >= groups_[group]; ++group) position -= groups_[group];
  return courses_[group];
}

void PipelineSample::put(int64_t position, const media::ImageView& picture, std::span<float> out) {
  if (position < 0 || position >= pictures_ || static_cast<int64_t>(out.size()) != num_values_)
    throw std::logic_error("picture or memory outside the sample");
  const int channels = normalize_->flow ? 1 : static_cast<int>(counts_.channels);
  if (picture.width != source_.width || picture.height != source_.height)
    throw DataError(fmt::format("picture {}", position), fmt::format("is {}x{}, those before it {}x{}", picture.width,
                                                                     picture.height, source_.width, source_.height));
  if (picture.channels != channels)
    throw DataError(fmt::format("picture {}", position),
                    fmt::format("has {} channels, not {}", picture.channels, channels));
  run(course_of(position), 0, picture, {}, 0, 1, position, out);
  put_[static_cast<std::size_t>(position)] = true;
}

void PipelineSample::run(const Course& course, std::size_t step, media::ImageView picture, Owed owed, int64_t crop,
                         int64_t crops, int64_t position, std::span<float> out) {
  for (; step < course.steps.size(); ++step) {
    if (const auto* cut = std::get_if<Cut>(&course.steps[step])) {
      picture = part_of(picture, cut->box, owed.across, owed.upside_down);
    } else if (const auto* scale = std::get_if<Scale>(&course.steps[step])) {
      // A resize is not the same from both sides: mirrors before it come first. Inversion can wait as little, since
      // rounding is not symmetric either.
      if (owed.across || owed.upside_down || owed.inverted) {
        mirror_picture(picture, owed.across, owed.upside_down, owed.inverted, settled_[step]);
        picture = settled_[step].view();
        owed = {};
      }
      const media::Size size{static_cast<int>(scale->size.width), static_cast<int>(scale->size.height)};
      const auto* cut_after = step + 1 < course.steps.size() ? std::get_if<Cut>(&course.steps[step + 1]) : nullptr;
      if (scale->opencv) {
        media::resize_as_opencv(picture, size, *scale->opencv, resized_[step]);
      } else if (cut_after) {
        // Only what the next step keeps is made.
        media::resize_as_pillow(picture, size, part_of_size(cut_after->box), resized_[step]);
        picture = resized_[step++].view();
        continue;
      } else {
        media::resize_as_pillow(picture, size, resized_[step]);
      }
      picture = resized_[step].view();
    } else if (const auto* mirror = std::get_if<Mirror>(&course.steps[step])) {
      (mirror->vertical ? owed.upside_down : owed.across) ^= true;
      if (course.flow && position % 2 == 0) owed.inverted ^= true;
    } else {
      const auto& views = std::get<Parts>(course.steps[step]).views;
      for (std::size_t i = 0; i < views.size(); ++i) {
        Owed of_view = owed;
        of_view.across ^= views[i].mirrored;
        run(course, step + 1, part_of(picture, views[i].box, owed.across, owed.upside_down), of_view,
            crop + static_cast<int64_t>(i) * crops, crops * static_cast<int64_t>(views.size()), position, out);
      }
      return;
    }
  }
  write(course, picture, owed, crop, position, out);
}

void PipelineSample::write(const Course& course, const media::ImageView& picture, const Owed& owed, int64_t crop,
                           int64_t position, std::span<float> out) {
  media::ImageView view = picture;
  if (owed.across || owed.inverted) {
    mirror_picture(picture, owed.across, owed.upside_down, owed.inverted, settled_.back());
    view = settled_.back().view();
  } else if (owed.upside_down) {
    view.data += std::ptrdiff_t{view.height - 1} * view.stride;
    view.stride = -view.stride;
  }
  const int64_t area = int64_t{view.width} * view.height;
  if (course.flow) {
    const int channel = static_cast<int>(position % 2);
    float factor = 1;
    if (normalize_->adjust_magnitude) factor = channel == 0 ? course.factor_x : course.factor_y;
    normalize_->values.plane(view, channel, factor,
                             out.data() + layout_.plane(counts_, crop, position / 2, channel) * area);
    return;
  }
  const int64_t first = layout_.plane(counts_, crop, position, 0);
  normalize_->values.planes(view, out.data() + first * area,
                            (layout_.plane(counts_, crop, position, 1) - first) * area);
}

void PipelineSample::finish(std::span<float> out) {
  if (!std::all_of(put_.begin(), put_.end(), [](bool done) { return done; }))
    throw std::logic_error("a picture of the sample was not put");
  const int64_t area = courses_.front().size.width * courses_.front().size.height;
  for (int64_t frame = normalize_->flow ? pictures_ / 2 : pictures_; frame < counts_.frames(); ++frame)
    for (int64_t crop = 0; crop < counts_.crops; ++crop)
      for (int64_t channel = 0; channel < counts_.channels; ++channel)
        std::fill_n(out.data() + layout_.plane(counts_, crop, frame, channel) * area, area,
                    normalize_->values(static_cast<int>(channel), 0));
}

}  // namespace vs::data
