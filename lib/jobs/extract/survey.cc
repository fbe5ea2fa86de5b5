#include "lib/jobs/extract/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/core/text.h"
#include "lib/jobs/extract/choose_frames.h"
#include "lib/jobs/extract/frame_encoder.h"
#include "lib/jobs/inputs/short_video.h"
#include "lib/media/video_decoder.h"
#include "lib/sampling/segment.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

using store::Item;
using store::Json;

constexpr uint64_t kSampledVideos = 16;
constexpr int64_t kSampledFrames = 3;

/// One video's part of the estimate.
struct VideoEstimate {
  int64_t frames = 0;
  int64_t pixels = 0;  ///< of one picture
  bool counted = true;
  /// Of the frames that were encoded to see how large they get.
  int64_t sampled_frames = 0;
  uint64_t sampled_bytes = 0;
};

bool is_encoded(FrameFormat format) { return format == FrameFormat::kJpeg || format == FrameFormat::kPng; }

media::Size output_size_of(const ExtractOptions& options, const media::VideoInfo& info) {
  FrameEncoder encoder(options.picture);
  encoder.start({info.width, info.height}, info.rotate_clockwise);
  return encoder.size();
}

/// Encodes a few frames spread over the video.
void sample(const ExtractOptions& options, media::VideoDecoder& decoder, int64_t frames, VideoEstimate& estimate) {
  FrameEncoder encoder(options.picture);
  encoder.start({decoder.info().width, decoder.info().height}, decoder.info().rotate_clockwise);
  decoder.select(sampling::segment_centers(frames, kSampledFrames));
  while (media::VideoFrame* frame = decoder.next()) {
    estimate.sampled_bytes += encoder.encode(*frame).size();
    ++estimate.sampled_frames;
  }
}

VideoEstimate estimate_video(const ExtractOptions& options, const PlannedFrames& planned, const Item& item,
                             bool sampled) {
  media::VideoDecoder decoder(item.path, options.video);
  VideoEstimate estimate;
  const media::Size size = output_size_of(options, decoder.info());
  estimate.pixels = int64_t{size.width} * size.height;
  const media::VideoIndex& index = decoder.packet_index();
  int64_t all = static_cast<int64_t>(index.frames.size());
  if (index.knowledge == media::FrameKnowledge::kNone) {
    all = std::max<int64_t>(0, promised_frames(decoder.info(), 0));
    estimate.counted = false;
  }
  const ChosenFrames chosen = choose_frames(options.choice, decoder, item.id, planned);
  switch (chosen.kind) {
    case ChosenFrames::Kind::kAll:
      estimate.frames = all;
      break;
    case ChosenFrames::Kind::kKeyFrames:
      estimate.frames = static_cast<int64_t>(decoder.index().key_frames().size());
      break;
    case ChosenFrames::Kind::kListed:
      estimate.frames = static_cast<int64_t>(chosen.frames.size());
      break;
  }
  if (sampled && all > 0) sample(options, decoder, all, estimate);
  return estimate;
}

int64_t bytes_a_pixel(FrameFormat format) { return format == FrameFormat::kRawRgb ? 3 : 1; }

Json fraction_json(Fraction fraction) {
  if (fraction.numerator == 0) return nullptr;
  return fmt::format("{}/{}", fraction.numerator, fraction.denominator);
}

Json probe_json(const media::VideoProbe& probe, const std::string& path) {
  Json video;
  video["path"] = store::utf8_or_escaped(path);
  video["state"] = media::video_state_name(probe.state);
  video["reason"] = store::utf8_or_replaced(probe.reason);
  video["size_bytes"] = probe.size_bytes;
  const bool opened = probe.state != media::VideoState::kCannotOpen && probe.state != media::VideoState::kNoVideo;
  if (!opened) return video;
  const media::VideoInfo& info = probe.info;
  video["container"] = info.container;
  video["codec"] = info.codec;
  video["profile"] = info.profile;
  video["pixel_format"] = info.pixel_format;
  video["width"] = info.width;
  video["height"] = info.height;
  video["rotate_clockwise"] = info.rotate_clockwise;
  video["sample_aspect_ratio"] = fraction_json(info.sample_aspect_ratio);
  video["color_range"] = info.color_range;
  video["color_space"] = info.color_space;
  video["stream_index"] = info.stream_index;
  video["stream_count"] = info.stream_count;
  video["time_base"] = fraction_json(info.time_base);
  video["r_frame_rate"] = fraction_json(info.r_frame_rate);
  video["avg_frame_rate"] = fraction_json(info.avg_frame_rate);
  video["duration_s"] = info.duration_s ? Json(*info.duration_s) : Json(nullptr);
  video["promised_frames"] = info.header_frames >= 0 ? Json(info.header_frames) : Json(nullptr);
  video["decodable_frames"] = probe.decodable_frames >= 0 ? Json(probe.decodable_frames) : Json(nullptr);
  video["packets"] = probe.packets >= 0 ? Json(probe.packets) : Json(nullptr);
  video["exact_seeking"] = probe.exact_seeking;
  video["no_exact_seeking_because"] = probe.no_exact_seeking_because;
  video["key_frames"] = probe.key_frames;
  video["warnings"] = Json::array();
  for (const std::string& warning : probe.warnings) video["warnings"].push_back(store::utf8_or_replaced(warning));
  return video;
}

std::string number_or_dash(int64_t value) { return value >= 0 ? fmt::format("{}", value) : "-"; }

