// Golden kinds of single transforms: pixels of resizes, flips, normalisation, layouts, AdaFocusV2's transforms.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/data/transforms/layout.h"
#include "lib/data/transforms/normalize.h"
#include "lib/media/image_resize.h"
#include "lib/sampling/crop.h"
#include "tests/golden/draws.h"
#include "tests/golden/golden.h"
#include "tests/golden/pictures.h"

namespace vs::golden {
namespace {

using data::Array;
using nlohmann::json;

std::vector<uint64_t> unsigned_shape(const std::vector<int64_t>& shape, bool batch = false) {
  std::vector<uint64_t> result(shape.begin(), shape.end());
  if (batch) result.insert(result.begin(), 1);
  return result;
}

const json kAsTheyAre = {{"type", "Normalize"}, {"mean", {0, 0, 0}}, {"std", {1, 1, 1}}};
const json kFlowAsItIs = {{"type", "Normalize"}, {"mean", {0, 0}}, {"std", {1, 1}}};

/// Frames [N, C, H, W] as pictures [N, H, W, C].
template <class T>
std::vector<T> channels_last(const Array& tensor) {
  const auto& s = tensor.shape;
  std::vector<T> values;
  for (int64_t n = 0; n < s[0]; ++n)
    for (int64_t at = 0; at < s[2] * s[3]; ++at)
      for (int64_t c = 0; c < s[1]; ++c)
        values.push_back(static_cast<T>(tensor.values[static_cast<size_t>((n * s[1] + c) * s[2] * s[3] + at)]));
  return values;
}

void check_resize_pixels(const Case& c, Report& report) {
  for (const std::string interpolation : c.parameters().at("interpolations")) {
    const auto how = media::parse_opencv_resize(interpolation, "case");
    const std::vector<uint8_t> want = c.output<uint8_t>(interpolation);
    std::vector<uint8_t> got;
    for (const json& entry : c.parameters().at("images")) {
      const media::Image picture = described_pictures(entry.at("source")).at(0);
      const media::Size size{entry.at("to_wh").at(0), entry.at("to_wh").at(1)};
      media::Image resized;
      media::resize_as_opencv(picture.view(), size, how, resized);
      double difference = 0;
      for (size_t i = 0; i < resized.pixels.size() && got.size() + i < want.size(); ++i)
        difference += static_cast<double>(resized.pixels[i]) - static_cast<double>(want[got.size() + i]);
      difference = std::abs(difference) / static_cast<double>(resized.pixels.size());
      report.check(interpolation + " of " + entry.at("label").get<std::string>() + ": mean",
                   interpolation == "nearest" ? difference == 0 : difference <= 0.1);
      got.insert(got.end(), resized.pixels.begin(), resized.pixels.end());
    }
    if (interpolation == "nearest") report.check("nearest is exact", got == want);
    report.compare(interpolation, got);
  }
}

Array flipped(const std::vector<media::Image>& pictures, const std::string& direction, bool flow) {
  const auto pipeline = pipeline_of({{{"type", "Flip"}, {"flip_ratio", 1}, {"direction", direction}},
                                     flow ? kFlowAsItIs : kAsTheyAre,
                                     {{"type", "FormatShape"}, {"input_format", flow ? "NCHW_Flow" : "NCHW"}}});
  ListedDraws random({0.0});
  return pipeline.apply(pictures, plan_of_all(flow ? pictures.size() / 2 : pictures.size(), flow), random);
}

void check_flip_labels(const Case& c, Report& report, const std::string& name) {
  const std::vector<int64_t> labels = c.input<int64_t>("labels_" + name);
  const std::vector<double> draws = c.input<double>("u");
  const auto pipeline = pipeline_of(
      {{{"type", "Flip"}, {"flip_ratio", 0.5}, {"flip_label_map", c.parameters().at("label_maps").at(name)}},
       kAsTheyAre,
       {{"type", "FormatShape"}, {"input_format", "NCHW"}}});
  std::vector<int64_t> got;
  for (const int64_t label : labels) {
    for (const double u : draws) {
      ListedDraws random({u});
      got.push_back(pipeline.begin(plan_of_all(1, false), {2, 2}, random, label).label().value());
    }
  }
  report.compare("label_" + name, got, {labels.size(), draws.size()});
}

void check_flip(const Case& c, Report& report) {
  const json& parameters = c.parameters();
  for (const std::string direction : {"horizontal", "vertical"})
    report.compare(direction,
                   channels_last<uint8_t>(flipped(described_pictures(parameters.at("frames")), direction, false)));
  const auto flow = described_pictures(parameters.at("flow"));
  const Array ours = flipped(flow, "horizontal", true);
  const std::vector<uint8_t> planes(ours.values.begin(), ours.values.end());
  report.compare("flow_0x", planes);
  // 1.x mirrors, then inverts x and y of every second frame; vs inverts x of every frame. Undone and redone from ours.
  const size_t area = static_cast<size_t>(flow.at(0).width) * static_cast<size_t>(flow.at(0).height);
  std::vector<uint8_t> faulty;
  for (size_t frame = 0; 2 * frame < flow.size(); ++frame) {
    for (size_t at = 0; at < area; ++at) {
      const uint8_t x = planes[2 * frame * area + at], y = planes[(2 * frame + 1) * area + at];
      faulty.push_back(frame % 2 == 0 ? x : static_cast<uint8_t>(255 - x));
      faulty.push_back(frame % 2 == 0 ? static_cast<uint8_t>(255 - y) : y);
    }
  }
  report.compare("flow_1x_as_it_is", faulty);
  for (const std::string& name : c.output_names())
    if (name.starts_with("label_")) check_flip_labels(c, report, name.substr(6));
}

Array normalized(const std::vector<media::Image>& pictures, const json& step, const std::string& format) {
  const auto pipeline = pipeline_of({step, {{"type", "FormatShape"}, {"input_format", format}}});
  ListedDraws random({});
  return pipeline.apply(pictures, plan_of_all(pictures.size(), format == "NCTHW"), random);
}

/// The numbers of a list such as "104, 117, 128".
std::vector<double> listed(const std::string& text) {
  const std::regex number("[0-9.]+");
  std::vector<double> values;
  for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at)
    values.push_back(std::stod(at->str()));
  return values;
}

void check_flow_normalize(const Case& c, Report& report) {
  const std::string text = c.parameters().at("flow");
  const std::regex pattern(R"(mean ([0-9., ]+), std ([0-9., ]+); scale_factor ([0-9., ]+) )");
  std::smatch match;
  if (!std::regex_search(text, match, pattern)) throw DataError(c.path(), "flow not understood");
  const data::Normalization values(data::NormalizeRule::kMmaction1x, listed(match[1]), listed(match[2]));
  const std::vector<double> factors = listed(match[3]);
  const auto flow = described_pictures(text);
  for (const bool adjusted : {false, true}) {
    const size_t area = flow.at(0).pixels.size();
    std::vector<float> plane(area), got(flow.size() * area);
    for (size_t i = 0; i < flow.size(); ++i) {
      const float factor = adjusted ? static_cast<float>(factors.at(i % 2)) : 1;
      values.plane(flow[i].view(), static_cast<int>(i % 2), factor, plane.data());
      for (size_t at = 0; at < area; ++at) got[(i / 2 * area + at) * 2 + i % 2] = plane[at];
    }
    report.compare(adjusted ? "flow_0x_adjusted" : "flow_0x", got);
  }
}

void check_normalize(const Case& c, Report& report) {
  const json& parameters = c.parameters();
  const auto frames = described_pictures(parameters.at("frames"));
  json early = {{"type", "Normalize"}, {"mean", parameters.at("mean")}, {"std", parameters.at("std")}};
  report.compare("rgb_0x", channels_last<float>(normalized(frames, early, "NCHW")));
  const std::string caffe = parameters.at("bgr_caffe");
  std::smatch match;
  if (!std::regex_search(caffe, match, std::regex(R"(mean ([0-9., ]+) in B, G, R order, std ([0-9., ]+))")))
    throw DataError(c.path(), "bgr_caffe not understood");
  std::vector<double> mean = listed(match[1]), std = listed(match[2]);
  std.resize(mean.size(), std.at(0));
  report.compare("bgr_caffe_0x",
                 channels_last<float>(normalized(
                     frames, {{"type", "Normalize"}, {"mean", mean}, {"std", std}, {"to_bgr", true}}, "NCHW")));
  json late = early;
  late["type"] = "ActionDataPreprocessor";
  const Array nchw = normalized(frames, late, "NCHW");
  report.compare("nchw_1x", nchw.values, unsigned_shape(nchw.shape, true));
  late["to_rgb"] = true;
  const Array ncthw = normalized(frames, late, "NCTHW");
  report.compare("ncthw_1x_to_rgb", ncthw.values, unsigned_shape(ncthw.shape, true));
  check_flow_normalize(c, report);
}

void check_format_shape(const Case& c, Report& report) {
  for (const json& variant : c.parameters().at("variants")) {
    std::string format = variant.at("input_format");
    if (format == "NCHW with modality Flow") format = "NCHW_Flow";
    const nlohmann::ordered_json step = {
        {"type", "FormatShape"}, {"input_format", format}, {"collapse", variant.value("collapse", false)}};
    data::StepOptions options(step, "case");
    const data::Layout layout = data::make_layout(options);
    const std::vector<int64_t> in = variant.at("shape_in");
    const data::FrameCounts counts{variant.at("crops"), variant.at("num_clips"), variant.at("clip_len"), in.at(3)};
    const int64_t area = in[1] * in[2];
    std::vector<int64_t> got(static_cast<size_t>(in[0] * area * in[3]), -1);
    for (int64_t image = 0; image < in[0]; ++image)
      for (int64_t at = 0; at < area; ++at)
        for (int64_t channel = 0; channel < in[3]; ++channel) {
          const int64_t plane = layout.plane(counts, image / counts.frames(), image % counts.frames(), channel);
          got.at(static_cast<size_t>(plane * area + at)) = (image * area + at) * in[3] + channel;
        }
    report.compare(variant.at("label"), got, unsigned_shape(layout.shape(counts, in[1], in[2])));
  }
}

const json kTorchSteps[] = {
    {{"type", "Stack"}, {"roll", false}},
    {{"type", "ToTorchFormatTensor"}, {"div", true}},
    {{"type", "GroupNormalize"}, {"mean", {0.485, 0.456, 0.406}}, {"std", {0.229, 0.224, 0.225}}}};

void check_transform_train(const Case& c, Report& report) {
  int number = 0;
  for (const json& sub : c.parameters().at("subcases")) {
    const std::string suffix = fmt::format("_{}", number++);
    const auto frames = described_pictures(sub.at("frames"), sub);
    const int64_t side = sub.at("input_size");
    sampling::MultiScale how;
    how.input = {side, side};
    how.keep_inside = false;
    const sampling::Size picture{sub.at("width"), sub.at("height")};
    const auto sizes = sampling::multi_scale_sizes(picture, how);
    std::vector<int64_t> pairs, offsets;
    for (const auto size : sizes) pairs.insert(pairs.end(), {size.width, size.height});
    for (const auto at : sampling::multi_scale_positions(picture, sizes.at(sub.at("pair_index").get<size_t>()), 13))
      offsets.insert(offsets.end(), {at.x, at.y});
    report.compare("pairs" + suffix, pairs, {pairs.size() / 2, 2});
    report.compare("offsets" + suffix, offsets, {offsets.size() / 2, 2});
    RecordedDraws random;
    random.add_integer(sub.at("pair_index"));
    random.add_integer(sub.at("offset_index"));
    random.add_real(sub.at("flip_draw"));
    const auto pipeline = pipeline_of({{{"type", "GroupMultiScaleCrop"}, {"input_size", side}},
                                       {{"type", "GroupRandomHorizontalFlip"}, {"is_flow", false}},
                                       kTorchSteps[0],
                                       kTorchSteps[1],
                                       kTorchSteps[2]});
    report.compare("tensor" + suffix,
                   strided(pipeline.apply(frames, plan_of_all(frames.size(), true), random), sub.at("stride")));
  }
}

void check_transform_val(const Case& c, Report& report) {
  int number = 0;
  for (const json& sub : c.parameters().at("subcases")) {
    const std::string suffix = fmt::format("_{}", number++);
    const auto frames = described_pictures(sub.at("frames"), sub);
    const json scale = {{"type", "GroupScale"}, {"size", sub.at("scale_size")}};
    ListedDraws none({});
    const Array resized = pipeline_of({scale, kAsTheyAre, {{"type", "FormatShape"}, {"input_format", "NCHW"}}})
                              .apply({frames.at(0)}, plan_of_all(1, false), none);
    report.compare("resized_hw" + suffix, std::vector<int64_t>{resized.shape[2], resized.shape[3]});
    Array few{{1, 3, (resized.shape[2] + 6) / 7, (resized.shape[3] + 6) / 7}, strided(resized, 7)};
    report.compare("resized_sample" + suffix, channels_last<int64_t>(few));
    const auto pipeline = pipeline_of({scale,
                                       {{"type", "GroupCenterCrop"}, {"size", sub.at("input_size")}},
                                       kTorchSteps[0],
                                       kTorchSteps[1],
                                       kTorchSteps[2]});
    const Array tensor = pipeline.apply(frames, plan_of_all(frames.size(), true), none);
    report.compare("mean" + suffix, leading_means(tensor, 1));
    report.compare("tensor" + suffix, strided(tensor, sub.at("stride")));
  }
}

}  // namespace

KindTable pixels_kinds() {
  return {{{"common.resize_pixels", check_resize_pixels},
           {"common.flip", check_flip},
           {"common.normalize", check_normalize},
           {"common.format_shape", check_format_shape},
           {"adafocus.transform_train", check_transform_train},
           {"adafocus.transform_val", check_transform_val}},
          {}};
}

}  // namespace vs::golden
