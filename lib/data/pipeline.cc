#include "lib/data/pipeline.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/data/transforms/transforms.h"

namespace vs::data {
namespace {

using Json = nlohmann::ordered_json;

/// Steps that are about files and dictionaries of the original programs, with their keys.
struct Passed {
  const char* type;
  std::initializer_list<const char*> keys;
};

constexpr std::initializer_list<const char*> kReads{"io_backend", "decoding_backend", "num_threads", "mode",
                                                    "multi_thread"};
constexpr std::initializer_list<const char*> kCollects{"keys",         "meta_keys", "meta_name",
                                                       "collect_keys", "nested",    "algorithm_keys"};
constexpr std::array kPassed{
    Passed{"DecordInit", kReads},
    Passed{"DecordDecode", kReads},
    Passed{"OpenCVInit", kReads},
    Passed{"OpenCVDecode", kReads},
    Passed{"PyAVInit", kReads},
    Passed{"PyAVDecode", kReads},
    Passed{"PIMSInit", kReads},
    Passed{"PIMSDecode", kReads},
    Passed{"RawFrameDecode", kReads},
    Passed{"FrameSelector", kReads},
    Passed{"Collect", kCollects},
    Passed{"ToTensor", kCollects},
    Passed{"PackActionInputs", kCollects},
};

bool is_one_of(const std::string& type, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), type) != names.end();
}

std::vector<std::string> known_types() {
  std::vector<std::string> names = sampler_names();
  for (std::string& name : transform_names()) names.push_back(std::move(name));
  names.insert(names.end(), {"Normalize", "ActionDataPreprocessor", "GroupNormalize", "FormatShape", "Stack",
                             "ToTorchFormatTensor"});
  for (const Passed& passed : kPassed) names.emplace_back(passed.type);
  return names;
}

/// The side of a step {"type": "Resize", "scale": [-1, s]} by the rule that readers of frames know too.
std::optional<int64_t> short_side_of(StepOptions& options) {
  if (options.type() != "Resize" || options.text_or("interpolation", "bilinear") != "bilinear") return std::nullopt;
  const Json* scale = options.value("scale");
  if (!scale || !scale->is_array() || options.text_or("rounding", "nearest") != "nearest") return std::nullopt;
  const auto a = scale->at(0).get<int64_t>(), b = scale->at(1).get<int64_t>();
  if (std::min(a, b) != -1) return std::nullopt;
  return std::max(a, b);
}

Array array_of(PipelineSample& sample, const std::vector<media::Image>& frames) {
  if (static_cast<int64_t>(frames.size()) != sample.num_pictures())
    throw DataError("sample", fmt::format("has {} pictures, {} were chosen", frames.size(), sample.num_pictures()));
  Array array{sample.shape(), std::vector<float>(static_cast<std::size_t>(sample.num_values()))};
  for (std::size_t i = 0; i < frames.size(); ++i) sample.put(static_cast<int64_t>(i), frames[i].view(), array.values);
  sample.finish(array.values);
  return array;
}

}  // namespace

Pipeline::Pipeline(const Json& steps, const std::string& place) {
  if (!steps.is_array()) throw UsageError(place, "is no list of steps");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    StepOptions options(steps[i], fmt::format("{}.{}", place, i));
    add(options);
    options.finish();
  }
  check_whole(place);
  if (is_flow()) first_short_side_.reset();
}

void Pipeline::add(StepOptions& options) {
  const std::string& type = options.type();
  if (auto sampler = make_sampler(options)) {
    if (sampler_) options.refuse("type", "is a second sampler", "a pipeline has one");
    if (!steps_.empty() || normalize_ || layout_) options.refuse("type", "comes after steps that need its frames");
    sampler_ = std::move(sampler);
  } else if (auto transform = make_transform(options)) {
    add_transform(options, std::move(transform));
  } else if (is_one_of(type, {"Normalize", "ActionDataPreprocessor", "GroupNormalize"})) {
    if (normalize_) options.refuse("type", "normalizes a second time");
    if (type == "GroupNormalize" && !divides_)
      options.refuse("type", "needs ToTorchFormatTensor before it, which divides by 255");
    normalize_.emplace(make_normalize(options));
  } else if (is_one_of(type, {"FormatShape", "Stack"})) {
    if (layout_) options.refuse("type", "sets the layout a second time");
    layout_ = make_layout(options);
  } else if (type == "ToTorchFormatTensor") {
    if (!options.flag_or("div", true)) options.refuse("div", "is not offered as false", "use Normalize");
    divides_ = true;
  } else {
    const auto passed = std::find_if(kPassed.begin(), kPassed.end(), [&](const Passed& p) { return type == p.type; });
    if (passed == kPassed.end()) refuse_word(options.place_of("type"), type, known_types());
    options.pass(passed->keys);
  }
}

