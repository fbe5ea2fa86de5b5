#include "tests/golden/pictures.h"

#include <cmath>
#include <numeric>
#include <regex>
#include <stdexcept>

#include "lib/core/error.h"
#include "tests/golden/draws.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

std::vector<media::Image> pictures_of(const std::vector<uint8_t>& values, int64_t height, int64_t width, int channels) {
  std::vector<media::Image> pictures;
  const auto bytes = static_cast<size_t>(height * width * channels);
  for (size_t at = 0; at + bytes <= values.size(); at += bytes) {
    media::Image picture(static_cast<int>(width), static_cast<int>(height), channels);
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(at), bytes, picture.pixels.begin());
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

int64_t number_of(const std::string& text, const nlohmann::json& values) {
  return values.is_object() && values.contains(text) ? values.at(text).get<int64_t>() : std::stoll(text);
}

}  // namespace

std::vector<media::Image> smooth_pictures(int64_t frames, int64_t height, int64_t width, const std::string& key) {
  return pictures_of(smooth_video(frames, height, width, key), height, width, 3);
}

std::vector<media::Image> described_pictures(const std::string& text, const nlohmann::json& values) {
  const std::regex video(R"(smooth_video\((\w+), *(\w+), *(\w+), *['"]([^'"]+)['"]\)(?:\[(\d+)\])?)");
  const std::regex noise(R"(image\(\((\w+), *(\w+)(?:, *(\d+))?\), *['"]([^'"]+)['"]\)(?:, i = (\d+)\.\.(\d+))?)");
  std::smatch match;
  if (std::regex_search(text, match, video)) {
    auto pictures = smooth_pictures(number_of(match[1], values), number_of(match[2], values),
                                    number_of(match[3], values), match[4]);
    if (match[5].matched) return {pictures.at(std::stoul(match[5]))};
    return pictures;
  }
  if (!std::regex_search(text, match, noise)) throw DataError("case", "pictures not understood: " + text);
  const int64_t height = number_of(match[1], values), width = number_of(match[2], values);
  const int channels = match[3].matched ? std::stoi(match[3]) : 1;
  const int first = match[5].matched ? std::stoi(match[5]) : 0, last = match[6].matched ? std::stoi(match[6]) : 0;
  std::vector<media::Image> pictures;
  for (int i = first; i <= last; ++i) {
    const std::string key = filled_in(match[4], {{"i", std::to_string(i)}});
    pictures.push_back(
        pictures_of(image(static_cast<uint64_t>(height * width * channels), key), height, width, channels).at(0));
  }
  return pictures;
}

RecordedDraws::Draw RecordedDraws::take() {
  if (draws_.empty()) throw std::runtime_error("more random numbers drawn than the case gives");
  const Draw draw = draws_.front();
  draws_.pop_front();
  return draw;
}

double RecordedDraws::uniform() {
  const Draw draw = take();
  return (draw.value - draw.low) / (draw.high - draw.low);
}

int64_t RecordedDraws::below(int64_t count) {
  const auto value = static_cast<int64_t>(take().value);
  if (value < 0 || value >= count) throw std::runtime_error("a recorded draw is not below its count");
  return value;
}

data::Pipeline pipeline_of(const nlohmann::json& steps) {
  return data::Pipeline(nlohmann::ordered_json::parse(steps.dump()));
}

data::FramePlan plan_of_all(std::size_t pictures, bool one_clip) {
  data::FramePlan plan;
  plan.frames.resize(pictures);
  std::iota(plan.frames.begin(), plan.frames.end(), int64_t{0});
  (one_clip ? plan.clip_len : plan.num_clips) = static_cast<int64_t>(pictures);
  return plan;
}

data::Array sample_and_run(const data::Pipeline& pipeline, const std::vector<media::Image>& video, RandomSource& random,
                           data::FramePlan& plan) {
  data::VideoFacts facts;
  facts.id = "case";
  facts.num_frames = static_cast<int64_t>(video.size());
  plan = pipeline.choose(facts, random);
  std::vector<media::Image> frames;
  for (const int64_t index : plan.frames) frames.push_back(video.at(static_cast<size_t>(index)));
  return pipeline.apply(std::move(frames), plan, random);
}

std::vector<float> strided(const data::Array& tensor, int64_t stride) {
  const int64_t width = tensor.shape.back(), height = tensor.shape[tensor.shape.size() - 2];
  std::vector<float> values;
  for (size_t at = 0; at < tensor.values.size(); at += static_cast<size_t>(height * width))
    for (int64_t y = 0; y < height; y += stride)
      for (int64_t x = 0; x < width; x += stride)
        values.push_back(tensor.values[at + static_cast<size_t>(y * width + x)]);
  return values;
}

std::vector<double> leading_means(const data::Array& tensor, std::size_t axes) {
  int64_t entries = 1;
  for (size_t i = 0; i < axes; ++i) entries *= tensor.shape[i];
  const size_t each = tensor.values.size() / static_cast<size_t>(entries);
  std::vector<double> means;
  for (size_t at = 0; at < tensor.values.size(); at += each) {
    double sum = 0;
    for (size_t i = 0; i < each; ++i) sum += tensor.values[at + i];
    means.push_back(sum / static_cast<double>(each));
  }
  return means;
}

}  // namespace vs::golden
