// Frames packs (`vs.frames/1`): the chosen frames of many videos in one HDF5 file.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/store/byte_spool.h"
#include "lib/store/item_run.h"

namespace vs::store {

/// How the bytes of a frame are to be read. Raw pictures are rows from the top, [H,W,3] RGB or [H,W] grey, one byte a
/// sample.
enum class FrameEncoding { kJpeg, kPng, kRawRgb, kRawGray };
/// "jpeg", "png", "raw-rgb24", "raw-gray8": the root attribute `encoding`.
std::string frame_encoding_name(FrameEncoding encoding);

/// The frames of one video. Number of frames n >= 0 is frame_index.size(); frame_bytes and time_s have as many values.
struct VideoFrames {
  std::string video_id;
  int32_t width = 0, height = 0;     ///< of every frame
  std::vector<int64_t> frame_index;  ///< 0-based, display order of the source
  std::vector<double> time_s;        ///< presentation time from the start of the source; NaN if unknown
  std::vector<int64_t> frame_bytes;  ///< size of each frame in `data`
};

/// Writes a pack. Datasets: data [bytes], frame_offsets [frames+1] into data, frame_index [frames], time_s [frames],
/// offsets [videos+1] into the frames, video_id, width, height [videos].
class FramesWriter {
 public:
  FramesWriter(std::string path, FrameEncoding encoding, const nlohmann::ordered_json& key, bool force);
  FramesWriter(FramesWriter&&) noexcept;
  FramesWriter& operator=(FramesWriter&&) noexcept;
  ~FramesWriter();

  uint64_t first() const;
  ItemRunResult before(const std::vector<Item>& items) const;
  /// data holds the frames one after the other, the sum of frame_bytes. Raw frames must have width * height * channels
  /// bytes.
  void add(const ItemOutcome& outcome, const VideoFrames& frames, const ByteSpool& data);
  void fail(const ItemOutcome& outcome, const std::string& reason);
  /// PackWriter::finish().
  void finish(const nlohmann::ordered_json& inner_manifest);
  /// PackWriter::done(): after the manifest beside the file.
  void done();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a pack. What is known of the videos is in memory, what is known of frames is read a video at a time.
/// Everything is checked before it is used: offsets and sizes of videos when opened, those of frames, and that raw
/// frames have the size of their picture, when a video is first read. Throws DataError. Several threads may read.
class FramesFile {
 public:
  explicit FramesFile(const std::string& path);
  FramesFile(FramesFile&&) noexcept;
  FramesFile& operator=(FramesFile&&) noexcept;
  ~FramesFile();

  const std::string& path() const;
  FrameEncoding encoding() const;
  int64_t num_videos() const;
  const std::vector<std::string>& video_ids() const;
  /// Position of a video, -1 if there is none of that id.
  int64_t find(const std::string& video_id) const;
  /// What is known of video `video` in [0, num_videos()).
  VideoFrames video(int64_t video) const;
  int64_t num_frames(int64_t video) const;
  /// The bytes of frame k in [0, num_frames) of a video.
  std::vector<uint8_t> frame(int64_t video, int64_t k) const;
  /// The bytes of `count` frames from k on, one after the other: one read.
  std::vector<uint8_t> frames(int64_t video, int64_t k, int64_t count) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::store
