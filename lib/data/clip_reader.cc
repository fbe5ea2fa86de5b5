#include "lib/data/clip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "lib/core/error.h"
#include "lib/data/clip_reader_internal.h"

namespace vs::data {
namespace {

/// Frame numbers from foreign lists stay below, so that sums of three of them fit.
constexpr int64_t kMostFrames = int64_t{1} << 60;

std::string place_of(const VideoPlace& place) {
  if (!place.pack) return place.path;
  const auto& ids = place.pack->video_ids();
  const bool there = place.pack_video >= 0 && place.pack_video < static_cast<int64_t>(ids.size());
  return there ? fmt::format("{}: {}", place.pack->path(), ids[static_cast<std::size_t>(place.pack_video)])
               : place.pack->path();
}

bool is_same_video(const VideoPlace& a, const VideoPlace& b) {
  // Whether a list gives a count decides how a folder is read.
  return a.path == b.path && a.kind == b.kind && a.pack == b.pack && a.pack_video == b.pack_video &&
         a.offset == b.offset && (a.num_frames < 0) == (b.num_frames < 0);
}

}  // namespace

struct ClipReader::Impl {
  ClipReaderOptions options;
  VideoPlace place;
  std::unique_ptr<ClipSource> source;

  /// Frames of the item that are there.
  int64_t frames_there() { return std::max<int64_t>(source->count() - place.offset, 0); }

  [[noreturn]] void throw_missing(int64_t frame, int64_t there) {
    const std::string name = source->name_of(place.offset + frame);
    const std::string promised = place.num_frames >= 0 ? fmt::format(" of {} listed", place.num_frames) : "";
    throw DataError(place_of(place),
                    fmt::format("frame {}{}{}{} is not there, {}{} frames are", frame, name.empty() ? "" : " (", name,
                                name.empty() ? "" : ")", there, promised),
                    "correct the count of the list, or allow short videos");
  }

  int64_t replacement(int64_t frame, int64_t there) {
    if (options.short_video == ShortVideo::kFail || there == 0 || frame < there) throw_missing(frame, there);
    return options.short_video == ShortVideo::kModulo ? frame % there : there - 1;
  }

  /// Reads those of `wanted` that the taker does not have yet.
  void read_further(std::vector<int64_t> wanted, PictureTaker& taker) {
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    std::erase_if(wanted, [&](int64_t frame) { return taker.has(frame); });
    if (!wanted.empty()) source->read(wanted, taker);
  }
};

ClipReader::ClipReader(ClipReaderOptions options) : impl_(std::make_unique<Impl>()) {
  if (options.name_template && options.name_template->kind() == FileTemplate::Kind::kFlow) {
    throw UsageError(options.name_template->text(), "names optical flow, frames are needed", "such as img_{:05}.jpg");
  }
  impl_->options = std::move(options);
}
ClipReader::ClipReader(ClipReader&&) noexcept = default;
ClipReader& ClipReader::operator=(ClipReader&&) noexcept = default;
ClipReader::~ClipReader() = default;

void ClipReader::open(const VideoPlace& place) {
  if (place.offset < 0 || place.offset >= kMostFrames || place.num_frames >= kMostFrames) {
    throw DataError(place_of(place),
                    fmt::format("part of {} frames from frame {} cannot be", place.num_frames, place.offset));
  }
  Impl& impl = *impl_;
  // What a damaged video warned of belongs to each of its clips: it is opened again.
  const bool open = impl.source && is_same_video(impl.place, place) && impl.source->warnings().empty();
  impl.place = place;
  if (open) return;
  impl.source.reset();
  impl.source = open_clip_source(place, impl.options);
}

int64_t ClipReader::num_frames() {
  Impl& impl = *impl_;
  const int64_t frames = impl.place.num_frames >= 0 ? impl.place.num_frames : impl.frames_there();
  if (frames < 1) throw DataError(place_of(impl.place), "has no frame");
  return frames;
}

double ClipReader::frame_rate() const { return impl_->source->frame_rate(); }

Clip ClipReader::read(std::span<const int64_t> frames) {
  Impl& impl = *impl_;
  const int64_t offset = impl.place.offset;
  Clip clip;
  clip.num_frames = impl.place.num_frames;
  PictureTaker taker(impl.options, place_of(impl.place));
  std::vector<int64_t> wanted(frames.begin(), frames.end());
  for (int64_t& frame : wanted) {
    if (frame < 0 || frame >= kMostFrames) throw DataError(place_of(impl.place), fmt::format("has no frame {}", frame));
    frame += offset;
  }
  impl.read_further(wanted, taker);
  const auto is_missing = [&](int64_t frame) { return !taker.has(frame); };
  if (std::any_of(wanted.begin(), wanted.end(), is_missing)) {
    const int64_t there = impl.frames_there();
    for (int64_t& frame : wanted) {
      if (!is_missing(frame)) continue;
      frame = offset + impl.replacement(frame - offset, there);
      ++clip.replaced;
    }
    impl.read_further(wanted, taker);
    for (const int64_t frame : wanted) {
      if (is_missing(frame)) impl.throw_missing(frame - offset, there);
    }
    clip.num_frames = there;
  }
  if (clip.num_frames < 0) clip.num_frames = num_frames();
  if (taker.settle_on_device()) {
    for (const int64_t frame : wanted) clip.order.push_back(taker.number_on_device(frame));
    clip.on_device = taker.give_device_pictures();
  } else {
    std::map<int64_t, int64_t> uses;
    for (const int64_t frame : wanted) ++uses[frame];
    clip.frames.reserve(wanted.size());
    for (const int64_t frame : wanted) clip.frames.push_back(taker.give(frame, --uses[frame] == 0));
  }
  clip.jpeg_reduction = taker.jpeg_reduction();
  clip.warnings = impl.source->warnings();
  return clip;
}

}  // namespace vs::data
