// Golden kinds of ResKD's crops and pipelines, whose random numbers are recorded as the values got.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/sampling/crop.h"
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

/// Rows of an input [rows, columns].
template <class T>
std::vector<std::vector<T>> rows_of(const Case& c, const std::string& name) {
  const std::vector<uint64_t> shape = c.input_shape(name);
  const std::vector<T> values = c.input<T>(name);
  std::vector<std::vector<T>> rows;
  for (uint64_t i = 0; i < shape.at(0); ++i)
    rows.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(i * shape.at(1)),
                      values.begin() + static_cast<std::ptrdiff_t>((i + 1) * shape.at(1)));
  return rows;
}

void check_multi_scale_rows(const Case& c, Report& report) {
  sampling::MultiScale how;
  how.keep_inside = false;
  std::vector<int64_t> got;
  how.num_fixed_crops = 13;
  for (const auto& row : rows_of<int64_t>(c, "multi_scale")) {
    how.input = {row[2], row[2]};
    RecordedDraws random;
    random.add_integer(row[3]);
    random.add_integer(row[4]);
    append(got, sampling::multi_scale_crop({row[1], row[0]}, how, random));
  }
  report.compare("multi_scale", got, {got.size() / 4, 4});
  got.clear();
  how.num_fixed_crops = 5;
  how.scales = {1, .8};
  for (const auto& row : rows_of<int64_t>(c, "multi_scale_5")) {
    how.input = {row[2], row[2]};
    how.random_position = row[3] != 0;
    how.max_gap = how.random_position ? 0 : 1;
    RecordedDraws random;
    for (size_t i = 4; i < row.size(); ++i) random.add_integer(row[i]);
    append(got, sampling::multi_scale_crop({row[1], row[0]}, how, random));
  }
  report.compare("multi_scale_5", got, {got.size() / 4, 4});
}

/// Ten logarithms of aspects, ten areas.
void add_crop_draws(RecordedDraws& random, const std::vector<double>& draws, const sampling::ResizedCropRange& range) {
  for (size_t i = 0; i < 10; ++i) random.add_real(draws.at(i), std::log(range.aspect_min), std::log(range.aspect_max));
  for (size_t i = 10; i < 20; ++i) random.add_real(draws.at(i), range.area_min, range.area_max);
}

void check_crops(const Case& c, Report& report) {
  check_multi_scale_rows(c, report);
  std::vector<int64_t> resized, center, three, ten, sizes;
  const auto shapes = rows_of<double>(c, "resized_shape_area");
  const auto draws = rows_of<double>(c, "resized_draws");
  for (size_t i = 0; i < shapes.size(); ++i) {
    sampling::ResizedCropRange range;
    range.area_min = shapes[i][2];
    range.area_max = shapes[i][3];
    if (i + 1 == shapes.size()) {
      range.aspect_min = 3;
      range.aspect_max = 3.5;
    }
    RecordedDraws random;
    add_crop_draws(random, draws.at(i), range);
    if (draws[i].at(20) >= 0) {
      random.add_integer(static_cast<int64_t>(draws[i].at(20)));
      random.add_integer(static_cast<int64_t>(draws[i].at(21)));
    }
    const Size picture{static_cast<int64_t>(shapes[i][1]), static_cast<int64_t>(shapes[i][0])};
    append(resized, sampling::random_resized_crop(picture, range, random));
  }
  report.compare("resized", resized, {resized.size() / 4, 4});
  // A crop beyond the picture gives negative corners in the reference, and garbage from them; vs refuses it.
  const std::vector<int64_t> want = c.output<int64_t>("center");
  for (const auto& row : rows_of<int64_t>(c, "center")) {
    const Size picture{row[1], row[0]};
    if (row[2] <= std::min(picture.width, picture.height)) {
      append(center, sampling::center_crop(picture, {row[2], row[2]}));
      continue;
    }
    bool refused = false;
    try {
      sampling::center_crop(picture, {row[2], row[2]});
    } catch (const DataError&) {
      refused = true;
    }
    report.check(fmt::format("crop {} of {}x{} is refused", row[2], picture.width, picture.height), refused);
    center.insert(center.end(), want.begin() + static_cast<std::ptrdiff_t>(center.size()),
                  want.begin() + static_cast<std::ptrdiff_t>(center.size()) + 4);
  }
  report.compare("center", center, {center.size() / 4, 4});
  for (const auto& row : rows_of<int64_t>(c, "three"))
    for (const Box& box : sampling::three_crop({row[1], row[0]}, {row[2], row[2]})) append(three, box);
  report.compare("three", three, {three.size() / 12, 3, 4});
  for (const auto& row : rows_of<int64_t>(c, "ten"))
    for (const auto& view : sampling::ten_crop({row[1], row[0]}, {row[2], row[2]})) append(ten, view.box);
  report.compare("ten", ten, {ten.size() / 40, 10, 4});
  for (const auto& row : rows_of<int64_t>(c, "resize")) {
    const Size size = sampling::rescale_within({row[1], row[0]}, -1, row[2]);
    sizes.insert(sizes.end(), {size.width, size.height});
  }
  report.compare("resize", sizes, {sizes.size() / 2, 2});
}

