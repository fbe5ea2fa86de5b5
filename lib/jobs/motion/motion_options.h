// What vs-motion was asked for, defaults filled in and checked.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "lib/cli/parsed_options.h"
#include "lib/core/file_template.h"
#include "lib/jobs/inputs/hwaccel.h"
#include "lib/jobs/inputs/item_list.h"
#include "lib/jobs/inputs/run_options.h"
#include "lib/motion/flow.h"
#include "lib/motion/mgsampler_json.h"

namespace vs::jobs {

/// How motion is measured.
enum class MotionMethod { kSsim, kMad, kLuma, kCodecPackets, kCodecVectors, kFlow, kPa };

/// Which frames a plan takes.
enum class PlanRule { kTest, kTrain, kWindowTest, kWindowTrain };

/// A motion-guided choice of frames.
struct PlanOptions {
  int64_t num_segments = 8;
  int64_t num_clips = 1;
  PlanRule rule = PlanRule::kTest;
  int64_t window = 64;  ///< motion values of a window, for the window rules
  double exponent = 0.5;
  uint64_t seed = 0, epoch = 0;  ///< for the rules that draw
  bool draws() const { return rule == PlanRule::kTrain || rule == PlanRule::kWindowTrain; }
  bool windowed() const { return rule == PlanRule::kWindowTest || rule == PlanRule::kWindowTrain; }
};

/// Videos, frame folders, frames packs; or one motion file.
inline constexpr InputFilter kMotionInputs{.frame_folders = true, .packs = true, .motion_file = true};

struct MotionOptions : InputOptions, RunOptions {
  // input
  std::optional<FileTemplate> name_template;  ///< of the pictures of frame folders
  motion::Values input_values = motion::Values::kRaw;
  bool input_values_given = false;
  bool allow_short = false;
  Hwaccel hwaccel;
  bool hwaccel_given = false;
  // measuring
  MotionMethod method = MotionMethod::kSsim;
  bool method_given = false;
  motion::FlowAlgorithm flow_algorithm = motion::FlowAlgorithm::kDis;
  std::string weights;      ///< checkpoint for kPa; empty: none
  std::string flow_images;  ///< folder; empty: none
  double flow_bound = 20;
  int quality = 95;
  // output
  std::string output;         ///< motion file, or the plan where one is asked for; "-": standard output; empty: none
  std::string motion_output;  ///< motion file beside a plan; empty: none
  motion::Values values = motion::Values::kRaw;
  bool values_given = false;
  motion::NameRule name_rule = motion::NameRule::kExtension;
  bool make_plan = false;
  PlanOptions plan;
  std::string plot, sheet, picture_video;
  bool json = false;
  /// For the manifest; `inner` without what does not change the result.
  std::shared_ptr<const nlohmann::ordered_json> parameters, inner_parameters;

  /// Where the motion file goes: empty if none is kept, "-" for lines on standard output.
  const std::string& motion_path() const { return make_plan ? motion_output : output; }
};

/// The name of a method in files: "ssim", "codec-packets", "flow-dis".
std::string method_name(const MotionOptions& options);
/// Units of the raw values, such as "pixels", and their formula in words.
std::string method_units(MotionMethod method);
std::string method_formula(MotionMethod method);
/// The rule's name in a plan: "mg-test".
std::string plan_rule_name(PlanRule rule);

/// Reads what the table has parsed, checks what it cannot, and opens the device of --hwaccel. Throws UsageError, and
/// RunError for a device that does not open.
MotionOptions read_motion_options(const cli::ParsedOptions& parsed);

}  // namespace vs::jobs
