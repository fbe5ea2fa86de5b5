// Golden kinds of frame extraction by the systems' scripts: which files, names, sizes and frames. What vs does comes
// from vs-extract's own options with the layout of the script, as a user gives them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "lib/annot/video_names.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/jobs/extract/option_table.h"
#include "lib/jobs/extract/video_run.h"
#include "lib/media/image_size.h"
#include "lib/media/video_decoder.h"
#include "lib/sampling/constant_rate.h"
#include "tests/golden/golden.h"
#include "tests/lib/store/temporary_folder.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

jobs::ExtractOptions options_of(const Strings& words) {
  static const cli::OptionTable table = jobs::extract_option_table();
  std::vector<const char*> line{"vs-extract"};
  for (const std::string& word : words) line.push_back(word.c_str());
  return jobs::read_extract_options(cli::parse_command_line(table, static_cast<int>(line.size()), line.data(),
                                                            [](const char*) -> const char* { return nullptr; }));
}

/// The arguments of video2img.py and video_jpg.py, which are one script.
struct ScriptArguments {
  Strings formats{".mp4", ".mkv", ".webm"};
  std::string prefix, rate;
  size_t begin = 0, end = 666666666;

  explicit ScriptArguments(const Strings& words) {
    for (size_t i = 0; i < words.size(); ++i) {
      const auto value = [&] { return words.at(++i); };
      if (words[i] == "--prefix") {
        prefix = value();
      } else if (words[i] == "--frame_rate") {
        rate = value();
      } else if (words[i] == "--begin") {
        begin = std::stoul(value());
      } else if (words[i] == "--end") {
        end = std::stoul(value());
      } else if (words[i] == "--num_workers" || words[i] == "--file_list") {
        value();
      } else if (words[i] == "--accepted_formats") {
        formats.clear();
        while (i + 1 < words.size() && !words[i + 1].starts_with("--")) formats.push_back(value());
      } else if (words[i] != "--dry_run" && words[i] != "--parallel") {
        throw DataError("case", "argument " + words[i] + " unknown");
      }
    }
    if (rate.starts_with('-') || rate == "0") rate.clear();
  }

  /// The script's own choice, which vs does not copy: a format anywhere in the name will do.
  Strings chosen(const Strings& names) const {
    Strings taken;
    for (const std::string& name : names) {
      const auto occurs = [&](const std::string& format) { return name.find(format) != std::string::npos; };
      if (std::any_of(formats.begin(), formats.end(), occurs)) taken.push_back(name);
    }
    if (end + 1 < taken.size()) taken.resize(end + 1);
    taken.erase(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(std::min(begin, taken.size())));
    return taken;
  }
  bool ends_in_format(const std::string& name) const {
    return std::any_of(formats.begin(), formats.end(),
                       [&](const std::string& format) { return name.ends_with(format); });
  }

  /// The same wishes to vs-extract.
  Strings for_vs(const std::string& layout) const {
    Strings words{"--layout", layout, "-o", "out", "in.mp4"};
    if (!prefix.empty()) words.insert(words.begin(), {"--template", prefix});
    if (prefix.ends_with(".png")) words.insert(words.begin(), {"--format", "png"});
    if (!rate.empty()) words.insert(words.begin(), {"--rate", rate});
    return words;
  }
};

/// "img_{:05}.jpg" as FFmpeg writes it: "img_%05d.jpg".
std::string as_pattern(const FileTemplate& name) {
  static const std::regex field(R"(\{:(0[0-9]+)d?\})");
  return std::regex_replace(name.text(), field, "%$1d");
}

std::string scale_filter(const media::SizePolicy& size) {
  if (size.kind != media::SizePolicy::Kind::kHeight) return "scale not by height";
  const bool near = size.rounding == media::SideRounding::kNear;
  return fmt::format("scale={}:{}", near ? "-1" : "not -1", size.side);
}

std::string rate_option(const jobs::FrameChoice& choice) {
  if (choice.rule == jobs::ChoiceRule::kConstantRate) return "";
  if (choice.rule != jobs::ChoiceRule::kRate || choice.own_durations) return "not by -r after a filter";
  return choice.rate.denominator == 1 ? fmt::format("-r {}", choice.rate.numerator)
                                      : fmt::format("-r {}/{}", choice.rate.numerator, choice.rate.denominator);
}

/// What the script runs, told from the options of vs-extract that stand for it.
struct ScriptRun {
  Strings commands, folders;
};

ScriptRun script_run(const ScriptArguments& arguments, const Strings& names, const std::string& layout,
                     const std::string& source, const std::string& target, Report& report) {
  const jobs::ExtractOptions options = options_of(arguments.for_vs(layout));
  report.check("numbers begin at 1, as FFmpeg's do", options.start_index == 1);
  report.check("every picture gets the next number", !options.number_by_frame);
  ScriptRun run;
  std::set<std::string> folders;
  for (const std::string& name : arguments.chosen(names)) {
    const std::string input = fmt::format("{}/{}", source, name);
    const std::string id = jobs::item_id(input, false, 0);
    run.commands.push_back(fmt::format("ffmpeg -nostats -loglevel 0 -i {} -vf {} {} {}/{}/{}", input,
                                       scale_filter(options.picture.size), rate_option(options.choice), target, id,
                                       as_pattern(options.name_template)));
    folders.insert(id);
    // vs goes by the last suffix, so that half-written files (x.mp4.part) stay out of what it finds in a folder.
    if (arguments.ends_in_format(name))
      report.check(name + ": taken from a folder by its suffix", annot::has_video_extension(input));
  }
  run.folders.assign(folders.begin(), folders.end());
  return run;
}

