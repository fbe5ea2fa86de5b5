#include "lib/data/picture_plan.h"

#include <cstddef>
#include <numeric>
#include <span>
#include <variant>

namespace vs::data {
namespace {

media::Size size_of(sampling::Size size) { return {static_cast<int>(size.width), static_cast<int>(size.height)}; }
media::Size size_of(const sampling::Box& box) { return size_of(sampling::Size{box.width(), box.height()}); }

/// Where steps have led: a part of the resized picture, which may have been resized again, and as which crop.
struct View {
  sampling::Size resized;
  sampling::Box part;
  std::optional<sampling::Size> again = {};
  sampling::Box window = {};  ///< of the part resized again
  bool mirrored = false;
  int64_t crop = 0, crops = 1;
};

/// `box` is seen in the view.
void cut(View& view, const sampling::Box& box) {
  sampling::Box& seen = view.again ? view.window : view.part;
  const int64_t left = view.mirrored ? seen.width() - box.right : box.left;
  seen = {seen.left + left, seen.top + box.top, seen.left + left + box.width(), seen.top + box.bottom};
}

bool scale(View& view, const Scale& step, sampling::Size source) {
  if (step.opencv != media::OpencvResize::kBilinear || view.mirrored || view.again) return false;
  const sampling::Box whole{0, 0, source.width, source.height};
  const sampling::Box all{0, 0, step.size.width, step.size.height};
  if (view.resized == source && view.part == whole) {
    view.resized = step.size;
    view.part = all;
  } else {
    view.again = step.size;
    view.window = all;
  }
  return true;
}

/// Adds the views that the steps lead to; false where they cannot be told as views.
bool follow(std::span<const PixelStep> steps, View view, sampling::Size source, std::vector<View>& views) {
  for (; !steps.empty(); steps = steps.subspan(1)) {
    if (const auto* part = std::get_if<Cut>(&steps.front())) {
      cut(view, part->box);
    } else if (const auto* size = std::get_if<Scale>(&steps.front())) {
      if (!scale(view, *size, source)) return false;
    } else if (const auto* mirror = std::get_if<Mirror>(&steps.front())) {
      if (mirror->vertical) return false;
      view.mirrored = !view.mirrored;
    } else {
      const auto& parts = std::get<Parts>(steps.front()).views;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        View one = view;
        cut(one, parts[i].box);
        one.mirrored = view.mirrored != parts[i].mirrored;
        one.crop += static_cast<int64_t>(i) * view.crops;
        one.crops *= static_cast<int64_t>(parts.size());
        if (!follow(steps.subspan(1), one, source, views)) return false;
      }
      return true;
    }
  }
  views.push_back(view);
  return true;
}

}  // namespace

std::optional<media::PicturePlan> picture_plan(const std::vector<Course>& courses, const std::vector<int64_t>& groups,
                                               sampling::Size source, const Normalize& normalize, const Layout& layout,
                                               const FrameCounts& counts) {
  if (normalize.flow || counts.channels != 3) return std::nullopt;
  if (std::accumulate(groups.begin(), groups.end(), int64_t{0}) != counts.frames()) return std::nullopt;
  media::PicturePlan plan;
  plan.source = size_of(source);
  plan.window = size_of(courses.front().size);
  plan.shape = layout.shape(counts, plan.window.height, plan.window.width);
  const Normalization& values = normalize.values;
  const int red = values.swaps_channels() ? 2 : 0, step = values.swaps_channels() ? -1 : 1;
  for (int color = 0; color < 3; ++color) {
    media::ByteValues& of_color = plan.values.at(static_cast<std::size_t>(color));
    for (std::size_t byte = 0; byte < of_color.size(); ++byte)
      of_color.at(byte) = values(red + step * color, static_cast<uint8_t>(byte));
  }
  plan.channel_step = step * (layout.plane(counts, 0, 0, 1) - layout.plane(counts, 0, 0, 0));
  int64_t picture = 0;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    std::vector<View> views;
    const View whole{.resized = source, .part = {0, 0, source.width, source.height}};
    if (!follow(courses[group].steps, whole, source, views)) return std::nullopt;
    for (const int64_t end = picture + groups[group]; picture < end; ++picture) {
      for (const View& view : views) {
        const media::PicturePart part{static_cast<int>(view.part.left), static_cast<int>(view.part.top),
                                      size_of(view.part)};
        plan.windows.push_back({.picture = picture,
                                .resized = size_of(view.resized),
                                .part = part,
                                .again = view.again ? size_of(*view.again) : part.size,
                                .left = static_cast<int>(view.window.left),
                                .top = static_cast<int>(view.window.top),
                                .mirrored = view.mirrored,
                                .red_plane = layout.plane(counts, view.crop, picture, red)});
      }
    }
  }
  return plan;
}

}  // namespace vs::data
