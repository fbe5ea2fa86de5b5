#include "lib/data/transforms/course.h"

#include <stdexcept>

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::data {
namespace {

bool lies_in(const sampling::Box& box, sampling::Size size) {
  return box.left >= 0 && box.top >= 0 && box.left < box.right && box.top < box.bottom && box.right <= size.width &&
         box.bottom <= size.height;
}

}  // namespace

void Course::cut(const sampling::Box& box) {
  if (!lies_in(box, size)) throw std::logic_error("crop outside the frame");
  size = {box.width(), box.height()};
  steps.emplace_back(Cut{box});
}

void Course::scale(sampling::Size to, std::optional<media::OpencvResize> opencv) {
  if (!media::image_size_ok(to.width, to.height))
    throw DataError("frame",
                    fmt::format("{}x{} would be resized to {}x{}", size.width, size.height, to.width, to.height));
  factor_x *= static_cast<float>(static_cast<double>(to.width) / static_cast<double>(size.width));
  factor_y *= static_cast<float>(static_cast<double>(to.height) / static_cast<double>(size.height));
  if (to == size) return;
  steps.emplace_back(Scale{to, opencv});
  size = to;
}

void Course::mirror(bool vertical) { steps.emplace_back(Mirror{vertical}); }

void Course::parts(std::vector<sampling::CropView> views) {
  for (const sampling::CropView& view : views)
    if (!lies_in(view.box, size) || view.box.width() != views.front().box.width() ||
        view.box.height() != views.front().box.height())
      throw std::logic_error("crop outside the frame, or crops of several sizes");
  size = {views.front().box.width(), views.front().box.height()};
  crops *= static_cast<int64_t>(views.size());
  steps.emplace_back(Parts{std::move(views)});
}

}  // namespace vs::data
