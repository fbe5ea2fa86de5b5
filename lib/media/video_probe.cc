#include "lib/media/video_probe.h"

#include <filesystem>
#include <optional>
#include <system_error>

#include "lib/core/error.h"
#include "lib/media/video_decoder.h"

namespace vs::media {
namespace {

void read_packets(VideoDecoder& decoder, VideoProbe& probe) {
  const VideoIndex& index = decoder.packet_index();
  probe.packets = static_cast<int64_t>(index.packets.size());
  probe.exact_seeking = index.knowledge == FrameKnowledge::kPackets;
  probe.no_exact_seeking_because = index.distrust;
  if (probe.exact_seeking) {
    probe.decodable_frames = static_cast<int64_t>(index.frames.size());
    probe.key_frames = index.key_frames();
  }
}

void decode_all(VideoDecoder& decoder, VideoProbe& probe) {
  probe.key_frames.clear();
  probe.decodable_frames = 0;
  decoder.select_all();
  while (const VideoFrame* frame = decoder.next()) {
    if (frame->key) probe.key_frames.push_back(frame->index);
    ++probe.decodable_frames;
  }
}

}  // namespace

std::string video_state_name(VideoState state) {
  switch (state) {
    case VideoState::kOk:
      return "ok";
    case VideoState::kDecodesWithErrors:
      return "decodes_with_errors";
    case VideoState::kNoFrames:
      return "no_frames";
    case VideoState::kNoVideo:
      return "no_video";
    case VideoState::kCannotOpen:
      return "cannot_open";
  }
  return "cannot_open";
}

VideoProbe probe_video(const std::string& path, ProbeDepth depth, const VideoOptions& options) {
  VideoProbe probe;
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  if (!failure) probe.size_bytes = static_cast<int64_t>(size);
  std::optional<VideoDecoder> decoder;
  try {
    decoder.emplace(path, options);
  } catch (const NoVideoStream& error) {
    probe.state = VideoState::kNoVideo;
    probe.reason = error.finding();
    return probe;
  } catch (const DataError& error) {
    probe.reason = error.finding();
    return probe;
  }
  probe.info = decoder->info();
  probe.state = VideoState::kOk;
  try {
    if (depth != ProbeDepth::kHeader) read_packets(*decoder, probe);
    if (depth == ProbeDepth::kDecode) decode_all(*decoder, probe);
  } catch (const DataError& error) {
    probe.reason = error.finding();
  }
  probe.warnings = decoder->warnings();
  if (!probe.warnings.empty() || !probe.reason.empty()) probe.state = VideoState::kDecodesWithErrors;
  if (depth == ProbeDepth::kDecode && probe.decodable_frames == 0) probe.state = VideoState::kNoFrames;
  if (probe.reason.empty() && !probe.warnings.empty()) probe.reason = probe.warnings.front();
  return probe;
}

}  // namespace vs::media
