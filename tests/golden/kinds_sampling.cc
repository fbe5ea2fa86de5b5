// Golden kinds of frame sampling: the unguided samplers of mmaction2 and OCSampler's generator.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/sampling/sample_frames.h"
#include "lib/sampling/uniform_frames.h"
#include "tests/golden/draws.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using sampling::ClipSampling;
using sampling::DenseSampling;
using sampling::UniformSampling;
using sampling::UntrimmedSampling;

/// Whether a variant is of 1.x: by the versions it was run on, else by its label.
bool is_1x(const json& variant) {
  const std::string label = variant.at("label");
  for (const json& version : variant.value("versions", json::array()))
    if (version.get<std::string>().starts_with("0.")) return false;
  return variant.contains("versions") || label.ends_with("_1x");
}

ClipSampling clips_of(const json& variant) {
  const json& args = variant.at("args");
  ClipSampling how;
  how.clip_len = args.at("clip_len");
  how.frame_interval = args.value("frame_interval", 1);
  how.num_clips = args.value("num_clips", 1);
  how.temporal_jitter = args.value("temporal_jitter", false);
  how.twice_sample = args.value("twice_sample", false);
  how.keep_tail_frames = args.value("keep_tail_frames", false);
  if (args.value("out_of_bound_opt", "loop") == "repeat_last") how.out_of_bound = sampling::OutOfBound::kRepeatLast;
  how.generation = is_1x(variant) ? sampling::Generation::k1x : sampling::Generation::k0x;
  how.start_index = variant.value("start_index", 0);
  return how;
}

UniformSampling uniform_of(const json& args, int64_t start_index) {
  return {args.at("clip_len"), args.value("num_clips", 1), start_index};
}

std::vector<int64_t> sampled(const json& variant, int64_t num_frames, RandomSource& random) {
  const std::string transform = variant.at("transform");
  const json& args = variant.at("args");
  const bool test = args.value("test_mode", false);
  if (transform == "SampleFrames") {
    const ClipSampling how = clips_of(variant);
    return test ? sampling::sample_test(how, num_frames, random) : sampling::sample_train(how, num_frames, random);
  }
  if (transform == "DenseSampleFrames") {
    DenseSampling how{.clips = clips_of(variant)};
    how.sample_range = args.value("sample_range", how.sample_range);
    how.num_sample_positions = args.value("num_sample_positions", how.num_sample_positions);
    return test ? sampling::sample_dense_test(how, num_frames, random)
                : sampling::sample_dense_train(how, num_frames, random);
  }
  const int64_t start_index = variant.value("start_index", 0);
  if (transform == "UniformSample") {
    const UniformSampling how = uniform_of(args, start_index);
    return test ? sampling::uniform_sample_test(how, num_frames)
                : sampling::uniform_sample_train(how, num_frames, random);
  }
  if (transform == "UniformSampleFrames") {
    const UniformSampling how = uniform_of(args, start_index);
    return test ? sampling::uniform_frames_test(how, num_frames, args.value("seed", sampling::kUniformTestSeed))
                : sampling::uniform_frames_train(how, num_frames, random);
  }
  if (transform == "UntrimmedSampleFrames") {
    UntrimmedSampling how;
    how.clip_len = args.value("clip_len", 1);
    how.start_index = start_index;
    if (is_1x(variant)) {
      how.clip_interval = args.value("clip_interval", how.clip_interval);
      how.frame_interval = args.value("frame_interval", how.frame_interval);
    } else {
      how.clip_interval = args.value("frame_interval", how.clip_interval);
    }
    return sampling::untrimmed_frames(how, num_frames);
  }
  throw DataError("case", "transform " + transform + " unknown");
}

/// The draws of one row: "u[i] = (u('key/<total_frames>', i) + 1) / 2, up to 8", or "none".
ListedDraws row_draws(const json& variant, int64_t num_frames) {
  const std::string text = variant.value("draws", "none");
  const std::vector<std::string> keys = stated_keys(text);
  if (keys.empty()) return ListedDraws({});
  uint64_t count = 0;
  const size_t limit = text.find("up to ");
  if (limit != std::string::npos) std::from_chars(text.data() + limit + 6, text.data() + text.size(), count);
  return keyed_draws(filled_in(keys.front(), {{"total_frames", std::to_string(num_frames)}}), count);
}

