#include "lib/data/picture_plan.h"

#include <cstddef>
#include <numeric>
#include <span>
#include <variant>

namespace vs::data {
namespace {

/// Where steps have led: a part of the resized picture, seen mirrored or not, and as which crop.
struct View {
  sampling::Size resized;
  sampling::Box box;
  bool mirrored = false;
  int64_t crop = 0, crops = 1;
};

/// `box` is seen in the view.
void cut(View& view, const sampling::Box& box) {
  const int64_t left = view.mirrored ? view.box.width() - box.right : box.left;
  const sampling::Box part{view.box.left + left, view.box.top + box.top, view.box.left + left + box.width(),
                           view.box.top + box.bottom};
  view.box = part;
}

bool scale(View& view, const Scale& step, sampling::Size source) {
  const bool is_source = view.resized == source && view.box == sampling::Box{0, 0, source.width, source.height};
  if (step.opencv != media::OpencvResize::kBilinear || !is_source || view.mirrored) return false;
  view.resized = step.size;
  view.box = {0, 0, step.size.width, step.size.height};
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

std::optional<PicturePlan> picture_plan(const std::vector<Course>& courses, const std::vector<int64_t>& groups,
                                        sampling::Size source, const Normalize& normalize, const Layout& layout,
                                        const FrameCounts& counts) {
  if (normalize.flow || counts.channels != 3) return std::nullopt;
  if (std::accumulate(groups.begin(), groups.end(), int64_t{0}) != counts.frames()) return std::nullopt;
  PicturePlan plan;
  plan.source = source;
  plan.window = courses.front().size;
  plan.shape = layout.shape(counts, plan.window.height, plan.window.width);
  const Normalization& values = normalize.values;
  const int red = values.swaps_channels() ? 2 : 0, step = values.swaps_channels() ? -1 : 1;
  for (int color = 0; color < 3; ++color) {
    const auto [mean, std] = values.of_bytes(red + step * color);
    plan.mean.at(static_cast<std::size_t>(color)) = mean;
    plan.std.at(static_cast<std::size_t>(color)) = std;
  }
  plan.channel_step = step * (layout.plane(counts, 0, 0, 1) - layout.plane(counts, 0, 0, 0));
  int64_t picture = 0;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    std::vector<View> views;
    const View whole{.resized = source, .box = {0, 0, source.width, source.height}};
    if (!follow(courses[group].steps, whole, source, views)) return std::nullopt;
    for (const int64_t end = picture + groups[group]; picture < end; ++picture) {
      for (const View& view : views) {
        plan.windows.push_back({.picture = picture,
                                .resized = view.resized,
                                .left = view.box.left,
                                .top = view.box.top,
                                .mirrored = view.mirrored,
                                .red_plane = layout.plane(counts, view.crop, picture, red)});
      }
    }
  }
  return plan;
}

}  // namespace vs::data