Strings sorted(Strings names) {
  std::sort(names.begin(), names.end());
  return names;
}

void check_focus_commands(const Case& c, Report& report) {
  const json& runs = c.parameters().at("runs");
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::string number = "_" + std::to_string(i);
    const ScriptArguments arguments(runs[i].at("options").get<Strings>());
    const Strings names = runs[i].value("file_list", false) ? c.input_strings("list" + number)
                                                            : sorted(c.input_strings("files" + number));
    const ScriptRun run = script_run(arguments, names, "adafocus", "SRC", "DST", report);
    report.compare("commands" + number, run.commands);
    report.compare("directories" + number, run.folders);
  }
}

void check_reskd_commands(const Case& c, Report& report) {
  const Strings words = c.parameters().at("arguments");
  const ScriptArguments arguments(Strings(words.begin() + 2, words.end()));
  const ScriptRun run = script_run(arguments, sorted(c.parameters().at("files_in_the_folder")), "reskd", words.at(0),
                                   words.at(1), report);
  report.compare("commands", run.commands);
  report.compare("folders", run.folders);
}

/// Pictures of one run over the embedded video.
struct Pictures {
  std::vector<int64_t> source_frames;
  std::vector<double> mean_rgb;
  media::Size size;
};

void append_means(std::span<const uint8_t> rgb, std::vector<double>& means) {
  double sums[3] = {0, 0, 0};
  for (size_t i = 0; i < rgb.size(); ++i) sums[i % 3] += rgb[i];
  for (const double sum : sums) means.push_back(sum / (static_cast<double>(rgb.size()) / 3));
}

Pictures pictures_of(const std::string& video, const std::string& rate) {
  Strings words{"--layout", "adafocus", "--format", "raw", "-o", "out.h5", video};
  if (!rate.empty()) words.insert(words.begin(), {"--rate", rate});
  const jobs::ExtractOptions options = options_of(words);
  const double frame_rate = media::VideoDecoder(video).info().r_frame_rate.value();
  Log log("vs-golden", Verbosity::kQuiet, false);
  Pictures pictures;
  const auto take = [&](const jobs::OutputFrame& frame, std::span<const uint8_t> rgb) {
    // Frames are numbered as they were before some were left out: by their times.
    pictures.source_frames.push_back(std::llround(frame.time_s * frame_rate));
    pictures.size = frame.size;
    append_means(rgb, pictures.mean_rgb);
  };
  jobs::VideoRun(options, log).run({"video", video, ""}, take);
  return pictures;
}

/// count_<run>, height_width_<run>, source_frame_<run>, mean_rgb_<run>; <run> is "native" or "rate_N".
void check_focus_pictures(const Case& c, Report& report) {
  const store::TemporaryFolder folder;
  const std::string video = folder / "video.mp4";
  const auto bytes = c.input<uint8_t>("video");
  write_file_atomically(video, std::string(bytes.begin(), bytes.end()));
  for (const std::string& name : c.output_names()) {
    if (!name.starts_with("count_")) continue;
    const std::string run = name.substr(5);
    const Pictures got = pictures_of(video, run.starts_with("_rate_") ? run.substr(6) : "");
    report.compare(name, std::vector<int64_t>{static_cast<int64_t>(got.source_frames.size())});
    report.compare("height_width" + run, std::vector<int64_t>{got.size.height, got.size.width});
    report.compare("source_frame" + run, got.source_frames);
    report.compare("mean_rgb" + run, got.mean_rgb);
  }
}

/// The size of the picture behind a stated one: the case's pictures come from FFmpeg's source `color`, which draws
/// 4:2:0 and makes odd sides one less (`ffmpeg -f lavfi -i color=s=853x480` says 852x480).
media::Size drawn_size(int64_t width, int64_t height) {
  return {static_cast<int>(width - width % 2), static_cast<int>(height - height % 2)};
}

void check_frame_rate(const Case& c, Report& report) {
  const json& inputs = c.parameters().at("fps_numerator_denominator_frames_R");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const sampling::Rational rate{inputs[i].at(0), inputs[i].at(1)};
    sampling::StreamTimes times;
    times.clock.time_base = sampling::inverse(rate);
    times.clock.r_frame_rate = times.clock.avg_frame_rate = rate;
    times.clock.lone_stream = true;
    for (int64_t k = 0; k < inputs[i].at(2).get<int64_t>(); ++k) times.ticks.push_back(k);
    times.last_duration_ticks = 1;
    const auto wanted = sampling::nearest_fraction(inputs[i].at(3).get<double>());
    const auto frames = sampling::select_constant_rate(times, wanted);
    report.compare("source_frame_" + std::to_string(i), frames, {frames.size()});
  }
  const jobs::ExtractOptions options = options_of({"--layout", "reskd", "-o", "out", "in.mp4"});
  const auto sizes = c.output<int64_t>("scale_minus1_360");
  std::vector<int64_t> got;
  for (size_t i = 0; i + 3 < sizes.size(); i += 4) {
    const media::Size size = media::output_size(options.picture.size, drawn_size(sizes[i], sizes[i + 1]));
    got.insert(got.end(), {sizes[i], sizes[i + 1], size.width, size.height});
  }
  report.compare("scale_minus1_360", got, c.output_shape("scale_minus1_360"));
}

}  // namespace

KindTable system_extraction_kinds() {
  return {{{"adafocus.extract_cmd", check_focus_commands},
           {"adafocus.extract", check_focus_pictures},
           {"reskd.video2img", check_reskd_commands},
           {"reskd.frame_rate_select", check_frame_rate}},
          {}};
}

}  // namespace vs::golden
