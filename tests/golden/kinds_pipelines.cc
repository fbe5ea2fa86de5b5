// Golden kinds of whole pipelines, from sampling to a network's input.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/sampling/crop.h"
#include "tests/golden/draws.h"
#include "tests/golden/golden.h"
#include "tests/golden/pictures.h"

namespace vs::golden {
namespace {

using data::Array;
using nlohmann::json;
using sampling::Box;
using sampling::Size;

void append(std::vector<int64_t>& values, const Box& box) {
  values.insert(values.end(), {box.left, box.top, box.right, box.bottom});
}

json normalize_step(const json& mean, const json& std) { return {{"type", "Normalize"}, {"mean", mean}, {"std", std}}; }
json resize_step(int64_t short_side) { return {{"type", "Resize"}, {"scale", {-1, short_side}}}; }
json square_step(int64_t side) { return {{"type", "Resize"}, {"scale", {side, side}}, {"keep_ratio", false}}; }
json format_step(const std::string& format) { return {{"type", "FormatShape"}, {"input_format", format}}; }

int64_t number_in(const Case& c, const std::string& text, const std::string& pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(pattern))) throw DataError(c.path(), pattern + " not found");
  return std::stoll(match[1]);
}

// --- common.pipelines ---

void check_pipelines(const Case& c, Report& report) {
  const int64_t stride = number_in(c, c.parameters().at("what"), R"(\[\.\.\., ::(\d+), ::\d+\])");
  for (const json& variant : c.parameters().at("variants")) {
    const std::string label = variant.at("label");
    json sampler = variant.at("sample");
    sampler["type"] = "SampleFrames";
    json steps = {sampler};
    for (const json& transform : variant.at("transforms")) {
      json step = transform.at(1);
      step["type"] = transform.at(0);
      steps.push_back(step);
    }
    json normalize = variant.at("normalize");
    normalize["type"] = "Normalize";
    steps.push_back(normalize);
    steps.push_back(format_step(variant.at("format")));
    std::vector<double> draws;
    if (c.has_input(label + "_u")) draws = c.input<double>(label + "_u");
    const auto video = described_pictures(variant.at("video"));
    data::FramePlan plan;
    ListedDraws random(draws);
    const Array tensor = sample_and_run(pipeline_of(steps), video, random, plan);
    report.compare(label + "_indices", plan.frames);
    report.compare(label + "_shape", tensor.shape);
    report.compare(label + "_sampled", strided(tensor, stride));
    report.compare_within(label + "_mean", leading_means(tensor, 2), 0, 2e-3);
    if (!variant.value("same_in_1x", false)) continue;
    steps[0]["generation"] = "1.x";
    normalize["type"] = "ActionDataPreprocessor";
    if (normalize.contains("to_bgr")) normalize["to_rgb"] = normalize["to_bgr"];
    normalize.erase("to_bgr");
    steps[steps.size() - 2] = normalize;
    ListedDraws again(draws);
    const Array later = sample_and_run(pipeline_of(steps), video, again, plan);
    float largest = 0;
    for (size_t i = 0; i < tensor.values.size(); ++i)
      largest = std::max(largest, std::abs(later.values.at(i) - tensor.values[i]));
    report.check(label + ": 1.x gives the same", later.shape == tensor.shape && largest <= 1e-5F);
  }
}

// --- mgsampler.pipeline ---

/// Means of an 8 x 8 grid of blocks of every plane.
std::vector<double> blocks(const Array& tensor, int64_t grid) {
  const int64_t height = tensor.shape[2], width = tensor.shape[3], h = height / grid, w = width / grid;
  std::vector<double> means;
  for (int64_t plane = 0; plane < tensor.shape[0] * tensor.shape[1]; ++plane)
    for (int64_t by = 0; by < grid; ++by)
      for (int64_t bx = 0; bx < grid; ++bx) {
        double sum = 0;
        for (int64_t y = by * h; y < (by + 1) * h; ++y)
          for (int64_t x = bx * w; x < (bx + 1) * w; ++x)
            sum += tensor.values[static_cast<size_t>((plane * height + y) * width + x)];
        means.push_back(sum / static_cast<double>(h * w));
      }
  return means;
}

