// Frames of one video of a frames pack.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/media/picture_frame.h"
#include "lib/store/frames_file.h"

namespace vs::media {

/// The frames that a pack holds of one video, in the order it holds them; Frame::index is the index in the source
/// video.
class PackSource final : public FrameSource {
 public:
  /// video: position in the pack. The file may be shared by several sources, also of several threads.
  /// Throws DataError if there is no such video.
  PackSource(std::shared_ptr<const store::FramesFile> file, int64_t video);
  /// The video named `video_id`, or the only one of the pack where `video_id` is empty.
  /// Throws DataError if there is none of that name, or several and no name.
  PackSource(const std::shared_ptr<const store::FramesFile>& file, const std::string& video_id);

  Frame* next() override;
  int64_t promised_frames() const override { return static_cast<int64_t>(frames_.frame_index.size()); }
  /// From the first and last time, 0 if they do not tell.
  double frame_rate() const override;
  const std::vector<std::string>& warnings() const override { return warnings_; }

  const store::VideoFrames& frames() const { return frames_; }

 private:
  std::shared_ptr<const store::FramesFile> file_;
  int64_t video_ = 0;
  store::VideoFrames frames_;
  std::vector<std::string> warnings_;
  std::size_t position_ = 0;
  PictureFrame frame_;
};

}  // namespace vs::media
