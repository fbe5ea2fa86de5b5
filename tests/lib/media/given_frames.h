// Frames of a video as a test compares them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/media/video_decoder.h"

namespace vs::media {

/// What next() gave, in order.
struct Given {
  std::vector<int64_t> indices, ticks;
  std::vector<std::string> md5;
  std::vector<bool> keys;
  bool operator==(const Given&) const = default;
};

/// All that the decoder still gives.
inline Given given(VideoDecoder& decoder) {
  Given all;
  while (const VideoFrame* frame = decoder.next()) {
    all.indices.push_back(frame->index);
    all.ticks.push_back(frame->ticks);
    all.md5.push_back(frame->md5());
    all.keys.push_back(frame->key);
  }
  return all;
}

inline Given given_by_cpu(const std::string& path) {
  VideoDecoder decoder(path);
  return given(decoder);
}

}  // namespace vs::media
