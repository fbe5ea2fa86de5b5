#include "lib/evaluate/input_sheet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "lib/core/error.h"
#include "lib/jobs/motion/contact_sheet.h"
#include "lib/media/image_resize.h"

namespace vs::evaluate {
namespace {

/// Of a picture in a sheet.
constexpr int kHeight = 120;
constexpr std::array<uint8_t, 3> kPatchColor = {230, 159, 0};

/// [frames, 3, H, W] of the first crop.
at::Tensor frames_of(const at::Tensor& input, const data::FramePlan& plan) {
  at::Tensor frames = input.dim() == 5 ? input.permute({0, 2, 1, 3, 4}).flatten(0, 1) : input;
  const auto count = static_cast<int64_t>(plan.frames.size());
  if (frames.size(0) < count) throw DataError("sheet", "the sample has fewer pictures than frames");
  frames = frames.narrow(0, 0, count);
  const double low = frames.min().item<double>(), high = frames.max().item<double>();
  const double scale = high > low ? 255 / (high - low) : 0;
  return ((frames - low) * scale).round().to(at::kByte).permute({0, 2, 3, 1}).contiguous();
}

void draw_patch(media::Image& picture, double top, double left, int64_t size) {
  constexpr int kLine = 3;
  const auto edge = [](double value, int limit) {
    return std::clamp(static_cast<int>(std::lround(value)), 0, limit - 1);
  };
  const int y0 = edge(top, picture.height), x0 = edge(left, picture.width);
  const int y1 = edge(top + static_cast<double>(size), picture.height);
  const int x1 = edge(left + static_cast<double>(size), picture.width);
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      const bool inside = y - y0 >= kLine && y1 - y >= kLine && x - x0 >= kLine && x1 - x >= kLine;
      if (!inside) std::copy(kPatchColor.begin(), kPatchColor.end(), picture.row(y) + std::ptrdiff_t{3} * x);
    }
  }
}

}  // namespace

media::Image draw_input_sheet(const Experiment& experiment, data::Sample& sample, const store::VideoScores& scores,
                              int64_t patch_size) {
  const at::Tensor frames = frames_of(experiment.input_of(sample.input), sample.plan);
  const auto height = static_cast<int>(frames.size(1)), width = static_cast<int>(frames.size(2));
  std::map<int64_t, media::Image> pictures;
  for (size_t i = 0; i < sample.plan.frames.size(); ++i) {
    media::Image picture(width, height, 3);
    const auto* const first = frames[static_cast<int64_t>(i)].const_data_ptr<uint8_t>();
    std::copy_n(first, picture.pixels.size(), picture.pixels.begin());
    pictures.try_emplace(sample.plan.frames[i], std::move(picture));
  }
  for (size_t k = 0; patch_size > 0 && 2 * k + 1 < scores.pick_patches.size(); ++k) {
    const auto found = pictures.find(scores.pick_frames[k]);
    if (found != pictures.end())
      draw_patch(found->second, scores.pick_patches[2 * k], scores.pick_patches[2 * k + 1], patch_size);
  }
  for (auto& [frame, picture] : pictures) {
    media::Image small;
    const int wide = std::max(1, static_cast<int>(std::lround(static_cast<double>(width) * kHeight / height)));
    media::resize_as_opencv(picture.view(), {wide, kHeight}, media::OpencvResize::kArea, small);
    picture = std::move(small);
  }
  std::vector<int64_t> looked = scores.pick_frames, given = sample.plan.frames;
  for (auto* list : {&looked, &given}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  std::vector<jobs::SheetBlock> blocks = {{scores.video_id + (patch_size > 0 ? ": patches" : ": looked at"), looked}};
  if (given != looked) blocks.push_back({"given", given});
  return jobs::draw_contact_sheet(blocks, pictures);
}

}  // namespace vs::evaluate
