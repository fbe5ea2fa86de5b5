// Golden kinds of geometry: sizes of resized pictures, crop boxes, crops of several positions.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/sampling/crop.h"
#include "lib/sampling/geometry.h"
#include "tests/golden/draws.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using sampling::Box;
using sampling::MultiScale;
using sampling::Size;

void append(std::vector<int64_t>& values, const Box& box) {
  values.insert(values.end(), {box.left, box.top, box.right, box.bottom});
}

/// A number for a square, or [width, height].
Size size_of(const json& value) {
  if (value.is_array()) return {value.at(0), value.at(1)};
  return {value, value};
}

Size rescaled(Size picture, const json& scale) {
  if (scale.is_array()) return sampling::rescale_within(picture, scale.at(0), scale.at(1));
  return sampling::rescale(picture, scale);
}

void check_resize_sizes(const Case& c, Report& report) {
  const std::vector<int64_t> wh = c.input<int64_t>("wh");
  const json& scales = c.parameters().at("scales");
  std::vector<int64_t> got;
  for (size_t i = 0; i + 1 < wh.size(); i += 2) {
    for (const json& scale : scales) {
      const Size size = rescaled({wh[i], wh[i + 1]}, scale);
      got.insert(got.end(), {size.width, size.height});
    }
  }
  report.compare("wh", got, {wh.size() / 2, scales.size(), 2});
}

MultiScale multi_scale_of(const json& args) {
  MultiScale how;
  how.input = size_of(args.at("input_size"));
  how.scales = args.value("scales", std::vector<double>{1});
  how.max_gap = args.value("max_wh_scale_gap", 1);
  how.random_position = args.value("random_crop", false);
  how.num_fixed_crops = args.value("num_fixed_crops", 5);
  how.keep_inside = false;
  return how;
}

Box drawn_box(const std::string& transform, const json& args, Size picture, RandomSource& random) {
  if (transform == "RandomCrop") return sampling::random_crop(picture, args.at("size"), random);
  if (transform == "CenterCrop") return sampling::center_crop(picture, size_of(args.at("crop_size")));
  if (transform == "MultiScaleCrop") return sampling::multi_scale_crop(picture, multi_scale_of(args), random);
  if (transform == "RandomResizedCrop") {
    sampling::ResizedCropRange range;
    const json areas = args.value("area_range", json{range.area_min, range.area_max});
    const json aspects = args.value("aspect_ratio_range", json{range.aspect_min, range.aspect_max});
    range = {areas.at(0), areas.at(1), aspects.at(0), aspects.at(1)};
    return sampling::random_resized_crop(picture, range, random);
  }
  throw DataError("case", "transform " + transform + " unknown");
}

/// <label>_<H>x<W>_pairs_wh and <label>_<H>x<W>_offsets_of_last_pair_xy: every choice that a multi-scale crop has.
void check_choices(const Case& c, Report& report, const std::string& label, const json& args) {
  const std::regex pattern(R"((.*)_(\d+)x(\d+)_(pairs_wh|offsets_of_last_pair_xy))");
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (!std::regex_match(name, match, pattern) || match[1] != label) continue;
    const MultiScale how = multi_scale_of(args);
    const Size picture{std::stoll(match[3]), std::stoll(match[2])};
    const std::vector<Size> sizes = sampling::multi_scale_sizes(picture, how);
    std::vector<int64_t> got;
    if (match[4] == "pairs_wh") {
      for (const Size size : sizes) got.insert(got.end(), {size.width, size.height});
    } else {
      for (const auto at : sampling::multi_scale_positions(picture, sizes.back(), how.num_fixed_crops))
        got.insert(got.end(), {at.x, at.y});
    }
    report.compare(name, got, {got.size() / 2, 2});
  }
}

void check_crop_boxes(const Case& c, Report& report) {
  for (const json& variant : c.parameters().at("variants")) {
    const std::string label = variant.at("label"), transform = variant.at("transform");
    const json& args = variant.at("args");
    const std::vector<int64_t> hw = c.input<int64_t>(label + "_hw");
    std::vector<double> draws;
    if (c.has_input(label + "_u")) draws = c.input<double>(label + "_u");
    const size_t rows = hw.size() / 2, each = rows == 0 ? 0 : draws.size() / rows;
    std::vector<int64_t> got;
    for (size_t i = 0; i < rows; ++i) {
      ListedDraws random(std::vector<double>(draws.begin() + static_cast<int64_t>(i * each),
                                             draws.begin() + static_cast<int64_t>((i + 1) * each)));
      append(got, drawn_box(transform, args, {hw[2 * i + 1], hw[2 * i]}, random));
    }
    report.compare(label, got, {rows, 4});
    if (transform == "MultiScaleCrop") check_choices(c, report, label, args);
  }
}

/// Pixels of a box of an RGB picture, mirrored if asked for.
void append_pixels(const uint8_t* picture, Size size, const sampling::CropView& view, std::vector<uint8_t>& pixels) {
  for (int64_t y = view.box.top; y < view.box.bottom; ++y) {
    for (int64_t x = view.box.left; x < view.box.right; ++x) {
      const int64_t from = view.mirrored ? view.box.left + view.box.right - 1 - x : x;
      const uint8_t* pixel = picture + (y * size.width + from) * 3;
      pixels.insert(pixels.end(), pixel, pixel + 3);
    }
  }
}