/// The draws of a case, which says of each what the reference asked for.
RecordedDraws recorded(const Case& c) {
  sampling::ResizedCropRange range;
  for (const json& step : c.parameters().at("pipeline")) {
    if (step.at("type") != "RandomResizedCrop") continue;
    const json areas = step.value("area_range", json{range.area_min, range.area_max});
    const json aspects = step.value("aspect_ratio_range", json{range.aspect_min, range.aspect_max});
    range = {areas.at(0), areas.at(1), aspects.at(0), aspects.at(1)};
  }
  RecordedDraws random;
  const json& kinds = c.parameters().at("draws");
  int uniform = 0;
  for (size_t i = 0; i < kinds.size(); ++i) {
    const std::string kind = kinds[i];
    for (const double value : c.input<double>(fmt::format("draw_{}", i))) {
      if (kind == "rand") {
        random.add_real(value);
      } else if (kind == "uniform" && uniform % 2 == 0) {
        random.add_real(value, std::log(range.aspect_min), std::log(range.aspect_max));
      } else if (kind == "uniform") {
        random.add_real(value, range.area_min, range.area_max);
      } else {
        random.add_integer(static_cast<int64_t>(value));
      }
    }
    uniform += kind == "uniform" ? 1 : 0;
  }
  return random;
}

/// Of the leading entries named, every 7th frame if there is a time axis, a 9 x 9 grid of every plane.
std::vector<float> sampled(const Array& tensor, const std::vector<int64_t>& entries) {
  const bool has_time = tensor.shape.size() == 5;
  const int64_t frames = has_time ? tensor.shape[2] : 1, channels = tensor.shape[1];
  const int64_t height = tensor.shape[tensor.shape.size() - 2], width = tensor.shape.back();
  std::vector<float> values;
  for (const int64_t entry : entries)
    for (int64_t channel = 0; channel < channels; ++channel)
      for (int64_t t = 0; t < frames; t += 7)
        for (int64_t y = 0; y < 9; ++y)
          for (int64_t x = 0; x < 9; ++x) {
            const int64_t plane = (entry * channels + channel) * frames + t;
            const int64_t at = (plane * height + y * (height - 1) / 8) * width + x * (width - 1) / 8;
            values.push_back(tensor.values.at(static_cast<size_t>(at)));
          }
  return values;
}

void check_reskd_pipeline(const Case& c, Report& report) {
  const json& p = c.parameters();
  const json& how = p.at("inputs").at("video").at("smooth_video");
  const auto video = smooth_pictures(how.at("t"), how.at("h"), how.at("w"), how.at("key"));
  RecordedDraws random = recorded(c);
  data::FramePlan plan;
  const Array tensor = sample_and_run(pipeline_of(p.at("pipeline")), video, random, plan);
  std::vector<int64_t> numbers = plan.frames;
  for (int64_t& number : numbers) number += p.value("start_index", int64_t{0});
  report.compare("frame_inds", numbers);
  report.compare("shape", tensor.shape);
  report.compare("mean", leading_means(tensor, 1));
  const std::string text = p.at("outputs").at("sample");
  const size_t open = text.find('['), close = text.find(']');
  report.compare("sample", sampled(tensor, json::parse(text.substr(open, close - open + 1))));
}

}  // namespace

KindTable pipelines_reskd_kinds() {
  return {{{"reskd.crops", check_crops}, {"reskd.pipeline", check_reskd_pipeline}}, {}};
}

}  // namespace vs::golden