/// One row a video length; rows of different lengths are concatenated, with offsets beside them.
void compare_rows(const Case& c, Report& report, const std::string& label,
                  const std::vector<std::vector<int64_t>>& rows) {
  std::vector<int64_t> values, offsets{0};
  for (const auto& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  if (c.has_output(label + "_offsets")) {
    report.compare(label + "_offsets", offsets, {offsets.size()});
    report.compare(label, values, {values.size()});
  } else {
    report.compare(label, values, {rows.size(), rows.empty() ? 0 : values.size() / rows.size()});
  }
}

void check_samples(const Case& c, Report& report) {
  const std::vector<int64_t> lengths = c.input<int64_t>("total_frames");
  for (const json& variant : c.parameters().at("variants")) {
    std::vector<std::vector<int64_t>> rows;
    for (const int64_t num_frames : lengths) {
      ListedDraws random = row_draws(variant, num_frames);
      rows.push_back(sampled(variant, num_frames, random));
    }
    compare_rows(c, report, variant.at("label"), rows);
  }
}

void check_target_fps(const Case& c, Report& report) {
  const std::vector<int64_t> lengths = c.input<int64_t>("total_frames");
  const std::vector<double> rates = c.input<double>("avg_fps");
  for (const json& variant : c.parameters().at("variants")) {
    ClipSampling how = clips_of(variant);
    how.generation = sampling::Generation::k1x;
    how.target_fps = variant.at("args").at("target_fps").get<double>();
    std::vector<std::vector<int64_t>> rows;
    for (size_t i = 0; i < lengths.size(); ++i) {
      ListedDraws random = row_draws(variant, lengths[i]);
      rows.push_back(sampling::sample_test(how, lengths[i], random, rates.at(i)));
    }
    compare_rows(c, report, variant.at("label"), rows);
  }
}

void check_ocsampler_frames(const Case& c, Report& report) {
  const std::vector<int64_t> lengths = c.input<int64_t>("total_frames");
  for (const auto& [label, args] : c.parameters().at("variants").items()) {
    const UniformSampling how = uniform_of(args, args.value("start_index", 0));
    std::vector<std::vector<int64_t>> rows;
    for (const int64_t num_frames : lengths) {
      if (args.value("test_mode", false)) {
        rows.push_back(
            sampling::uniform_frames_test(how, num_frames, args.value("random_seed", sampling::kUniformTestSeed)));
      } else {
        NumpyRandom random(args.at("numpy_seed_before_each_row").get<uint32_t>());
        rows.push_back(sampling::uniform_frames_train(how, num_frames, random));
      }
    }
    compare_rows(c, report, label, rows);
  }
}

/// uint32_<seed>, randint_<seed>, choice_<k>_of_<n>_<seed>, choice_<k>_of_<n>_twice_<seed>.
void check_generator(const Case& c, Report& report) {
  const std::vector<int64_t> bounds = c.parameters().at("bounds");
  for (const std::string& name : c.output_names()) {
    const size_t last = name.rfind('_');
    NumpyRandom random(static_cast<uint32_t>(std::stoul(name.substr(last + 1))));
    std::vector<int64_t> got;
    if (name.starts_with("uint32_")) {
      for (size_t i = 0; i < c.output_shape(name).at(0); ++i) got.push_back(random.bits());
    } else if (name.starts_with("randint_")) {
      for (const int64_t bound : bounds) got.push_back(random.below(bound));
    } else if (name.starts_with("choice_")) {
      const int64_t chosen = std::stoll(name.substr(7)), count = std::stoll(name.substr(name.find("_of_") + 4));
      for (int times = name.find("_twice_") == std::string::npos ? 1 : 2; times > 0; --times) {
        const std::vector<int64_t> positions = random.choose(count, chosen);
        got.insert(got.end(), positions.begin(), positions.end());
      }
    }
    report.compare(name, got);
  }
}

}  // namespace

KindTable sampling_kinds() {
  return {{{"common.sample_frames_train", check_samples},
           {"common.sample_frames_test", check_samples},
           {"common.dense_sample_frames", check_samples},
           {"common.untrimmed_sample_frames", check_samples},
           {"common.uniform_sample_1x", check_samples},
           {"common.uniform_sample_frames", check_samples},
           {"common.sample_frames_target_fps", check_target_fps},
           {"ocsampler.uniform_sample", check_ocsampler_frames},
           {"ocsampler.numpy_legacy_rng", check_generator}},
          {}};
}

}  // namespace vs::golden
