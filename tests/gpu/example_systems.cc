#include "tests/gpu/example_systems.h"

#include <algorithm>
#include <stdexcept>

#include "lib/nn/loading.h"
#include "lib/nn/noise.h"
#include "lib/store/recipe.h"

namespace vs::cuda::testing {

std::vector<Example> examples() {
  return {
      {"tsn_r50_1x1x8_50e_minik_rgb", {"model.backbone.depth=18", "model.cls_head.in_channels=512"}, {2, 4, 3, 64, 64}},
      {"tsm_r18_1x1x8_50e_sthv1_rgb", {}, {2, 8, 3, 64, 64}},
      {"slowonly_r50_8x8x1_150e_k400_rgb", {}, {1, 2, 3, 4, 64, 64}},
      {"swin_small_32x2x1_30e_k400", {"model.backbone.depths=[2,2,2,2]"}, {2, 1, 3, 4, 60, 60}},
      {"mini_kinetics_10to4_resnet50", {"model.resize_px=64"}, {2, 10, 3, 96, 96}},
      {"actnet_p128_mbv2", {"model.num_segments=3"}, {2, 3, 3, 224, 224}},
      {"sthv1_p128", {"model.num_segments=4"}, {2, 10, 3, 224, 224}},
      {"DRCA-S-K4-224", {"model.backbone.img_size=128"}, {2, 1, 3, 8, 128, 128}},
      {"rkd_r50_1x1x8_100e_minik", {}, {1, 3, 3, 224, 224}},
  };
}

std::unique_ptr<systems::System> built(const Example& example) {
  const store::Recipe recipe = store::Recipe::load(example.recipe, example.assignments);
  auto system = systems::build_system(recipe.model());
  nn::initialise(system->module(), 7);
  return system;
}

at::Tensor video_batch(const Example& example) {
  constexpr int64_t kDetail = 16;
  nn::SeededNoise noise(11);
  const auto& shape = example.shape;
  const int64_t height = shape[shape.size() - 2], width = shape.back();
  int64_t pictures = 1;
  for (size_t axis = 0; axis + 2 < shape.size(); ++axis) pictures *= shape[axis];
  const at::Tensor coarse =
      noise.normal({pictures, 1, height / kDetail + 1, width / kDetail + 1}, at::TensorOptions(at::kFloat));
  return at::upsample_bicubic2d(coarse, {height, width}, /*align_corners=*/false).view(shape);
}

const at::Tensor& values_of(const systems::Result& result) {
  return result.clip_scores.defined() ? result.clip_scores : result.embeddings;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) throw std::logic_error("tensors of two shapes");
  const double scale = std::max(b.abs().max().item<double>(), 1e-12);
  return (a - b).abs().max().item<double>() / scale;
}

}  // namespace vs::cuda::testing
