#include "lib/flops/decode_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/media/open_source.h"

namespace vs::flops {
namespace {

using Clock = std::chrono::steady_clock;

int64_t count_frames(const std::string& path) {
  const auto source = media::open_source(path);
  int64_t frames = 0;
  while (source->next()) {
    throw_if_cancelled();
    ++frames;
  }
  return frames;
}

/// The middle of each of `parts` equal parts.
std::vector<int64_t> middles(int64_t frames, int64_t parts) {
  std::vector<int64_t> indices;
  for (int64_t k = 0; k < parts; ++k) indices.push_back((2 * k + 1) * frames / (2 * parts));
  return indices;
}

double time_once(const std::string& path, const std::vector<int64_t>& indices) {
  const auto start = Clock::now();
  const auto source = media::open_source(path);
  size_t next = 0;
  while (next < indices.size()) {
    throw_if_cancelled();
    media::Frame* frame = source->next();
    if (!frame) break;
    if (frame->index < indices[next]) continue;
    (void)frame->rgb();
    while (next < indices.size() && indices[next] <= frame->index) ++next;
  }
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

DecodeTime measure_decoding(const std::string& path, int64_t clip_frames) {
  DecodeTime result{.path = path, .used = clip_frames};
  result.frames = count_frames(path);
  if (result.frames == 0) throw DataError(path, "no frame can be decoded");
  const auto indices = middles(result.frames, clip_frames);
  result.decoded = indices.back() + 1;
  std::array<double, 3> times{};
  for (double& time : times) time = time_once(path, indices);
  std::sort(times.begin(), times.end());
  result.seconds = times[1];
  return result;
}

std::string decode_text(const std::vector<DecodeTime>& times) {
  std::string text;
  for (const DecodeTime& time : times) {
    text += fmt::format("decoding {} frames of {}: {:.2f} ms a clip ({} of {} frames decoded)\n", time.used, time.path,
                        1e3 * time.seconds, time.decoded, time.frames);
  }
  return text;
}

nlohmann::ordered_json decode_json(const std::vector<DecodeTime>& times) {
  auto list = nlohmann::ordered_json::array();
  for (const DecodeTime& time : times) {
    list.push_back({{"path", time.path},
                    {"frames", time.frames},
                    {"decoded", time.decoded},
                    {"used", time.used},
                    {"seconds_per_clip", time.seconds}});
  }
  return list;
}

}  // namespace vs::flops