void check_mgsampler_pipeline(const Case& c, Report& report) {
  const json& p = c.parameters();
  const std::string what = p.at("what");
  const auto frames = smooth_pictures(p.at("T"), p.at("H"), p.at("W"), p.at("key"));
  const json resize = resize_step(number_in(c, what, R"(Resize short side (\d+))"));
  const int64_t side = number_in(c, what, R"(then Resize to (\d+)x\d+)");
  const int64_t row = number_in(c, what, R"(image 1, row (\d+))"), step = number_in(c, what, R"(every (\d+)th column)");
  const std::vector<std::pair<std::string, std::vector<json>>> variants{
      {"val", {resize, {{"type", "CenterCrop"}, {"crop_size", number_in(c, what, R"(CenterCrop (\d+))")}}}},
      {"three_crop", {resize, {{"type", "ThreeCrop"}, {"crop_size", number_in(c, what, R"(ThreeCrop (\d+))")}}}},
      {"train",
       {resize,
        {{"type", "MultiScaleCrop"},
         {"input_size", side},
         {"scales", {1, 0.875, 0.75, 0.66}},
         {"max_wh_scale_gap", 1},
         {"num_fixed_crops", 13}},
        square_step(side)}}};
  for (const auto& [name, transforms] : variants) {
    json steps = transforms;
    steps.push_back(normalize_step(p.at("mean"), p.at("std")));
    steps.push_back(format_step("NCHW"));
    RecordedDraws random;
    if (name == "train") {
      random.add_integer(number_in(c, what, R"(size choice (\d+))"));
      random.add_integer(number_in(c, what, R"(position choice (\d+))"));
    }
    const Array tensor = pipeline_of(steps).apply(frames, plan_of_all(frames.size(), false), random);
    report.compare(name + "_shape", tensor.shape);
    report.compare(name + "_blocks8", blocks(tensor, 8));
    std::vector<float> line;
    for (int64_t channel = 0; channel < 3; ++channel)
      for (int64_t x = 0; x < tensor.shape[3]; x += step)
        line.push_back(
            tensor.values[static_cast<size_t>(((3 + channel) * tensor.shape[2] + row) * tensor.shape[3] + x)]);
    report.compare(name + "_row100", line);
    double sum = 0, magnitude = 0;
    for (const float value : tensor.values) {
      sum += value;
      magnitude += std::abs(value);
    }
    report.compare(name + "_sum", std::vector<double>{sum, magnitude});
  }
}

// --- drca ---

void check_train_crop(const Case& c, Report& report) {
  const json& p = c.parameters();
  const auto filled = [&](const std::string& name) {
    const json& how = p.at("inputs").at(name);
    return fill(how.at("shape").at(0), how.at("key"), how.at("scale"), how.at("shift"));
  };
  std::vector<int64_t> got;
  const json& rows = p.at("params").at("cases");
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<double> draws;
    for (const char* name : {"u_aspect", "u_area"})
      for (const float u : filled(fmt::format("{}{}", name, i))) draws.push_back(u);
    draws.insert(draws.end(), {rows[i].at(2), rows[i].at(3)});
    ListedDraws random(draws);
    append(got, sampling::random_resized_crop({rows[i].at(1), rows[i].at(0)}, {}, random));
  }
  report.compare("box", got, {rows.size(), 4});
}

