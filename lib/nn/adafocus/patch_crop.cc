#include "lib/nn/adafocus/patch_crop.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/device.h"

namespace vs::nn {
namespace {

/// One row of theta, over the coordinates (x, y, 1): scale on its own axis, then the offset that puts the square's
/// first pixel at action * (length - size).
at::Tensor theta_row(const at::Tensor& action, int64_t axis, int64_t length, int64_t size) {
  const auto span = static_cast<double>(length);
  const auto side = static_cast<double>(size);
  const at::Tensor offset = (action * (2 * (span - side)) + side) / span - 1;
  const at::Tensor scale = at::full_like(offset, side / span), none = at::zeros_like(offset);
  return axis == 0 ? at::stack({scale, none, offset}, 1) : at::stack({none, scale, offset}, 1);
}

}  // namespace

at::Tensor crop_patches(const at::Tensor& images, const at::Tensor& actions, int64_t size) {
  if (images.dim() != 4) throw DataError("patch crop", fmt::format("images have {} axes, not 4", images.dim()));
  const int64_t height = images.size(2), width = images.size(3);
  if (size < 1 || size > height || size > width)
    throw DataError("patch crop", fmt::format("patches of {} pixels do not fit into {}x{}", size, width, height));
  if (actions.dim() != 2 || actions.size(0) != images.size(0) || actions.size(1) != 2)
    throw DataError("patch crop", fmt::format("there are {} images, but not as many pairs of actions", images.size(0)));
  if (const DeviceOperations* own = operations_of(images.device())) return own->crop_patches(images, actions, size);
  return crop_patches_composed(images, actions, size);
}

at::Tensor crop_patches_composed(const at::Tensor& images, const at::Tensor& actions, int64_t size) {
  const int64_t height = images.size(2), width = images.size(3);
  const at::Tensor where = actions.to(images.scalar_type());
  const at::Tensor theta =
      at::stack({theta_row(where.select(1, 1), 0, width, size), theta_row(where.select(1, 0), 1, height, size)}, 1);
  const at::Tensor grid = at::affine_grid_generator(theta, {images.size(0), images.size(1), size, size}, false);
  constexpr int64_t kBilinear = 0, kZeros = 0;
  if (!at::isReducedFloatingType(images.scalar_type())) return at::grid_sampler(images, grid, kBilinear, kZeros, false);
  // LibTorch's CPU kernel counts pixels in the images' type: in one of 16 bits it reads beyond them.
  return at::grid_sampler(images.to(at::kFloat), grid.to(at::kFloat), kBilinear, kZeros, false)
      .to(images.scalar_type());
}

}  // namespace vs::nn
