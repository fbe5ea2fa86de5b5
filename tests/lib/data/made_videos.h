// The same frames as a video file, a folder and a pack, for tests of the data room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/core/file_template.h"
#include "lib/data/clip_reader.h"
#include "lib/media/image.h"
#include "lib/media/image_png.h"
#include "lib/media/open_source.h"
#include "lib/store/byte_spool.h"
#include "lib/store/frames_file.h"

namespace vs::data {

inline std::string video_path(const std::string& name) { return std::string(VS_TEST_DATA) + "/videos/" + name; }

inline bool same_pixels(const media::Image& a, const media::Image& b) {
  return a.width == b.width && a.height == b.height && a.channels == b.channels && a.pixels == b.pixels;
}

inline media::Image image_of(const media::ImageView& view) {
  media::Image image(view.width, view.height, view.channels);
  for (int y = 0; y < view.height; ++y) {
    for (int i = 0; i < view.width * view.channels; ++i) image.row(y)[i] = view.data[y * view.stride + i];
  }
  return image;
}

/// All frames, one after the other.
inline std::vector<media::Image> all_frames(const std::string& path, const media::SourceOptions& options = {}) {
  std::vector<media::Image> frames;
  const auto source = media::open_source(path, options);
  while (media::Frame* frame = source->next()) frames.push_back(image_of(frame->rgb()));
  return frames;
}

/// Writes pictures as PNG files, the first of number `first`.
inline void write_folder(const std::string& folder, const std::vector<media::Image>& frames, int64_t first,
                         const std::string& name_template = "img_{:05}.png") {
  std::filesystem::create_directories(folder);
  for (const media::Image& frame : frames) {
    const std::vector<uint8_t> bytes = media::encode_png(frame.view(), 1);
    std::ofstream(folder + "/" + format_frame_name(name_template, first++), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
}

/// Writes a pack of raw pictures, one video for each id.
inline void write_pack(const std::string& path, const std::vector<std::string>& ids,
                       const std::vector<std::vector<media::Image>>& videos) {
  std::vector<store::Item> items;
  for (const std::string& id : ids) items.push_back({id, id + ".mp4"});
  store::FramesWriter writer(path, store::FrameEncoding::kRawRgb, nlohmann::ordered_json{{"key", 1}}, false);
  for (uint64_t number = 0; number < items.size(); ++number) {
    store::VideoFrames frames;
    frames.video_id = ids[number];
    frames.width = videos[number].front().width;
    frames.height = videos[number].front().height;
    store::ByteSpool data(std::filesystem::path(path).parent_path().string());
    for (const media::Image& image : videos[number]) {
      frames.time_s.push_back(static_cast<double>(frames.frame_index.size()) / 25);
      frames.frame_index.push_back(static_cast<int64_t>(frames.frame_index.size()));
      frames.frame_bytes.push_back(static_cast<int64_t>(image.pixels.size()));
      data.append(image.pixels);
    }
    const store::FileRecord record{items[number].path, 1, std::string(64, '0')};
    writer.add({&items[number], number, record}, frames, data);
  }
  writer.finish(nlohmann::ordered_json::object());
  writer.done();
}

/// Where one video lies, found by its path; the count is not annotated.
inline VideoPlace place_at(const std::string& path, int64_t num_frames = -1) {
  VideoPlace place;
  place.path = path;
  place.num_frames = num_frames;
  return place;
}

inline VideoPlace place_in_pack(const std::string& path, const std::string& id) {
  VideoPlace place;
  place.path = path;
  place.kind = media::SourceKind::kPack;
  place.pack = std::make_shared<store::FramesFile>(path);
  place.pack_video = place.pack->find(id);
  return place;
}

}  // namespace vs::data