void check_val_pipeline(const Case& c, Report& report) {
  const json& p = c.parameters().at("params");
  const json& video = c.parameters().at("inputs").at("video");
  const auto frames = smooth_pictures(video.at("t"), video.at("h"), video.at("w"), video.at("key"));
  const double mean = p.at("mean"), std = p.at("std");
  const json steps = {{{"type", "Resize"}, {"scale", p.at("resize")}},
                      {{"type", "CenterCrop"}, {"crop_size", p.at("crop")}},
                      normalize_step({mean, mean, mean}, {std, std, std}),
                      format_step("NCTHW")};
  ListedDraws random({});
  const Array tensor = pipeline_of(steps).apply(frames, plan_of_all(frames.size(), true), random);
  report.compare("imgs", tensor.values, {tensor.shape.begin(), tensor.shape.end()});
}

// --- ocsampler.preprocess ---

/// Mean of every channel of [N, C, H, W].
std::vector<double> channel_means(const Array& tensor) {
  const size_t channels = static_cast<size_t>(tensor.shape[1]);
  const size_t area = static_cast<size_t>(tensor.shape[2] * tensor.shape[3]);
  std::vector<double> sums(channels);
  for (size_t i = 0; i < tensor.values.size(); ++i) sums[i / area % channels] += tensor.values[i];
  for (double& sum : sums) sum /= static_cast<double>(tensor.shape[0]) * static_cast<double>(area);
  return sums;
}

void check_preprocess(const Case& c, Report& report) {
  const json& p = c.parameters();
  const std::string what = p.at("what");
  const auto frames = described_pictures(p.at("frames"));
  const Size picture{frames.at(0).width, frames.at(0).height};
  const int64_t side = p.at("resize_short_side"), crop = p.at("crop");
  const int64_t stride = number_in(c, p.at("sampled"), R"(stride (\d+))");
  const json normalize = normalize_step({123.675, 116.28, 103.53}, {58.395, 57.12, 57.375});
  const Size resized = sampling::rescale_within(picture, -1, side);
  report.compare("resized_hw", std::vector<int64_t>{resized.height, resized.width});
  std::vector<int64_t> box;
  append(box, sampling::center_crop(resized, {crop, crop}));
  report.compare("val_crop_box", box);

  std::vector<double> draws = c.input<double>("crop_u");
  for (const double u : c.input<double>("offset_u")) draws.push_back(u);
  const bool flips = p.at("flip").get<std::string>().find(" not ") == std::string::npos;
  draws.push_back(flips ? 0 : 0.9);
  ListedDraws of_box(draws);
  box.clear();
  append(box, sampling::random_resized_crop(picture, {}, of_box));
  report.compare("train_crop_box", box);
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (!std::regex_match(name, match, std::regex(R"(fallback_box_(\d+)x(\d+))"))) continue;
    ListedDraws largest(std::vector<double>(20, std::nextafter(1.0, 0.0)));
    box.clear();
    append(box, sampling::random_resized_crop({std::stoll(match[2]), std::stoll(match[1])}, {}, largest));
    report.compare(name, box);
  }

  const int64_t train_side = number_in(c, what, R"(RandomResizedCrop / Resize (\d+)x\d+)");
  const json format = format_step("NCHW");
  const std::vector<std::pair<std::string, json>> variants{
      {"val", {resize_step(side), {{"type", "CenterCrop"}, {"crop_size", crop}}, normalize, format}},
      {"train",
       {{{"type", "RandomResizedCrop"}},
        square_step(train_side),
        {{"type", "Flip"}, {"flip_ratio", 0.5}},
        normalize,
        format}}};
  for (const auto& [name, steps] : variants) {
    ListedDraws random(draws);
    const Array tensor = pipeline_of(steps).apply(frames, plan_of_all(frames.size(), false), random);
    report.compare(name + "_sampled", strided(tensor, stride));
    report.compare_within(name + "_mean", channel_means(tensor), 0, 2e-3);
  }
}

}  // namespace

KindTable pipelines_kinds() {
  return {{{"common.pipelines", check_pipelines},
           {"mgsampler.pipeline", check_mgsampler_pipeline},
           {"drca.train_crop", check_train_crop},
           {"drca.val_pipeline", check_val_pipeline},
           {"ocsampler.preprocess", check_preprocess}},
          {}};
}

}  // namespace vs::golden
