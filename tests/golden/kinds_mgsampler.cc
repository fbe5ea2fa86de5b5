// Golden kinds of MGSampler's frame choice: curves, guided frames, windows, and its unguided baseline.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/motion/feature_difference.h"
#include "lib/sampling/motion_curve.h"
#include "lib/sampling/motion_guided.h"
#include "lib/sampling/sample_frames.h"
#include "tests/golden/draws.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

using nlohmann::json;

/// Motion values: x = (u + 1) / 2; "flat" takes x, "burst" its fourth power.
std::vector<double> motion_formula(const std::string& kind, const std::string& key, uint64_t count) {
  std::vector<double> motion = uniform_draws(key, count);
  if (kind == "burst")
    for (double& x : motion) x = (x * x) * (x * x);
  else if (kind != "flat")
    throw DataError("case", "kind of motion " + kind + " unknown");
  return motion;
}

/// The key in "motion_formula(kind, 'key', n)".
std::string motion_key(const json& parameters) {
  const std::string text = parameters.at("inputs_from");
  const std::regex pattern(R"(motion_formula\([^,]*, *['"]([^'"]+)['"])");
  std::smatch match;
  if (!std::regex_search(text, match, pattern)) throw DataError("case", "motion formula not understood");
  return match[1];
}

/// The first key of random draws that a text of the case states.
std::string draw_key(const std::string& text) {
  const std::vector<std::string> keys = stated_keys(text);
  if (keys.empty()) throw DataError("case", "key of the draws not understood");
  return keys.front();
}

/// Frame numbers from 1.
std::vector<int64_t> numbers(std::vector<int64_t> frames) {
  for (int64_t& frame : frames) ++frame;
  return frames;
}

/// Whole curves of up to 20 values; of longer ones the first 8, 4 in the middle, the last 8.
std::vector<double> excerpt(const std::vector<double>& curve) {
  if (curve.size() <= 20) return curve;
  const auto at = [&](size_t i) { return curve.begin() + static_cast<std::ptrdiff_t>(i); };
  std::vector<double> part(at(0), at(8));
  part.insert(part.end(), at(curve.size() / 2), at(curve.size() / 2 + 4));
  part.insert(part.end(), at(curve.size() - 8), curve.end());
  return part;
}

void check_curve(const Case& c, Report& report) {
  const std::string key = motion_key(c.parameters());
  const std::regex pattern(R"(([a-z]+)_(\d+)_mu([0-9.]+))");
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) continue;
    const std::vector<double> motion =
        motion_formula(match[1], filled_in(key, {{"n", match[2]}}), std::stoull(match[2]));
    report.compare(name, excerpt(sampling::motion_curve(motion, std::stod(match[3]))));
  }
}

void check_global(const Case& c, Report& report) {
  const json& parameters = c.parameters();
  const std::string key = motion_key(parameters), draws = draw_key(parameters.at("inputs_from"));
  const double mu = parameters.value("mu", sampling::kDefaultSmoothing);
  const std::regex pattern(R"((test|train)_([a-z]+)_n(\d+))");
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) continue;
    const int64_t segments = std::stoll(match[3]);
    std::vector<int64_t> got;
    for (const int64_t seed : parameters.at("seeds")) {
      for (const int64_t length : parameters.at("lengths")) {
        const std::map<std::string, std::string> values{{"seed", std::to_string(seed)}, {"T", std::to_string(length)}};
        const std::vector<double> motion =
            motion_formula(match[2], filled_in(key, values), static_cast<uint64_t>(length - 1));
        ListedDraws random = keyed_draws(filled_in(draws, values), static_cast<uint64_t>(segments));
        const std::vector<int64_t> row =
            numbers(match[1] == "test" ? sampling::guided_test_frames(motion, segments, 1, mu)
                                       : sampling::guided_train_frames(motion, segments, random, mu));
        got.insert(got.end(), row.begin(), row.end());
      }
    }
    report.compare(name, got, {got.size() / static_cast<size_t>(segments), static_cast<uint64_t>(segments)});
  }
}

/// <name>_test<N> and <name>_train<N> on the motion of input/<name>.
void check_edges(const Case& c, Report& report) {
  const std::string key = draw_key(c.parameters().at("what"));
  const std::regex pattern(R"((.+)_(test|train)(\d+))");
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) continue;
    const std::vector<double> motion = c.input<double>(match[1]);
    const int64_t segments = std::stoll(match[3]);
    ListedDraws random = keyed_draws(filled_in(key, {{"name", match[1]}}), static_cast<uint64_t>(segments));
    report.compare(name, numbers(match[2] == "test" ? sampling::guided_test_frames(motion, segments)
                                                    : sampling::guided_train_frames(motion, segments, random)));
  }
}

/// Feature-level motion of a smooth video whose channel 0 is blue.
std::vector<double> feature_motion(const json& subcase, motion::FeatureDifference& difference) {
  const int64_t frames = subcase.at("T"), height = subcase.at("H"), width = subcase.at("W");
  std::vector<uint8_t> video = smooth_video(frames, height, width, subcase.at("key"));
  for (size_t i = 0; i + 2 < video.size(); i += 3) std::swap(video[i], video[i + 2]);
  const auto view = [&](int64_t t) {
    return media::ImageView{video.data() + t * height * width * 3, static_cast<int>(width), static_cast<int>(height), 3,
                            static_cast<std::ptrdiff_t>(width) * 3};
  };
  std::vector<double> motion;
  for (int64_t t = 0; t + 1 < frames; ++t) motion.push_back(difference.motion(view(t), view(t + 1)));
  return motion;
}

