#include "lib/jobs/extract/extract_options.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/jobs/extract/layouts.h"

namespace vs::jobs {
namespace {

using cli::ParsedOptions;

const Layout& layout_of(const ParsedOptions& parsed) {
  static const Layout kNone = [] {
    Layout none;
    none.file_template = "img_{:05}.jpg";
    return none;
  }();
  return parsed.has("layout") ? layout_named(parsed.text("layout")) : kNone;
}

FrameChoice read_choice(const ParsedOptions& parsed, const Layout& layout) {
  FrameChoice choice;
  if (parsed.has("fps")) {
    choice.rule = ChoiceRule::kFps;
    choice.rate = parsed.fraction("fps");
  } else if (parsed.has("rate")) {
    choice.rule = ChoiceRule::kRate;
    choice.rate = parsed.fraction("rate");
  } else if (parsed.has("every")) {
    choice.rule = ChoiceRule::kEvery;
    choice.count = parsed.integer("every");
  } else if (parsed.has("num-frames")) {
    choice.rule = ChoiceRule::kNumFrames;
    choice.count = parsed.integer("num-frames");
    choice.ends = parsed.text("spread") == "ends";
  } else if (parsed.has("at")) {
    choice.rule = ChoiceRule::kPlan;
    choice.plan = parsed.text("at");
  } else if (parsed.flag("key-frames")) {
    choice.rule = ChoiceRule::kKeyFrames;
  } else if (layout.rate == LayoutRate::kConstantRate) {
    choice.rule = ChoiceRule::kConstantRate;
  } else if (layout.rate == LayoutRate::kRate30OwnDuration) {
    choice.rule = ChoiceRule::kRate;
    choice.rate = {30, 1};
    choice.own_durations = true;
  }
  if (parsed.has("start")) choice.start_s = parsed.real("start");
  if (parsed.has("end")) choice.end_s = parsed.real("end");
  if (choice.start_s && choice.end_s && *choice.start_s >= *choice.end_s) {
    throw UsageError("--end", "is not after --start");
  }
  choice.at_least_one = parsed.flag("at-least-one");
  return choice;
}

media::SizePolicy read_size(const ParsedOptions& parsed, const Layout& layout) {
  media::SizePolicy policy;
  if (parsed.has("size")) {
    policy.kind = media::SizePolicy::Kind::kExact;
    const cli::Size size = parsed.size("size");
    policy.width = static_cast<int>(size.width);
    policy.height = static_cast<int>(size.height);
  } else if (parsed.has("short-side") || parsed.has("height")) {
    const bool short_side = parsed.has("short-side");
    policy.kind = short_side ? media::SizePolicy::Kind::kShortSide : media::SizePolicy::Kind::kHeight;
    policy.side = static_cast<int>(parsed.integer(short_side ? "short-side" : "height"));
    policy.rounding = layout.rounding;
    policy.only_smaller = layout.only_smaller && short_side;
  } else {
    policy = layout.size;
  }
  if (parsed.has("rounding")) policy.rounding = media::parse_side_rounding(parsed.text("rounding"), "--rounding");
  if (parsed.flag("only-smaller")) policy.only_smaller = true;
  return policy;
}

OutputKind kind_of(const ParsedOptions& parsed) {
  const std::string output = parsed.text_or("output", "");
  if (parsed.has("features")) {
    if (!output.empty() && !is_hdf5_name(output))
      throw UsageError("--output " + printable(output), "features go into a file", "give a name that ends in .h5");
    return OutputKind::kFeatures;
  }
  if (output == "-") return OutputKind::kStream;
  return is_hdf5_name(output) ? OutputKind::kPack : OutputKind::kFolder;
}

FrameFormat read_format(const ParsedOptions& parsed, OutputKind kind) {
  if (!parsed.has("format")) return kind == OutputKind::kStream ? FrameFormat::kRawRgb : FrameFormat::kJpeg;
  const auto format = parsed.choice<FrameFormat>("format", {{"jpeg", FrameFormat::kJpeg},
                                                            {"png", FrameFormat::kPng},
                                                            {"raw", FrameFormat::kRawRgb},
                                                            {"raw-gray", FrameFormat::kRawGray},
                                                            {"raw-luma", FrameFormat::kRawLuma}});
  const bool encoded = format == FrameFormat::kJpeg || format == FrameFormat::kPng;
  const std::string place = "--format " + parsed.text("format");
  if (kind == OutputKind::kFolder && !encoded) {
    throw UsageError(place, "is not for folders", "jpeg or png; raw frames go to a pack (-o NAME.h5) or a pipe (-o -)");
  }
  if (kind == OutputKind::kStream && encoded)
    throw UsageError(place, "is not for standard output", "raw, raw-gray or raw-luma");
  if (kind == OutputKind::kPack && format == FrameFormat::kRawLuma) {
    throw UsageError(place, "is not for packs", "raw-gray, or -o - for a pipe");
  }
  return format;
}

std::string read_template(const ParsedOptions& parsed, const Layout& layout, FrameFormat format) {
  if (parsed.has("template")) return parsed.text("template");
  std::string text = layout.file_template;
  if (format == FrameFormat::kPng) text.replace(text.rfind('.'), std::string::npos, ".png");
  return text;
}

/// The template, checked: it names files of one folder.
FileTemplate checked_template(const std::string& text) {
  FileTemplate result = FileTemplate::parse(text);
  const std::string name = result.name(0);
  if (name.find('/') != std::string::npos) throw UsageError("--template " + text, "names more than a file in a folder");
  if (name[0] == '.') throw UsageError("--template " + text, "makes hidden files");
  return result;
}

/// What a network looks at, before the crop.
PictureOptions network_pictures(const FeatureOptions& features, bool rotate) {
  PictureOptions picture;
  picture.format = FrameFormat::kRawRgb;
  picture.size.kind = media::SizePolicy::Kind::kShortSide;
  picture.size.side = features.short_side;
  picture.size.rounding = media::SideRounding::kFactor;
  picture.interpolation = media::Interpolation::kOpencvBilinear;
  picture.rotate = rotate;
  return picture;
}

/// Options that the output's form or the layout leaves nothing to do: the table cannot know these.
void refuse_idle(const ParsedOptions& parsed, const ExtractOptions& options) {
  const auto refuse = [&](const char* option, const std::string& wanted) {
    if (parsed.given(option)) throw UsageError(std::string("--") + option, "only together with " + wanted);
  };
  if (options.picture.format != FrameFormat::kJpeg) refuse("quality", "--format jpeg");
  if (options.kind != OutputKind::kFolder) {
    for (const char* option : {"template", "start-index"}) refuse(option, "a folder as --output");
  }
  if (options.kind == OutputKind::kStream) refuse("depfile", "a file or folder as --output");
  if (options.picture.size.kind == media::SizePolicy::Kind::kKeep) {
    for (const char* option : {"only-smaller", "interpolation", "rounding"}) {
      refuse(option, "a size, which --layout " + parsed.text_or("layout", "") + " does not set");
    }
  }
  const ChoiceRule rule = options.choice.rule;
  const bool may_be_empty = rule == ChoiceRule::kFps || rule == ChoiceRule::kRate ||
                            rule == ChoiceRule::kConstantRate || rule == ChoiceRule::kKeyFrames;
  if (!may_be_empty) refuse("at-least-one", "--fps, --rate, --key-frames or a layout that sets a rate");
}

/// Options as the table gives them, with what layouts and defaults decided put in.
nlohmann::ordered_json effective(nlohmann::ordered_json parameters, const ExtractOptions& options,
                                 const ParsedOptions& parsed) {
  const auto set = [&](const char* key, const char* option, nlohmann::ordered_json value) {
    if (!parsed.has(option)) parameters[key] = std::move(value);
  };
  parameters["hwaccel"] = options.hwaccel.parameter();
  if (options.features) {
    const FeatureOptions& features = *options.features;
    set("short_side", "short-side", features.short_side);
    set("frame_interval", "frame-interval", features.frame_interval);
    set("clip_stride", "clip-stride", features.clip_stride);
    return parameters;
  }
  static constexpr const char* kFormats[] = {"jpeg", "png", "raw", "raw-gray", "raw-luma"};
  static constexpr const char* kRoundings[] = {"even", "near", "cut", "round"};
  static constexpr const char* kInterpolations[] = {"bilinear", "nearest", "bicubic",
                                                    "area",     "lanczos", "opencv-bilinear"};
  set("format", "format", kFormats[static_cast<int>(options.picture.format)]);
  set("quality", "quality", options.picture.quality);
  set("template", "template", options.name_template.text());
  set("start_index", "start-index", options.start_index);
  set("number_by", "number-by", options.number_by_frame ? "frame" : "order");
  set("rounding", "rounding", kRoundings[static_cast<int>(options.picture.size.rounding)]);
  set("interpolation", "interpolation", kInterpolations[static_cast<int>(options.picture.interpolation)]);
  return parameters;
}

}  // namespace

ExtractOptions read_extract_options(const ParsedOptions& parsed) {
  const Layout& layout = layout_of(parsed);
  const OutputKind kind = kind_of(parsed);
  const FrameFormat format = read_format(parsed, kind);
  ExtractOptions options;
  options.name_template = checked_template(read_template(parsed, layout, format));
  static_cast<InputOptions&>(options) = read_input_options(parsed);
  static_cast<RunOptions&>(options) = read_run_options(parsed);
  if (options.paths.empty() && options.list.empty() && options.annotations.empty()) {
    throw UsageError("VIDEO", "nothing to read is named", "give videos, folders, --list or --annotations");
  }
  options.choice = read_choice(parsed, layout);
  options.picture.format = format;
  options.picture.quality = static_cast<int>(parsed.integer_or("quality", layout.quality));
  options.picture.size = read_size(parsed, layout);
  options.picture.interpolation = parsed.has("interpolation")
                                      ? media::parse_interpolation(parsed.text("interpolation"), "--interpolation")
                                      : layout.interpolation;
  options.picture.rotate = !parsed.flag("no-rotate");
  options.features = read_feature_options(parsed);
  if (options.features) options.picture = network_pictures(*options.features, options.picture.rotate);
  options.video.timeout_s = parsed.real("timeout");
  options.allow_short = parsed.flag("allow-short");
  options.index_folder = parsed.text_or("index", "");
  options.kind = kind;
  options.output = parsed.text_or("output", "");
  while (options.output.size() > 1 && options.output.back() == '/') options.output.pop_back();
  if (options.output.empty() && !parsed.has("probe")) {
    throw UsageError("--output", "is missing", "a folder, a pack (NAME.h5) or - for standard output");
  }
  options.start_index = parsed.integer_or("start-index", layout.start_index);
  options.number_by_frame =
      parsed.has("number-by") ? parsed.text("number-by") == "frame" : options.choice.rule == ChoiceRule::kPlan;
  if (!parsed.has("probe")) refuse_idle(parsed, options);
  options.hwaccel = open_hwaccel(parsed);
  options.video.hardware = options.hwaccel.device;
  options.parameters = std::make_shared<nlohmann::ordered_json>(effective(parsed.parameters(true), options, parsed));
  options.inner_parameters =
      std::make_shared<nlohmann::ordered_json>(effective(parsed.parameters(false), options, parsed));
  return options;
}

}  // namespace vs::jobs
