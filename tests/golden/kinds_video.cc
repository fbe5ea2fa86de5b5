// Kind video.truth: what decoding a video must give. The video is ../<attribute file> beside the case's folder.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "lib/core/error.h"
#include "lib/core/sha256.h"
#include "lib/media/video_decoder.h"
#include "lib/media/video_probe.h"
#include "lib/sampling/constant_rate.h"
#include "lib/sampling/fps_filter.h"
#include "lib/store/h5.h"
#include "tests/golden/kinds.h"
#include "tests/golden/video_meter.h"

namespace vs::golden {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One truth file and the report on it.
class TruthCheck {
 public:
  TruthCheck(const Case& c, Report& report) : truth_(store::H5File::open(c.path())), report_(report) {
    const std::filesystem::path folder = std::filesystem::path(c.path()).parent_path();
    video_ = (folder / ".." / text("file")).lexically_normal().string();
  }

  void run() {
    if (!std::filesystem::exists(video_)) {
      report_.check(fmt::format("{}: no such video", video_), false);
      return;
    }
    report_.check("sha256", sha256_of_file(video_) == text("sha256"));
    const auto probe = media::probe_video(video_, media::ProbeDepth::kDecode);
    equal("status", media::video_state_name(probe.state), text("status"));
    equal("n_frames", std::max<int64_t>(probe.decodable_frames, 0), number("n_frames"));
    if (text("status") == "no_video" || text("status") == "cannot_open") return;
    check_header(probe);
    VideoMeter meter;
    media::VideoDecoder decoder(video_);
    while (media::VideoFrame* frame = decoder.next()) meter.add(*frame);
    measured_ = std::move(meter.result);
    if (static_cast<int64_t>(measured_.md5.size()) != number("n_frames")) {
      report_.check(fmt::format("decoding gave {} frames, not {}", measured_.md5.size(), number("n_frames")), false);
      return;
    }
    check_frames(probe);
    check_pixels();
    check_index(decoder);
    check_choices(decoder);
    check_sparse_access(decoder);
  }

 private:
  std::string text(const std::string& name) const { return truth_.read_text("/", name); }
  int64_t number(const std::string& name) const {
    return static_cast<int64_t>(std::llround(truth_.read_numbers("/", name).at(0)));
  }
  double real(const std::string& name) const { return truth_.read_numbers("/", name).at(0); }

  void equal(const std::string& name, const std::string& got, const std::string& want) {
    report_.check(fmt::format("{}: {}, expected {}", name, got, want), got == want);
  }
  void equal(const std::string& name, int64_t got, int64_t want) {
    report_.check(fmt::format("{}: {}, expected {}", name, got, want), got == want);
  }
  void equal(const std::string& name, const std::vector<int64_t>& got) {
    if (!truth_.has_dataset(name)) return;
    const auto want = truth_.read<int64_t>(name);
    const auto differ = std::mismatch(got.begin(), got.end(), want.begin(), want.end());
    report_.check(fmt::format("{}: {} values, expected {}, differ from entry {}", name, got.size(), want.size(),
                              differ.first - got.begin()),
                  got == want);
  }
  void near(const std::string& name, const std::vector<double>& got, double tolerance) {
    if (!truth_.has_dataset(name)) return;
    const auto want = truth_.read<double>(name);
    if (want.empty()) return;  // not defined where the frame size changes
    bool ok = got.size() == want.size();
    double largest = 0, magnitude = 1e-300;
    for (size_t i = 0; ok && i < want.size(); ++i) {
      if (std::isnan(got[i]) && std::isnan(want[i])) continue;
      if (!stable_entry(i, want.size())) continue;
      magnitude = std::max(magnitude, std::abs(want[i]));
      largest = std::max(largest, std::isnan(got[i] - want[i]) ? HUGE_VAL : std::abs(got[i] - want[i]));
    }
    ok = ok && largest <= tolerance;
    report_.check(fmt::format("{}: {} values, expected {}, largest difference {:.3g}, allowed {:.3g}", name, got.size(),
                              want.size(), largest, tolerance),
                  ok, largest / magnitude);
  }

  /// Entries are per frame (n, 3 n) or per pair (n - 1); pixels of unstable frames are not compared.
  bool stable_entry(size_t entry, size_t entries) const {
    const size_t n = measured_.md5.size();
    if (entries + 1 == n) return stable(entry) && stable(entry + 1);
    return stable(entry / std::max<size_t>(1, entries / n));
  }
  bool stable(size_t frame) const { return stable_.empty() || stable_[frame] != 0; }

