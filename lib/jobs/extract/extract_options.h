// What vs-extract was asked for, layouts and defaults filled in.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "lib/cli/parsed_options.h"
#include "lib/core/file_template.h"
#include "lib/core/text.h"
#include "lib/jobs/extract/feature_options.h"
#include "lib/jobs/inputs/hwaccel.h"
#include "lib/jobs/inputs/item_list.h"
#include "lib/jobs/inputs/run_options.h"
#include "lib/media/image_convert.h"
#include "lib/media/image_size.h"
#include "lib/media/video_info.h"

namespace vs::jobs {

/// How frames are chosen.
enum class ChoiceRule {
  kAll,
  kFps,           ///< FFmpeg's filter
  kRate,          ///< FFmpeg's -r
  kConstantRate,  ///< FFmpeg's constant-rate output at the video's own rate
  kEvery,
  kNumFrames,
  kPlan,
  kKeyFrames,
};

/// Which frames of a video.
struct FrameChoice {
  ChoiceRule rule = ChoiceRule::kAll;
  Fraction rate;               ///< kFps, kRate
  bool own_durations = false;  ///< kRate: as without any filter, where a frame's own duration counts
  int64_t count = 0;           ///< kEvery: the step; kNumFrames: how many
  bool ends = false;           ///< kNumFrames: first and last included, instead of the middles of equal parts
  std::string plan;            ///< kPlan: the file
  std::optional<double> start_s, end_s;
  bool at_least_one = false;
};

/// How a frame's bytes are made.
enum class FrameFormat { kJpeg, kPng, kRawRgb, kRawGray, kRawLuma };

/// What a frame becomes.
struct PictureOptions {
  FrameFormat format = FrameFormat::kJpeg;
  int quality = 95;
  media::SizePolicy size;
  media::Interpolation interpolation = media::Interpolation::kBilinear;
  bool rotate = true;
};

/// Where frames go, or what is made of them.
enum class OutputKind { kFolder, kPack, kStream, kFeatures };

struct ExtractOptions : InputOptions, RunOptions {
  // what is done with each video
  FrameChoice choice;
  PictureOptions picture;
  std::shared_ptr<const FeatureOptions> features;  ///< kFeatures; else null
  Hwaccel hwaccel;                                 ///< video.hardware is its device
  media::VideoOptions video;
  bool allow_short = false;
  std::string index_folder;
  // output
  OutputKind kind = OutputKind::kFolder;
  std::string output;
  FileTemplate name_template = FileTemplate::parse("img_{:05}.jpg");
  int64_t start_index = 0;
  bool number_by_frame = false;
  /// For the manifest: every option with the values that layouts and defaults gave; `inner` without what does not
  /// change the result.
  std::shared_ptr<const nlohmann::ordered_json> parameters, inner_parameters;
};

/// Fills in layouts and defaults, checks what the table cannot, and opens the device of --hwaccel. Throws UsageError,
/// and RunError for a device that does not open.
ExtractOptions read_extract_options(const cli::ParsedOptions& parsed);

}  // namespace vs::jobs
