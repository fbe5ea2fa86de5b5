#include "lib/jobs/extract/video_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/extract/frame_encoder.h"
#include "lib/jobs/inputs/short_video.h"
#include "lib/media/video_decoder.h"

namespace vs::jobs {
namespace {

constexpr std::size_t kWarningsShown = 3;

double start_of_file_s(const media::VideoInfo& info) {
  double start = info.file_start_us ? static_cast<double>(*info.file_start_us) * 1e-6 : 0;
  if (info.start_of_stream_counts && info.stream_start_ticks) {
    start = std::max(start, static_cast<double>(*info.stream_start_ticks) * info.time_base.value());
  }
  return start;
}

void show_warnings(const media::VideoDecoder& decoder, Log& log) {
  const auto& warnings = decoder.warnings();
  for (std::size_t i = 0; i < std::min(warnings.size(), kWarningsShown); ++i) {
    log.warning(decoder.path() + ": " + warnings[i]);
  }
  if (warnings.size() > kWarningsShown) {
    log.warning(fmt::format("{}: {} more warnings", decoder.path(), warnings.size() - kWarningsShown));
    for (std::size_t i = kWarningsShown; i < warnings.size(); ++i) log.detail(decoder.path() + ": " + warnings[i]);
  }
}

/// A damaged video that gives fewer frames than its header says is not whole.
void check_length(media::VideoDecoder& decoder, int64_t decoded, bool allow_short, Log& log) {
  const auto finding = shortage(decoder, decoded);
  if (!finding) return;
  if (!allow_short) throw DataError(decoder.path(), *finding, "use --allow-short");
  log.warning(decoder.path() + ": " + *finding);
}

void select(media::VideoDecoder& decoder, const ChosenFrames& chosen) {
  switch (chosen.kind) {
    case ChosenFrames::Kind::kAll:
      return decoder.select_all();
    case ChosenFrames::Kind::kKeyFrames:
      return decoder.select_key_frames();
    case ChosenFrames::Kind::kListed:
      return decoder.select(chosen.frames);
  }
}

/// The next frame; a video that fails in the middle says how far it came.
media::VideoFrame* next_frame(media::VideoDecoder& decoder, int64_t decoded) {
  try {
    return decoder.next();
  } catch (const DataError& error) {
    if (decoded == 0) throw;
    throw DataError(error.place(), fmt::format("{}; {} frames were read", error.finding(), decoded), error.hint());
  }
}

}  // namespace

VideoRun::VideoRun(const ExtractOptions& options, Log& log) : options_(options), log_(log) {
  if (options_.choice.rule == ChoiceRule::kPlan) planned_ = read_planned_frames(options_.choice.plan);
}

void VideoRun::use_stored_index(media::VideoDecoder& decoder, const store::Item& item) const {
  if (options_.index_folder.empty()) return;
  const std::string path = options_.index_folder + "/" + item.id + ".index.json";
  std::optional<media::VideoIndex> stored;
  try {
    stored = media::load_index(path, item.path);
  } catch (const DataError& error) {
    log_.detail(std::string("index not used: ") + error.what());
  }
  if (stored) {
    decoder.set_index(std::move(*stored));
    return;
  }
  store_index(decoder.index(), path, item);
}

void VideoRun::store_index(const media::VideoIndex& index, const std::string& path, const store::Item& item) const {
  try {
    make_folders(path.substr(0, path.rfind('/')));
    media::save_index(path, index, item.path);
  } catch (const RunError& error) {
    if (index_warned_.exchange(true)) return log_.detail(error.what());
    log_.warning(fmt::format("--index: {}; the run goes on without", error.what()));
  }
}

VideoSummary VideoRun::run(const store::Item& item, const FrameSink& sink) const {
  VideoSummary summary;
  media::VideoDecoder decoder(item.path, options_.video);
  use_stored_index(decoder, item);
  const ChosenFrames chosen = choose_frames(options_.choice, decoder, item.id, planned_);
  select(decoder, chosen);
  const media::VideoInfo info = decoder.info();
  if (options_.picture.rotate && info.rotate_clockwise % 90 != 0) {
    log_.warning(fmt::format("{}: to be turned by {} degrees for display, which is not a quarter; left as stored",
                             item.path, info.rotate_clockwise));
  }
  FrameEncoder encoder(options_.picture);
  const double start_s = start_of_file_s(info);
  int64_t decoded = 0;
  std::size_t next = 0;  // in chosen.frames
  while (media::VideoFrame* frame = next_frame(decoder, decoded)) {
    throw_if_cancelled();
    if (decoded == 0) {
      const bool known = info.width > 0 && info.height > 0;
      encoder.start(known ? media::Size{info.width, info.height} : media::Size{frame->width, frame->height},
                    info.rotate_clockwise);
      summary.size = encoder.size();
    }
    ++decoded;
    int64_t times = 1;
    if (chosen.kind == ChosenFrames::Kind::kListed) {
      while (next < chosen.frames.size() && chosen.frames[next] < frame->index) ++next;
      for (times = 0; next < chosen.frames.size() && chosen.frames[next] == frame->index; ++next) ++times;
    }
    const auto bytes = encoder.encode(*frame);
    OutputFrame out{frame->index, 0, 0, frame->time_s - start_s, encoder.size()};
    for (out.repeat = 0; out.repeat < times; ++out.repeat) {
      out.order = summary.frames++;
      sink(out, bytes);
    }
  }
  show_warnings(decoder, log_);
  if (chosen.kind == ChosenFrames::Kind::kListed) {
    const std::size_t wanted = chosen.frames.size(), given = static_cast<std::size_t>(summary.frames);
    if (given < wanted) {
      throw DataError(item.path, fmt::format("{} of {} chosen frames do not decode", wanted - given, wanted));
    }
  }
  if (summary.frames == 0) {
    throw DataError(item.path, chosen.kind == ChosenFrames::Kind::kKeyFrames ? "no key frame in it" : "no frame in it");
  }
  if (decoder.is_damaged()) check_length(decoder, decoder.frame_count(), options_.allow_short, log_);
  return summary;
}

}  // namespace vs::jobs
