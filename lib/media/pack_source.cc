#include "lib/media/pack_source.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "lib/core/error.h"

namespace vs::media {
namespace {

int64_t position_of(const store::FramesFile& file, const std::string& video_id) {
  if (video_id.empty()) {
    if (file.num_videos() == 1) return 0;
    throw DataError(file.path(), fmt::format("holds {} videos", file.num_videos()), "name one of them");
  }
  const int64_t position = file.find(video_id);
  if (position < 0) throw DataError(file.path(), fmt::format("holds no video \"{}\"", video_id));
  return position;
}

}  // namespace

PackSource::PackSource(std::shared_ptr<const store::FramesFile> file, int64_t video)
    : file_(std::move(file)), video_(video) {
  if (video_ < 0 || video_ >= file_->num_videos()) {
    throw DataError(file_->path(), fmt::format("holds {} videos, not one of number {}", file_->num_videos(), video_));
  }
  frames_ = file_->video(video_);
}

PackSource::PackSource(const std::shared_ptr<const store::FramesFile>& file, const std::string& video_id)
    : PackSource(file, position_of(*file, video_id)) {}

double PackSource::frame_rate() const {
  if (frames_.time_s.size() < 2) return 0;
  const double seconds = frames_.time_s.back() - frames_.time_s.front();
  const auto steps = static_cast<double>(frames_.frame_index.back() - frames_.frame_index.front());
  return seconds > 0 && steps > 0 ? steps / seconds : 0;
}

Frame* PackSource::next() {
  if (position_ == frames_.frame_index.size()) return nullptr;
  std::vector<uint8_t> bytes = file_->frame(video_, static_cast<int64_t>(position_));
  std::string name = fmt::format("{}: {}, frame {}", file_->path(), frames_.video_id, position_);
  switch (file_->encoding()) {
    case store::FrameEncoding::kRawRgb:
      frame_.set_raw(std::move(bytes), PictureFormat::kRawRgb, frames_.width, frames_.height, std::move(name));
      break;
    case store::FrameEncoding::kRawGray:
      frame_.set_raw(std::move(bytes), PictureFormat::kRawGray, frames_.width, frames_.height, std::move(name));
      break;
    case store::FrameEncoding::kJpeg:
    case store::FrameEncoding::kPng:
      frame_.set_encoded(std::move(bytes), std::move(name));
      break;
  }
  frame_.index = frames_.frame_index[position_];
  const double time = frames_.time_s[position_];
  frame_.time_s = std::isnan(time) ? static_cast<double>(frame_.index) : time;
  frame_.key = true;
  ++position_;
  return &frame_;
}

}  // namespace vs::media
