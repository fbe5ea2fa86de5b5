// The three kinds of videos behind ClipReader. Only the room's own .cc files include it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/data/clip_reader.h"
#include "lib/media/device_pictures.h"
#include "lib/media/frame_source.h"
#include "lib/media/image.h"

namespace vs::data {

/// Takes pictures as they are decoded: turns, resizes and keeps them.
class PictureTaker {
 public:
  /// place: names the video in errors.
  PictureTaker(const ClipReaderOptions& options, std::string place) : options_(options), place_(std::move(place)) {}

  /// A borrowed picture, to be turned clockwise by 0, 90, 180 or 270 degrees. Throws DataError if it has another size
  /// than those before.
  void take(int64_t frame, const media::ImageView& picture, int rotate_clockwise);
  /// JPEG or PNG bytes, or raw pixels of a known size; `name` is the place in errors.
  void take_encoded(int64_t frame, std::span<const uint8_t> bytes, const std::string& name);
  void take_raw(int64_t frame, std::vector<uint8_t> bytes, int width, int height, int channels,
                const std::string& name);

  /// Keeps the picture where a GPU decoded it. False, and nothing done, where that cannot be: it is to be taken then.
  /// Throws as take(), and RunError where the GPU fails.
  bool take_on_device(const media::Frame& frame, int rotate_clockwise);

  bool has(int64_t frame) const { return taken_.contains(frame) || on_device_.contains(frame); }
  /// Whether all that was taken is on a device; else what is there is brought here.
  bool settle_on_device();
  /// Of pictures on a device: their numbers, and all of them together, which are gone then.
  int64_t number_on_device(int64_t frame) const { return on_device_.at(frame); }
  std::unique_ptr<media::DevicePictures> give_device_pictures() { return std::move(pictures_); }
  /// A picture that was taken; of the last use, the picture itself, which is gone then.
  media::Image give(int64_t frame, bool last_use);
  int jpeg_reduction() const { return jpeg_reduction_; }

 private:
  void check_size(int64_t frame, int width, int height);
  void keep(int64_t frame, media::Image picture);
  void store(int64_t frame, media::Image picture);

  const ClipReaderOptions& options_;
  std::string place_;
  std::map<int64_t, media::Image> taken_;  // by frame
  std::unique_ptr<media::DevicePictures> pictures_;
  media::DevicePicture first_picture_;    // of pictures_
  std::map<int64_t, int64_t> on_device_;  // numbers in pictures_, by frame
  int64_t first_frame_ = -1;
  int first_width_ = 0, first_height_ = 0;
  int jpeg_reduction_ = 1;
};

/// One open video. Frames count from the first of the whole video, but for folders of a list from the one of the start
/// index.
class ClipSource {
 public:
  virtual ~ClipSource() = default;
  virtual int64_t count() = 0;
  virtual double frame_rate() const = 0;
  /// Hands over those of `frames` (ascending, each once) that are there.
  virtual void read(std::span<const int64_t> frames, PictureTaker& taker) = 0;
  /// What a frame is called beside its number, such as its file; empty: nothing.
  virtual std::string name_of(int64_t frame) const = 0;
  virtual std::vector<std::string> warnings() const = 0;
};

/// Opens what the place is. Throws DataError.
std::unique_ptr<ClipSource> open_clip_source(const VideoPlace& place, const ClipReaderOptions& options);

}  // namespace vs::data