  void check_header(const media::VideoProbe& probe) {
    const media::VideoInfo& info = probe.info;
    const auto rate = [](const Fraction& f, char mark) {
      return fmt::format("{}{}{}", f.numerator, mark, f.denominator);
    };
    equal("stream_index", info.stream_index, number("stream_index"));
    equal("n_streams", info.stream_count, number("n_streams"));
    equal("n_video_streams", info.video_stream_count, number("n_video_streams"));
    equal("container", info.container, text("container"));
    equal("codec", info.codec, text("codec"));
    equal("profile", info.profile, text("profile"));
    equal("pix_fmt", info.pixel_format, text("pix_fmt"));
    equal("width", info.width, number("width"));
    equal("height", info.height, number("height"));
    equal("rotate_clockwise", info.rotate_clockwise, number("rotate_clockwise"));
    equal("time_base", rate(info.time_base, '/'), text("time_base"));
    equal("r_frame_rate", rate(info.r_frame_rate, '/'), text("r_frame_rate"));
    equal("avg_frame_rate", rate(info.avg_frame_rate, '/'), text("avg_frame_rate"));
    equal("sample_aspect_ratio", rate(info.sample_aspect_ratio, ':'), text("sample_aspect_ratio"));
    equal("color_range", info.color_range, text("color_range"));
    equal("color_space", info.color_space, text("color_space"));
    equal("header_nb_frames", info.header_frames, number("header_nb_frames"));
    equal("size_bytes", probe.size_bytes, number("size_bytes"));
    check_start("file_start_time", info.file_start_us ? *info.file_start_us * 1e-6 : kNaN);
    check_start("stream_start_time", info.stream_start_ticks
                                         ? static_cast<double>(*info.stream_start_ticks) * info.time_base.value()
                                         : kNaN);
  }
  void check_start(const std::string& name, double got) {
    const double want = real(name);
    const bool ok = std::isnan(want) ? std::isnan(got) : std::abs(got - want) < 1e-6;
    report_.check(fmt::format("{}: {}, expected {}", name, got, want), ok);
  }

  void check_frames(const media::VideoProbe& probe) {
    equal("pts_ticks", measured_.ticks);
    equal("duration_ticks", measured_.durations);
    equal("key", measured_.keys);
    equal("size", measured_.sizes);
    near("pts", measured_.seconds, 1e-6);
    const auto types = truth_.read_strings("pict_type");
    std::string joined;
    for (const auto& type : types) joined += type;
    equal("pict_type", measured_.picture_types, joined);
    std::vector<int64_t> keys;
    for (size_t i = 0; i < measured_.keys.size(); ++i) {
      if (measured_.keys[i]) keys.push_back(static_cast<int64_t>(i));
    }
    report_.check("key frames of the probe", probe.key_frames == keys);
  }

  void check_pixels() {
    static const std::set<std::string> kExactCodecs = {"h264", "hevc",  "vp8", "vp9", "av1",
                                                       "ffv1", "mjpeg", "gif", "png"};
    if (truth_.has_dataset("stable")) stable_ = truth_.read<int64_t>("stable");
    exact_ = kExactCodecs.contains(text("codec"));
    if (exact_) {
      const auto want = truth_.read_strings("md5");
      size_t wrong = 0, compared = 0;
      for (size_t i = 0; i < want.size(); ++i) {
        // Of frames whose size differs from the first one's the truth is of the frame brought to the first size.
        const bool comparable = stable(i) && measured_.sizes[2 * i] == measured_.sizes[0] &&
                                measured_.sizes[2 * i + 1] == measured_.sizes[1];
        compared += comparable;
        wrong += comparable && want[i] != measured_.md5[i];
      }
      if (compared < want.size()) {
        report_.skip("md5", fmt::format("{} frames, unstable or scaled in the truth", want.size() - compared));
      }
      report_.check(fmt::format("md5: {} of {} frames differ", wrong, compared), wrong == 0);
    } else {
      report_.skip("md5", "the codec leaves the inverse transform open");
    }
    const double plane_tolerance = exact_ ? 1e-9 : 0.05;
    near("yuv_mean", measured_.yuv_means, plane_tolerance);
    near("mad_y", measured_.mad_y, plane_tolerance);
    const bool odd = number("width") % 2 != 0 || number("height") % 2 != 0;
    const bool deep = text("pix_fmt").find("10le") != std::string::npos;
    near("rgb_mean", measured_.rgb_means, odd || deep ? 1.5 : 0.5);
    near("rgb_mean_pyav", measured_.rgb_means, odd || deep ? 1.5 : 0.5);
    const double rgb_tolerance = odd || deep ? 0.5 : 0.05;
    near("mad_gray", measured_.mad_gray, rgb_tolerance);
    near("mad_rgb", measured_.mad_rgb, rgb_tolerance);
    near("ssim_diff", measured_.ssim_diff, odd || deep ? 0.02 : exact_ ? 1e-6 : 1e-3);
  }

  /// The index must tell the same frames as decoding does.
  void check_index(media::VideoDecoder& decoder) {
    const media::VideoIndex& index = decoder.index();
    std::vector<int64_t> ticks, durations, keys;
    for (const auto& frame : index.frames) {
      ticks.push_back(frame.ticks);
      durations.push_back(frame.duration_ticks);
      keys.push_back(frame.key);
    }
    report_.check("index: times", ticks == measured_.ticks);
    report_.check("index: durations", durations == measured_.durations);
    report_.check("index: key frames", keys == measured_.keys);
  }