void Pipeline::add_transform(StepOptions& options, std::unique_ptr<Transform> transform) {
  if (normalize_ || layout_ || divides_)
    options.refuse("type", "moves pixels after they were normalized or laid out", "put it earlier");
  if (steps_.empty()) first_short_side_ = short_side_of(options);
  steps_.push_back(std::move(transform));
}

void Pipeline::check_whole(const std::string& place) const {
  if (!normalize_ && !layout_ && steps_.empty() && !divides_) return;
  if (!normalize_)
    throw UsageError(place, "does not normalize", "add Normalize (mean 0 and std 1 leave values as they are)");
  if (!layout_) throw UsageError(place, "says nothing of the layout", "add FormatShape");
  if ((layout_->axes == Axes::kNchwFlow) != normalize_->flow)
    throw UsageError(place, "is half for optical flow, half for pictures",
                     "NCHW_Flow goes with a mean and std of two numbers");
}

FramePlan Pipeline::choose(const VideoFacts& facts, RandomSource& random) const {
  if (!sampler_) throw UsageError("pipeline", "has no sampler, such as SampleFrames");
  FramePlan plan = sampler_->choose(facts, random);
  for (const int64_t frame : plan.frames)
    if (frame < 0 || frame >= facts.num_frames)
      throw DataError(facts.id, fmt::format("frame {} was chosen of {}", frame, facts.num_frames));
  return plan;
}

PipelineSample Pipeline::begin(const FramePlan& plan, sampling::Size source, RandomSource& random,
                               std::optional<int64_t> label) const {
  if (!normalize_) throw UsageError("pipeline", "ends after the sampler", "add Normalize and FormatShape");
  const auto frames = static_cast<int64_t>(plan.frames.size());
  if (frames < 1 || plan.clip_len < 1 || plan.num_clips < 1 || frames > plan.clip_len * plan.num_clips)
    throw DataError("sample", fmt::format("has {} frames for {} clips of {}", frames, plan.num_clips, plan.clip_len));
  if (!media::image_size_ok(source.width, source.height))
    throw DataError("frame", fmt::format("size {}x{} is none that vs handles", source.width, source.height));
  std::vector<int64_t> groups = sampler_ ? sampler_->groups() : std::vector<int64_t>{};
  if (std::accumulate(groups.begin(), groups.end(), int64_t{0}) != frames) groups = {frames};
  std::vector<Course> courses;
  for (int64_t& group : groups) {
    Course course;
    course.size = source;
    course.label = label;
    course.flow = normalize_->flow;
    for (const auto& step : steps_) step->plan(course, random);
    courses.push_back(std::move(course));
    if (normalize_->flow) group *= 2;
  }
  const FrameCounts counts{courses.front().crops, plan.num_clips, plan.clip_len, normalize_->values.channels()};
  return {std::move(courses), std::move(groups), source, *normalize_, *layout_, counts};
}

Array Pipeline::apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random) const {
  std::optional<int64_t> label;
  return apply(std::move(frames), plan, random, label);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): other makers take the pictures over
Array Pipeline::apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random,
                      std::optional<int64_t>& label) const {
  if (frames.empty()) throw DataError("sample", "has no frames");
  PipelineSample sample = begin(plan, {frames.front().width, frames.front().height}, random, label);
  Array array = array_of(sample, frames);
  label = sample.label();
  return array;
}

Array Pipeline::apply(media::DevicePictures& pictures, std::span<const int64_t> order, const FramePlan& plan,
                      RandomSource& random, std::optional<int64_t>& label) const {
  const media::Size size = pictures.size();
  PipelineSample sample = begin(plan, {size.width, size.height}, random, label);
  const std::optional<media::PicturePlan> there = sample.picture_plan();
  Array array = there ? Array{.shape = there->shape, .on_device = pictures.make(*there, order)}
                      : array_of(sample, frames_on_host(pictures, order));
  label = sample.label();
  return array;
}

ClipReaderOptions Pipeline::reading(ClipReaderOptions how) const {
  how.short_side = first_short_side_.value_or(0);
  if (how.on_device && !works_on_device()) {
    how.on_device = nullptr;
    how.video.frames_on_device = 0;
  }
  return how;
}

bool Pipeline::works_on_device() const {
  if (!transforms() || is_flow()) return false;
  // What is drawn differs from sample to sample, which steps there are does not.
  class MiddleDraws final : public RandomSource {
   public:
    double uniform() override { return 0.5; }
    int64_t below(int64_t count) override { return count / 2; }
  } random;
  constexpr sampling::Size kUsual{1280, 720};
  FramePlan plan;
  const std::vector<int64_t> groups = sampler_ ? sampler_->groups() : std::vector<int64_t>{};
  plan.num_clips = std::max<int64_t>(std::accumulate(groups.begin(), groups.end(), int64_t{0}), 1);
  plan.frames.resize(static_cast<std::size_t>(plan.num_clips));
  try {
    return begin(plan, kUsual, random).picture_plan().has_value();
  } catch (const DataError&) {
    return false;  // no such video fits: those that do are no usual ones
  }
}

}  // namespace vs::data
