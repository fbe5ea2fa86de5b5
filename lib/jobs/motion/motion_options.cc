#include "lib/jobs/motion/motion_options.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/jobs/motion/motion_places.h"

namespace vs::jobs {
namespace {

using cli::ParsedOptions;

// Frames that a plan may name for each video: 128 MiB of numbers.
constexpr int64_t kMostPlanned = int64_t{1} << 24;

MotionMethod read_method(const ParsedOptions& parsed) {
  const std::string& word = parsed.text("method");
  if (word == "codec") {
    return parsed.text("codec-source") == "vectors" ? MotionMethod::kCodecVectors : MotionMethod::kCodecPackets;
  }
  return parsed.choice<MotionMethod>("method", {{"ssim", MotionMethod::kSsim},
                                                {"mad", MotionMethod::kMad},
                                                {"luma", MotionMethod::kLuma},
                                                {"flow", MotionMethod::kFlow},
                                                {"pa", MotionMethod::kPa}});
}

void read_plan_options(const ParsedOptions& parsed, MotionOptions& options) {
  PlanOptions& plan = options.plan;
  options.make_plan = parsed.has("plan");
  plan.num_segments = parsed.integer_or("plan", plan.num_segments);
  plan.rule = parsed.choice<PlanRule>("rule", {{"test", PlanRule::kTest},
                                               {"train", PlanRule::kTrain},
                                               {"window-test", PlanRule::kWindowTest},
                                               {"window-train", PlanRule::kWindowTrain}});
  plan.num_clips = parsed.integer("num-clips");
  plan.window = parsed.integer("window");
  plan.exponent = parsed.real("exponent");
  plan.seed = static_cast<uint64_t>(parsed.integer("seed"));
  plan.epoch = static_cast<uint64_t>(parsed.integer("epoch"));
  if (plan.num_segments * plan.num_clips > kMostPlanned) {
    throw UsageError(fmt::format("--plan {}, --num-clips {}", plan.num_segments, plan.num_clips),
                     fmt::format("{} frames for each video", plan.num_segments * plan.num_clips),
                     fmt::format("at most {}", kMostPlanned));
  }
}

void check_output_names(const MotionOptions& options) {
  if (options.make_plan) {
    if (options.output.empty()) {
      throw UsageError("--plan", "has nowhere to go", "name the plan with -o PLAN.json, or - for standard output");
    }
    if (options.output != "-" && !is_json_name(options.output)) {
      throw UsageError("-o " + options.output, "a plan is a JSON file",
                       "name the plan with -o PLAN.json and the motion file with --save-motion");
    }
    if (options.motion_output == options.output) {
      throw UsageError("--save-motion " + options.motion_output, "is the plan's own name", "give it another one");
    }
  }
  if (options.values == motion::Values::kCurve && options.make_plan && options.motion_output.empty()) {
    throw UsageError("--values curve", "no motion file is written", "add --save-motion FILE");
  }
}

}  // namespace

std::string method_name(const MotionOptions& options) {
  switch (options.method) {
    case MotionMethod::kSsim:
      return "ssim";
    case MotionMethod::kMad:
      return "mad";
    case MotionMethod::kLuma:
      return "luma";
    case MotionMethod::kCodecPackets:
      return "codec-packets";
    case MotionMethod::kCodecVectors:
      return "codec-vectors";
    case MotionMethod::kPa:
      return "pa";
    case MotionMethod::kFlow:
      break;
  }
  switch (options.flow_algorithm) {
    case motion::FlowAlgorithm::kDis:
      return "flow-dis";
    case motion::FlowAlgorithm::kFarneback:
      return "flow-farneback";
    case motion::FlowAlgorithm::kTvl1:
      break;
  }
  return "flow-tvl1";
}

std::string method_units(MotionMethod method) {
  switch (method) {
    case MotionMethod::kMad:
    case MotionMethod::kLuma:
      return "levels";
    case MotionMethod::kCodecVectors:
    case MotionMethod::kFlow:
      return "pixels";
    case MotionMethod::kSsim:
    case MotionMethod::kCodecPackets:
    case MotionMethod::kPa:
      break;
  }
  return "1";
}

std::string method_formula(MotionMethod method) {
  switch (method) {
    case MotionMethod::kSsim:
      return "1 - SSIM(gray t, gray t + 1)";
    case MotionMethod::kMad:
      return "mean |gray t + 1 - gray t|";
    case MotionMethod::kLuma:
      return "mean |luma t + 1 - luma t|";
    case MotionMethod::kCodecPackets:
      return "level of packet sizes around frame t + 1";
    case MotionMethod::kCodecVectors:
      return "mean length of the codec's motion vectors of frame t + 1, a frame of time";
    case MotionMethod::kPa:
      return "sum over pixels of |f(t) - f(t + 1) + 1e-6|, f = PA.shallow_conv of BGR 0..255";
    case MotionMethod::kFlow:
      break;
  }
  return "mean length of the optical flow from gray t to gray t + 1";
}

std::string plan_rule_name(PlanRule rule) {
  switch (rule) {
    case PlanRule::kTest:
      return "mg-test";
    case PlanRule::kTrain:
      return "mg-train";
    case PlanRule::kWindowTest:
      return "mg-window-test";
    case PlanRule::kWindowTrain:
      break;
  }
  return "mg-window-train";
}

MotionOptions read_motion_options(const ParsedOptions& parsed) {
  MotionOptions options;
  static_cast<InputOptions&>(options) = read_input_options(parsed);
  static_cast<RunOptions&>(options) = read_run_options(parsed);
  if (parsed.has("template")) options.name_template = FileTemplate::parse(parsed.text("template"));
  const auto values = [&](const char* name) {
    return parsed.choice<motion::Values>(name, {{"raw", motion::Values::kRaw}, {"curve", motion::Values::kCurve}});
  };
  options.values = values("values");
  options.values_given = parsed.given("values");
  options.input_values_given = parsed.has("input-values");
  if (options.input_values_given) options.input_values = values("input-values");
  options.allow_short = parsed.flag("allow-short");
  options.method = read_method(parsed);
  options.method_given = parsed.given("method");
  options.flow_algorithm =
      parsed.choice<motion::FlowAlgorithm>("flow-algorithm", {{"dis", motion::FlowAlgorithm::kDis},
                                                              {"farneback", motion::FlowAlgorithm::kFarneback},
                                                              {"tvl1", motion::FlowAlgorithm::kTvl1}});
  options.weights = parsed.text_or("weights", "");
  options.flow_images = parsed.text_or("flow-images", "");
  options.flow_bound = parsed.real("flow-bound");
  options.quality = static_cast<int>(parsed.integer("quality"));
  options.output = parsed.text_or("output", "");
  options.motion_output = parsed.text_or("save-motion", "");
  options.name_rule = parsed.choice<motion::NameRule>(
      "name-rule", {{"extension", motion::NameRule::kExtension}, {"first-dot", motion::NameRule::kFirstDot}});
  read_plan_options(parsed, options);
  options.plot = parsed.text_or("plot", "");
  options.sheet = parsed.text_or("sheet", "");
  options.picture_video = parsed.text_or("video", "");
  if (!options.flow_images.empty() && options.output.empty()) options.output = options.flow_images + "/motion.h5";
  check_output_names(options);
  if (parsed.given("name-rule") && !is_json_name(options.motion_path())) {
    throw UsageError("--name-rule", "only together with a motion file in JSON",
                     options.make_plan ? "--save-motion FILE.json" : "-o FILE.json");
  }
  options.json = parsed.flag("json");
  if (!options.depfile.empty() && output_files(options).empty()) {
    throw UsageError("--depfile", "needs an output that is a file", "add -o FILE");
  }
  options.hwaccel = open_hwaccel(parsed);
  options.hwaccel_given = parsed.given("hwaccel");
  nlohmann::ordered_json outer = parsed.parameters(true), inner = parsed.parameters(false);
  outer["hwaccel"] = inner["hwaccel"] = options.hwaccel.parameter();
  options.parameters = std::make_shared<nlohmann::ordered_json>(std::move(outer));
  inner.erase("weights");  // what is in the file counts, see settled_parameters()
  options.inner_parameters = std::make_shared<nlohmann::ordered_json>(std::move(inner));
  return options;
}

}  // namespace vs::jobs
