#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/data/clip_reader_internal.h"
#include "lib/media/folder_source.h"
#include "lib/media/image_convert.h"
#include "lib/media/pack_source.h"
#include "lib/media/video_decoder.h"

namespace vs::data {
namespace {

namespace fs = std::filesystem;

/// No picture file is larger.
constexpr uint64_t kMaxPictureBytes = uint64_t{1} << 28;

class VideoClipSource final : public ClipSource {
 public:
  VideoClipSource(const std::string& path, const media::VideoOptions& options) : decoder_(path, options) {
    const int degrees = decoder_.info().rotate_clockwise;
    if (degrees % 90 == 0) {
      rotate_ = degrees;
    } else {
      warnings_.push_back(
          fmt::format("to be turned by {} degrees for display, which is no quarter; left as stored", degrees));
    }
  }

  int64_t count() override { return decoder_.frame_count(); }
  double frame_rate() const override { return decoder_.frame_rate(); }

  void read(std::span<const int64_t> frames, PictureTaker& taker) override {
    decoder_.select(frames);
    const media::VideoInfo& info = decoder_.info();
    while (media::VideoFrame* frame = decoder_.next()) {
      const bool other_size = info.width > 0 && (frame->width != info.width || frame->height != info.height);
      if (!other_size) {
        if (!taker.take_on_device(*frame, rotate_)) taker.take(frame->index, frame->rgb(), rotate_);
        continue;
      }
      const std::string text = "frames of another size than the file's were scaled to it";
      if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) warnings_.push_back(text);
      taker.take(frame->index, converter_.rgb(frame->av(), {.size = {info.width, info.height}}), rotate_);
    }
  }

  std::string name_of(int64_t) const override { return {}; }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = warnings_;
    all.insert(all.end(), decoder_.warnings().begin(), decoder_.warnings().end());
    return all;
  }

 private:
  media::VideoDecoder decoder_;
  media::ImageConverter converter_;
  std::vector<std::string> warnings_;
  int rotate_ = 0;
};

/// A folder of pictures. An item that a list gives a count for is read by the numbers of the pictures, and nothing is
/// listed where template and first number are known; any other by their order.
class FolderClipSource final : public ClipSource {
 public:
  FolderClipSource(const VideoPlace& place, const ClipReaderOptions& options)
      : folder_(place.path), template_(options.name_template), rate_(options.folder_frame_rate) {
    std::error_code error;
    if (!fs::is_directory(folder_, error)) throw DataError(folder_, "no such folder");
    by_order_ = place.num_frames < 0;
    start_ = options.start_index;
    if (by_order_) {
      const media::FolderSource listing(folder_, template_);
      template_ = listing.name_template();
      numbers_ = listing.numbers();
      warnings_ = listing.warnings();
      numbers_.erase(numbers_.begin(), std::lower_bound(numbers_.begin(), numbers_.end(), start_));
      return;
    }
    for (int64_t number = 0; template_ && start_ < 0 && number <= 1; ++number) {
      if (fs::exists(path_of(number), error)) start_ = number;
    }
    if (template_ && start_ >= 0) return;
    const media::FolderSource listing(folder_, template_);
    template_ = listing.name_template();
    // In a list of parts of videos, numbers that begin late are those of a part.
    const int64_t first = listing.first_number();
    if (start_ < 0) start_ = first > 1 && place.offset > 0 ? 1 : first;
  }

  int64_t count() override {
    if (by_order_) return static_cast<int64_t>(numbers_.size());
    return std::max<int64_t>(media::FolderSource(folder_, template_).numbers().back() - start_ + 1, 0);
  }
  double frame_rate() const override { return rate_; }

  void read(std::span<const int64_t> frames, PictureTaker& taker) override {
    for (const int64_t frame : frames) {
      throw_if_cancelled();
      if (by_order_ && frame >= count()) break;
      const std::string path = path_of(number_of(frame));
      std::error_code error;
      if (!fs::exists(path, error)) continue;
      taker.take_encoded(frame, read_bytes(path, kMaxPictureBytes), path);
    }
  }

  std::string name_of(int64_t frame) const override {
    const bool known = !by_order_ || frame < static_cast<int64_t>(numbers_.size());
    return known ? template_->name(number_of(frame)) : "";
  }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  int64_t number_of(int64_t frame) const {
    return by_order_ ? numbers_[static_cast<std::size_t>(frame)] : start_ + frame;
  }
  std::string path_of(int64_t number) const { return folder_ + "/" + template_->name(number); }

  std::string folder_;
  std::optional<FileTemplate> template_;
  double rate_;
  bool by_order_ = false;
  int64_t start_ = 0;
  std::vector<int64_t> numbers_;
  std::vector<std::string> warnings_;
};

/// One video of a frames pack; frame i is the pack's i-th of it.
class PackClipSource final : public ClipSource {
 public:
  explicit PackClipSource(const VideoPlace& place)
      : file_(place.pack), video_(place.pack_video), source_(place.pack, place.pack_video) {}

  int64_t count() override { return source_.promised_frames(); }
  double frame_rate() const override { return source_.frame_rate(); }

  void read(std::span<const int64_t> frames, PictureTaker& taker) override {
    const store::VideoFrames& video = source_.frames();
    for (const int64_t frame : frames) {
      throw_if_cancelled();
      if (frame >= count()) break;
      std::vector<uint8_t> bytes = file_->frame(video_, frame);
      const std::string name = fmt::format("{}: {}, frame {}", file_->path(), video.video_id, frame);
      switch (file_->encoding()) {
        case store::FrameEncoding::kRawRgb:
          taker.take_raw(frame, std::move(bytes), video.width, video.height, 3, name);
          break;
        case store::FrameEncoding::kRawGray:
          taker.take_raw(frame, std::move(bytes), video.width, video.height, 1, name);
          break;
        case store::FrameEncoding::kJpeg:
        case store::FrameEncoding::kPng:
          taker.take_encoded(frame, bytes, name);
          break;
      }
    }
  }

  std::string name_of(int64_t) const override { return {}; }
  std::vector<std::string> warnings() const override { return source_.warnings(); }

 private:
  std::shared_ptr<const store::FramesFile> file_;
  int64_t video_;
  media::PackSource source_;
};

}  // namespace

std::unique_ptr<ClipSource> open_clip_source(const VideoPlace& place, const ClipReaderOptions& options) {
  if (place.pack && place.pack_video < 0) throw DataError(place.path, "the pack does not hold this video");
  if (place.pack) return std::make_unique<PackClipSource>(place);
  switch (place.kind ? *place.kind : media::source_kind(place.path)) {
    case media::SourceKind::kFolder:
      return std::make_unique<FolderClipSource>(place, options);
    case media::SourceKind::kVideo:
      return std::make_unique<VideoClipSource>(place.path, options.video);
    case media::SourceKind::kPack:
      break;
  }
  throw DataError(place.path, "is an HDF5 file, not a video", "give a frames pack as the data folder");
}

}  // namespace vs::data