void check_stored_curve(const Case& c, Report& report) {
  const std::string key = draw_key(c.parameters().at("what"));
  constexpr uint64_t kInputs = 3, kSize = 7;
  const std::vector<float> weights = fill(motion::FeatureDifference::kOutputs * kInputs * kSize * kSize,
                                          "module.PA.shallow_conv.weight", std::sqrt(3.0 / (kInputs * kSize * kSize)));
  motion::FeatureDifference difference(weights);
  for (const json& subcase : c.parameters().at("subcases")) {
    const std::string label = subcase.at("name");
    report.compare(label + "_curve", sampling::motion_curve(feature_motion(subcase, difference)));
    // Frames are looked up in the curve as it is stored, so that its last digits do not matter here.
    const std::vector<double> stored = c.output<double>(label + "_curve");
    const std::regex pattern(label + R"(_(shipped_double_processed_)?(test|train)(\d+))");
    for (const std::string& name : c.output_names()) {
      std::smatch match;
      if (!std::regex_match(name, match, pattern)) continue;
      const int64_t segments = std::stoll(match[3]);
      ListedDraws random = keyed_draws(filled_in(key, {{"n", label}}), static_cast<uint64_t>(segments));
      const std::vector<double> curve = match[1].matched ? sampling::motion_curve(stored) : stored;
      const std::vector<double> targets =
          match[2] == "test" ? sampling::segment_targets(segments) : sampling::random_segment_targets(segments, random);
      report.compare(name, numbers(sampling::pick_by_curve(curve, targets)));
    }
  }
}

void check_window(const Case& c, Report& report) {
  const json& parameters = c.parameters();
  sampling::GuidedWindow how;
  how.window = parameters.value("window", how.window);
  how.mu = parameters.value("mu", how.mu);
  const std::string key = motion_key(parameters), draws = draw_key(parameters.at("what"));
  const std::regex test(R"((test|static)_T(\d+)_c(\d+)(_offsets)?)"), train(R"(train_T(\d+)_o(\d+))");
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (std::regex_match(name, match, test)) {
      const int64_t length = std::stoll(match[2]), clips = std::stoll(match[3]);
      const size_t values = static_cast<size_t>(length - 1);
      const std::vector<double> motion = match[1] == "static"
                                             ? std::vector<double>(values, 0.0)
                                             : motion_formula("flat", filled_in(key, {{"T", match[2]}}), values);
      report.compare(name, match[4].matched ? sampling::window_offsets(length, clips, how.window)
                                            : numbers(sampling::guided_window_test_frames(motion, clips, how)));
    } else if (std::regex_match(name, match, train)) {
      const std::map<std::string, std::string> at{{"T", match[1]}, {"offset", match[2]}};
      const std::vector<double> motion = motion_formula("flat", filled_in(key, at), std::stoull(match[1]) - 1);
      ListedDraws random = keyed_draws(filled_in(draws, at), static_cast<uint64_t>(how.num_segments));
      const std::vector<double> targets = sampling::random_segment_targets(how.num_segments, random);
      report.compare(name, numbers(sampling::pick_in_window(motion, std::stoll(match[2]), how, targets)));
    }
  }
}

/// test_<cfg>[_twice]_<bound>, train_<cfg>, dense_test_<cfg>, dense_train_<cfg>; cfg = clip_len x frame_interval x
/// num_clips.
void check_uniform(const Case& c, Report& report) {
  const std::vector<int64_t> lengths = c.parameters().at("lengths");
  std::string clip_key, dense_key;
  for (const std::string& key : stated_keys(c.parameters().at("what")))
    (key.find("<cfg>") != std::string::npos ? clip_key : dense_key) = key;
  const std::regex pattern(R"((dense_)?(test|train)_((\d+)x(\d+)x(\d+))(_twice)?(?:_(loop|repeat_last))?)");
  for (const std::string& name : c.output_names()) {
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) continue;
    sampling::DenseSampling dense;
    sampling::ClipSampling& how = dense.clips;
    how.clip_len = std::stoll(match[4]);
    how.frame_interval = std::stoll(match[5]);
    how.num_clips = std::stoll(match[6]);
    how.twice_sample = match[7].matched;
    how.start_index = 1;
    if (match[8] == "repeat_last") how.out_of_bound = sampling::OutOfBound::kRepeatLast;
    const size_t width = c.output_shape(name).at(1);
    std::vector<int64_t> got;
    for (const int64_t length : lengths) {
      const std::string key = match[1].matched ? dense_key : clip_key;
      ListedDraws random = keyed_draws(filled_in(key, {{"cfg", match[3]}, {"T", std::to_string(length)}}),
                                       match[1].matched ? 1 : static_cast<uint64_t>(how.num_clips));
      const bool test = match[2] == "test";
      std::vector<int64_t> row;
      if (match[1].matched)
        row = test ? sampling::sample_dense_test(dense, length, random)
                   : sampling::sample_dense_train(dense, length, random);
      else
        row = test ? sampling::sample_test(how, length, random) : sampling::sample_train(how, length, random);
      row.resize(std::max(width, row.size()), -1);
      got.insert(got.end(), row.begin(), row.end());
    }
    report.compare(name, got, {lengths.size(), width});
  }
}

}  // namespace

KindTable mgsampler_kinds() {
  return {{{"mgsampler.curve", check_curve},
           {"mgsampler.sample_global", check_global},
           {"mgsampler.sample_edges", check_edges},
           {"mgsampler.sample_from_curve", check_stored_curve},
           {"mgsampler.sample_window", check_window},
           {"mgsampler.sample_uniform", check_uniform}},
          {}};
}

}  // namespace vs::golden