  void check_choices(media::VideoDecoder& decoder) {
    const media::VideoInfo& info = decoder.info();
    const auto rational = [](const Fraction& f) { return sampling::Rational{f.numerator, f.denominator}; };
    sampling::StreamTimes times;
    times.clock = {rational(info.time_base), rational(info.r_frame_rate), rational(info.avg_frame_rate),
                   info.file_start_us,       info.stream_start_ticks,     info.start_of_stream_counts,
                   info.stream_count == 1};
    times.ticks = measured_.ticks;
    times.last_duration_ticks = measured_.durations.empty() ? 0 : measured_.durations.back();
    for (size_t i = 1; i < times.ticks.size(); ++i) {
      const auto size = measured_.sizes.begin() + static_cast<std::ptrdiff_t>(2 * i);
      if (!std::equal(size, size + 2, size - 2)) times.restarts.push_back(static_cast<int64_t>(i));
    }
    equal("fps4", sampling::select_at_fps(times, {4, 1}).frames);
    equal("fps12_5", sampling::select_at_fps(times, {25, 2}).frames);
    equal("fps4_image2", sampling::select_at_fps_constant_rate(times, {4, 1}));
    equal("r4_image2", sampling::select_constant_rate(times, {4, 1}));
    equal("all_image2", sampling::select_constant_rate(times, sampling::output_rate(times.clock)));
  }

  /// Chosen frames must equal those of decoding everything, however they are chosen and whether or not the file is read
  /// twice.
  void check_sparse_access(media::VideoDecoder& decoder) {
    const auto n = static_cast<int64_t>(measured_.md5.size());
    std::vector<std::vector<int64_t>> choices = {{}, {0}, {n - 1}, {n}};
    std::vector<int64_t> uniform, every_fourth;
    for (int64_t i = 0; i < 8; ++i) uniform.push_back((2 * i + 1) * n / 16);
    for (int64_t i = 0; i < n; i += 4) every_fourth.push_back(i);
    choices.push_back(uniform);
    choices.push_back(every_fourth);
    const auto draws = uniform_draws(text("file"), 3 * static_cast<uint64_t>(n) + 16);
    size_t draw = 0;
    for (int i = 0; i < 6; ++i) choices.push_back({static_cast<int64_t>(draws[draw++] * static_cast<double>(n))});
    for (const double share : {0.02, 0.1, 0.5}) {
      std::vector<int64_t> some;
      for (int64_t i = 0; i < n; ++i) {
        if (draws[draw++] < share) some.push_back(i);
      }
      choices.push_back(some);
    }
    for (const auto& choice : choices) check_choice(decoder, choice);
    media::VideoOptions reading_on, seeking;
    reading_on.packet_memory_bytes = seeking.packet_memory_bytes = 0;
    reading_on.threads = 2;
    seeking.seek_over_bytes = 0;
    const auto knowledge = decoder.index().knowledge;
    for (const auto& options : {reading_on, seeking}) {
      media::VideoDecoder rereading(video_, options);
      rereading.set_index(decoder.index());
      for (const auto& choice : choices) check_choice(rereading, choice);
      report_.check("the index was not followed", rereading.packet_index().knowledge == knowledge);
    }
    check_key_frames(decoder);
  }

  void check_choice(media::VideoDecoder& decoder, const std::vector<int64_t>& choice) {
    decoder.select(choice);
    std::vector<int64_t> expected;
    for (const int64_t i : choice) {
      if (i < static_cast<int64_t>(measured_.md5.size()) && (expected.empty() || expected.back() != i))
        expected.push_back(i);
    }
    check_given(decoder, expected, "chosen frames");
  }
  void check_key_frames(media::VideoDecoder& decoder) {
    decoder.select_key_frames();
    std::vector<int64_t> expected;
    for (size_t i = 0; i < measured_.keys.size(); ++i) {
      if (measured_.keys[i]) expected.push_back(static_cast<int64_t>(i));
    }
    check_given(decoder, expected, "key frames");
  }
  void check_given(media::VideoDecoder& decoder, const std::vector<int64_t>& expected, const std::string& what) {
    std::vector<int64_t> given;
    int64_t wrong = 0;
    while (const media::VideoFrame* frame = decoder.next()) {
      given.push_back(frame->index);
      const auto i = static_cast<size_t>(frame->index);
      if (i >= measured_.md5.size()) continue;
      wrong += frame->ticks != measured_.ticks[i] || frame->key != (measured_.keys[i] != 0);
      wrong += stable(i) && frame->md5() != measured_.md5[i];
    }
    report_.check(fmt::format("{}: {} given for {} chosen", what, fmt::join(given, " "), fmt::join(expected, " ")),
                  given == expected);
    report_.check(fmt::format("{}: {} of {} are not those of decoding everything ({})", what, wrong, given.size(),
                              fmt::join(given, " ")),
                  wrong == 0);
  }

  store::H5File truth_;
  Report& report_;
  std::string video_;
  Measured measured_;
  std::vector<int64_t> stable_;
  bool exact_ = true;
};

void check_video_truth(const Case& c, Report& report) {
  Case own(c.path());
  TruthCheck(own, report).run();
}

}  // namespace

KindTable video_kinds() {
  KindTable table;
  table.kinds = {{"video.truth", check_video_truth}};
  return table;
}

}  // namespace vs::golden