void check_multi_crops(const Case& c, Report& report) {
  const std::regex pattern(R"(smooth_video\((\d+), *(\d+), *(\d+), *['"]([^'"]+)['"]\))");
  for (const json& variant : c.parameters().at("variants")) {
    const std::string label = variant.at("label"), source = variant.at("source");
    std::smatch match;
    if (!std::regex_search(source, match, pattern)) throw DataError(c.path(), "source of " + label + " not understood");
    const int64_t frames = std::stoll(match[1]);
    const Size picture{std::stoll(match[3]), std::stoll(match[2])}, crop = size_of(variant.at("crop_size"));
    const std::vector<uint8_t> video = smooth_video(frames, picture.height, picture.width, match[4]);
    std::vector<sampling::CropView> views;
    if (variant.at("transform") == "TenCrop") {
      views = sampling::ten_crop(picture, crop);
    } else {
      for (const Box& box : sampling::three_crop(picture, crop)) views.push_back({box, false});
    }
    std::vector<int64_t> boxes;
    std::vector<uint8_t> pixels;
    for (const auto& view : views) {
      for (int64_t t = 0; t < frames; ++t) {
        append(boxes, view.box);
        append_pixels(video.data() + t * picture.width * picture.height * 3, picture, view, pixels);
      }
    }
    report.compare(label + "_boxes", boxes, {boxes.size() / 4, 4});
    report.compare(label + "_images", pixels,
                   {boxes.size() / 4, static_cast<uint64_t>(crop.height), static_cast<uint64_t>(crop.width), 3});
  }
}

/// The multi-scale crop that the text of the case describes: "MultiScaleCrop 224, scales 1/.875/.75/.66, gap 1, 13
/// fixed crops".
MultiScale described_multi_scale(const std::string& text) {
  const std::regex pattern(R"(MultiScaleCrop (\d+), scales ([0-9./]+), gap (\d+), (\d+) fixed crops)");
  std::smatch match;
  if (!std::regex_search(text, match, pattern)) throw DataError("case", "multi-scale crop not understood");
  MultiScale how;
  how.input = {std::stoll(match[1]), std::stoll(match[1])};
  how.scales.clear();
  const std::string scales = match[2];
  const std::regex number("[0-9.]+");
  for (std::sregex_iterator at(scales.begin(), scales.end(), number), end; at != end; ++at)
    how.scales.push_back(std::stod(at->str()));
  how.max_gap = std::stoll(match[3]);
  how.num_fixed_crops = std::stoll(match[4]);
  how.keep_inside = false;
  return how;
}

/// Boxes of every size and every position.
void check_every_choice(Report& report, const std::string& name, const MultiScale& how, Size picture) {
  const std::vector<Size> sizes = sampling::multi_scale_sizes(picture, how);
  std::vector<int64_t> got;
  for (const Size size : sizes) {
    for (const auto at : sampling::multi_scale_positions(picture, size, how.num_fixed_crops))
      append(got, {at.x, at.y, at.x + size.width, at.y + size.height});
  }
  report.compare(name, got, {sizes.size(), static_cast<uint64_t>(how.num_fixed_crops), 4});
}

/// Rows h, w, new h, new w.
void check_resize_rows(const Case& c, Report& report, const std::string& name, int64_t a, int64_t b) {
  const std::vector<int64_t> rows = c.output<int64_t>(name);
  std::vector<int64_t> got;
  for (size_t i = 0; i + 3 < rows.size(); i += 4) {
    const Size size = sampling::rescale_within({rows[i + 1], rows[i]}, a, b);
    got.insert(got.end(), {rows[i], rows[i + 1], size.height, size.width});
  }
  report.compare(name, got, {rows.size() / 4, 4});
}

void check_transforms(const Case& c, Report& report) {
  const std::regex crops(R"((msc|centercrop|threecrop|tencrop)_(\d+)x(\d+)(?:_(\d+))?)");
  const std::regex resize_pair(R"(resize_(\d+)x(\d+))"), resize_short(R"(resize_short(\d+))");
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (std::regex_match(name, match, resize_pair)) {
      check_resize_rows(c, report, name, std::stoll(match[1]), std::stoll(match[2]));
    } else if (std::regex_match(name, match, resize_short)) {
      check_resize_rows(c, report, name, -1, std::stoll(match[1]));
    } else if (std::regex_match(name, match, crops)) {
      const Size picture{std::stoll(match[3]), std::stoll(match[2])};
      if (match[1] == "msc") {
        check_every_choice(report, name, described_multi_scale(c.parameters().at("what")), picture);
        continue;
      }
      const Size crop{std::stoll(match[4]), std::stoll(match[4])};
      std::vector<int64_t> got;
      if (match[1] == "centercrop") append(got, sampling::center_crop(picture, crop));
      if (match[1] == "threecrop")
        for (const Box& box : sampling::three_crop(picture, crop)) append(got, box);
      if (match[1] == "tencrop")
        for (const auto& view : sampling::ten_crop(picture, crop)) append(got, view.box);
      report.compare(name, got);
    }
  }
}

}  // namespace

KindTable geometry_kinds() {
  return {{{"common.resize_sizes", check_resize_sizes},
           {"common.crop_boxes", check_crop_boxes},
           {"common.multi_crops", check_multi_crops},
           {"mgsampler.transforms", check_transforms}},
          {}};
}

}  // namespace vs::golden