std::string probe_line(const media::VideoProbe& probe, const std::string& path) {
  const media::VideoInfo& info = probe.info;
  if (probe.state == media::VideoState::kCannotOpen || probe.state == media::VideoState::kNoVideo) {
    return fmt::format("{:<12} {:>11} {:>7} {:>9} {:>8} {:>8} {:>4} {:>4}  {}  ({}: {})\n", "-", "-", "-", "-", "-",
                       "-", "-", "-", printable(path), media::video_state_name(probe.state), printable(probe.reason));
  }
  const std::string size = fmt::format("{}x{}", info.width, info.height);
  const std::string rate = info.avg_frame_rate.numerator > 0 ? fmt::format("{:.3f}", info.avg_frame_rate.value()) : "-";
  const std::string duration = info.duration_s ? fmt::format("{:.2f}", *info.duration_s) : "-";
  std::string note;
  if (probe.state != media::VideoState::kOk) {
    note = fmt::format("  ({}{}{})", media::video_state_name(probe.state), probe.reason.empty() ? "" : ": ",
                       printable(probe.reason));
  }
  return fmt::format("{:<12} {:>11} {:>7} {:>9} {:>8} {:>8} {:>4} {:>4}  {}{}\n", info.codec, size, rate, duration,
                     number_or_dash(info.header_frames), number_or_dash(probe.decodable_frames),
                     probe.key_frames.size(), info.rotate_clockwise, printable(path), note);
}

}  // namespace

Estimate estimate_output(const ExtractOptions& options, const std::vector<Item>& items, Log& log,
                         const std::function<uint64_t(int64_t)>& bytes_of) {
  PlannedFrames planned;
  if (options.choice.rule == ChoiceRule::kPlan) planned = read_planned_frames(options.choice.plan);
  const bool encoded = is_encoded(options.picture.format);
  const uint64_t step = std::max<uint64_t>(1, items.size() / kSampledVideos);
  std::vector<VideoEstimate> videos;
  Estimate total;
  total.exact = !encoded;
  ordered_parallel(
      items.size(), thread_count(options.jobs, items.size()),
      [&](uint64_t i) -> std::optional<VideoEstimate> {
        throw_if_cancelled();
        try {
          store::throw_if_faulty(items[i]);
          return estimate_video(options, planned, items[i], encoded && i % step == 0);
        } catch (const DataError& error) {
          log.error(error.what());
          return std::nullopt;
        }
      },
      [&](uint64_t, const std::optional<VideoEstimate>& video) {
        if (video) {
          videos.push_back(*video);
        } else {
          ++total.failed;
        }
      });
  double bytes_per_pixel = static_cast<double>(bytes_a_pixel(options.picture.format));
  if (encoded) {
    double bytes = 0, pixels = 0;
    for (const VideoEstimate& video : videos) {
      bytes += static_cast<double>(video.sampled_bytes);
      pixels += static_cast<double>(video.sampled_frames * video.pixels);
    }
    bytes_per_pixel = pixels > 0 ? bytes / pixels : 0;
  }
  for (const VideoEstimate& video : videos) {
    ++total.videos;
    total.frames += video.frames;
    total.exact = total.exact && video.counted;
    if (bytes_of) {
      total.bytes += bytes_of(video.frames);
      continue;
    }
    // Where frames of this video were encoded they say more than the mean of all.
    const double own = video.sampled_frames
                           ? static_cast<double>(video.sampled_bytes) / static_cast<double>(video.sampled_frames)
                           : bytes_per_pixel * static_cast<double>(video.pixels);
    total.bytes += static_cast<uint64_t>(std::llround(own * static_cast<double>(video.frames)));
  }
  return total;
}

Json probe_document(const std::vector<media::VideoProbe>& probes, const std::vector<std::string>& paths) {
  Json document{{"schema", "vs.probe/1"}, {"videos", Json::array()}};
  for (std::size_t i = 0; i < probes.size(); ++i) document["videos"].push_back(probe_json(probes[i], paths.at(i)));
  return document;
}

int probe_videos(const ExtractOptions& options, media::ProbeDepth depth, const std::vector<Item>& items,
                 cli::ProgramContext& context) {
  std::vector<media::VideoProbe> probes;
  std::vector<std::string> paths;
  bool all_good = true;
  if (!context.json()) {
    context.print(fmt::format("{:<12} {:>11} {:>7} {:>9} {:>8} {:>8} {:>4} {:>4}  {}\n", "codec", "size", "fps",
                              "seconds", "promised", "frames", "keys", "turn", "video"));
  }
  ordered_parallel(
      items.size(), thread_count(options.jobs, items.size()),
      [&](uint64_t i) {
        media::VideoProbe probe = media::probe_video(items[i].path, depth, options.video);
        const bool decodes =
            probe.state == media::VideoState::kOk || probe.state == media::VideoState::kDecodesWithErrors;
        if (depth == media::ProbeDepth::kPackets && decodes && probe.decodable_frames < 0) {
          probe = media::probe_video(items[i].path, media::ProbeDepth::kDecode, options.video);
        }
        return probe;
      },
      [&](uint64_t i, const media::VideoProbe& probe) {
        all_good =
            all_good && (probe.state == media::VideoState::kOk || probe.state == media::VideoState::kDecodesWithErrors);
        if (context.json()) {
          probes.push_back(probe);
          paths.push_back(items[i].path);
        } else {
          context.print(probe_line(probe, items[i].path));
        }
      });
  if (context.json()) context.print(store::json_document(probe_document(probes, paths)));
  return all_good ? kExitDone : kExitFailed;
}

}  // namespace vs::jobs
