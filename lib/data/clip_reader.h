// Chosen frames of one video, wherever it lies: a file, a folder of pictures, a frames pack.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/core/file_template.h"
#include "lib/media/device_pictures.h"
#include "lib/media/image.h"
#include "lib/media/open_source.h"
#include "lib/media/video_info.h"
#include "lib/store/frames_file.h"

namespace vs::data {

/// Where the frames of one item lie.
struct VideoPlace {
  std::string path;                               ///< video file, folder of pictures, or the pack's file
  std::optional<media::SourceKind> kind;          ///< none: looked at when opened; a pack must be named here
  std::shared_ptr<const store::FramesFile> pack;  ///< of a pack, shared by all its videos
  int64_t pack_video = -1;                        ///< position in the pack, -1: the pack does not hold it
  bool is_part = false;                           ///< the record names a part of a video, perhaps its first
  int64_t offset = 0;                             ///< frames of the video before the item's first one
  int64_t num_frames = -1;                        ///< as the annotation says, -1: it does not
};

/// What is given for frames that a video promises and does not have.
enum class ShortVideo {
  kFail,       ///< DataError that names the frame and the file
  kModulo,     ///< frame i is frame i modulo the frames there, as with readers on PyAV
  kLastFrame,  ///< the last frame there
};

/// How frames are read.
struct ClipReaderOptions {
  std::optional<FileTemplate> name_template;  ///< of the pictures of a folder; none: found from the names
  int64_t start_index = -1;                   ///< number of a folder's first picture; -1: found
  double folder_frame_rate = 0;               ///< frames a second of a folder, 0: unknown
  media::VideoOptions video;
  ShortVideo short_video = ShortVideo::kFail;
  /// Not 0: pictures come with this short side, the other one trunc(side * factor + 0.5), made by OpenCV's bilinear as
  /// soon as they are decoded. Equal to the bit to the same resize of what comes without.
  int64_t short_side = 0;
  /// Not 0: JPEG pictures are decoded at the strongest reduction by 2, 4 or 8 that keeps both sides at least as long as
  /// with this short side. Faster, and other pixels; never done unasked.
  int64_t jpeg_short_side = 0;
  /// Not null: frames that a GPU decoded stay there where it takes them, as they are stored, whatever short_side says.
  /// Together with video.hardware and video.frames_on_device of at least DevicePictures::kPicturesHeld. Must outlive
  /// the reader.
  const media::DevicePicturesMaker* on_device = nullptr;
};

/// What was read.
struct Clip {
  /// RGB, turned as the file says for display, one for each index asked for. Empty where all are on_device.
  std::vector<media::Image> frames;
  std::unique_ptr<media::DevicePictures> on_device;  ///< null: `frames` has them
  std::vector<int64_t> order;  ///< numbers of the pictures on_device, one for each index asked for
  int64_t num_frames = 0;      ///< of the video; where frames were missing, those that are there
  int64_t replaced = 0;        ///< frames asked for that were not there and were given by ShortVideo's rule
  int jpeg_reduction = 1;      ///< the strongest that a picture was decoded at
  std::vector<std::string> warnings;
};

/// Reads chosen frames of one video after the other. Only what they need is decoded. Keeps the last video open, so that
/// further clips of it cost no opening. One thread at a time.
class ClipReader {
 public:
  /// Throws UsageError for a template of optical flow.
  explicit ClipReader(ClipReaderOptions options = {});
  ClipReader(ClipReader&&) noexcept;
  ClipReader& operator=(ClipReader&&) noexcept;
  ~ClipReader();

  /// The video that the calls below are about. Throws DataError where it cannot be opened.
  void open(const VideoPlace& place);
  /// Frames of the item: as annotated, else counted. A video file is counted by its packets where they tell its frames
  /// and by decoding where they do not; a folder by its pictures; a pack by its offsets. At least 1, else DataError.
  int64_t num_frames();
  /// Frames a second, 0: unknown.
  double frame_rate() const;
  /// The frames with these indices, 0-based from the item's first one, in the order given; an index may repeat.
  ///
  /// In a folder, index i of a list's item is the picture of number start + offset + i; a folder that no list gives a
  /// count for is read in the order of its numbers, gaps passed over. Throws DataError for a negative index, damaged
  /// pictures, frames of different sizes, and as options.short_video says.
  Clip read(std::span<const int64_t> frames);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::data
