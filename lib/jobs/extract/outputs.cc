#include "lib/jobs/extract/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/extract/output_parts.h"
#include "lib/jobs/extract/video_run.h"
#include "lib/store/byte_spool.h"
#include "lib/store/frames_file.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;
/// What videos on their way into a pack keep in memory, all together; what is beyond waits in files.
constexpr uint64_t kSpoolBytes = uint64_t{14} << 20;
/// So many videos may wait for one before them that takes long.
constexpr uint64_t kPackWindow = 64;

using store::Item;
using store::ItemOutcome;

/// The frames of one video on their way into the pack.
struct PackItem {
  store::VideoFrames frames;
  store::ByteSpool data;
};

store::FrameEncoding encoding_of(FrameFormat format) {
  switch (format) {
    case FrameFormat::kJpeg:
      return store::FrameEncoding::kJpeg;
    case FrameFormat::kPng:
      return store::FrameEncoding::kPng;
    case FrameFormat::kRawRgb:
      return store::FrameEncoding::kRawRgb;
    case FrameFormat::kRawGray:
    case FrameFormat::kRawLuma:
      break;
  }
  return store::FrameEncoding::kRawGray;
}

}  // namespace

ExtractResult write_pack(const ExtractOptions& options, const std::vector<Item>& items, Log& log) {
  check_output_names(options, items);
  ExtractResult result;
  const std::string path = store::shard_path(options.output, options.shard);
  const std::string folder = fs::path(path).parent_path().string();
  result.manifest = store::manifest_path(path, false);
  const VideoRun videos(options, log);
  store::Manifest manifest = make_manifest(options);
  if (!folder.empty()) make_folders(folder);
  store::FramesWriter writer(path, encoding_of(options.picture.format), extract_key(options, manifest, items),
                             options.force);
  store::ItemRunOptions run = run_options(options);
  run.first = writer.first();
  run.window = kPackWindow;
  const auto memory = std::make_shared<store::MemoryBudget>(kSpoolBytes);
  if (run.first) log.info(fmt::format("goes on after {} of {} videos", run.first, items.size()));
  result.run = store::run_items(
      items, run, log, writer.before(items),
      [&](const Item& item) {
        PackItem video{{}, store::ByteSpool(folder, memory)};
        video.frames.video_id = item.id;
        const VideoSummary summary = videos.run(item, [&](const OutputFrame& frame, std::span<const uint8_t> bytes) {
          if (left_out(options, frame)) return;
          video.frames.frame_index.push_back(frame.index);
          video.frames.time_s.push_back(frame.time_s);
          video.frames.frame_bytes.push_back(static_cast<int64_t>(bytes.size()));
          video.data.append(bytes);
        });
        video.frames.width = summary.size.width;
        video.frames.height = summary.size.height;
        return video;
      },
      [&](const ItemOutcome& outcome, PackItem video) { writer.add(outcome, video.frames, video.data); },
      [&](const ItemOutcome& outcome, const std::string& reason) { writer.fail(outcome, reason); });
  add_inputs(manifest, options, result.run);
  writer.finish(manifest.inner_document(folder));
  manifest.add_output(path);
  manifest.write(result.manifest);
  write_depfile_if_wanted(options, path, items);
  writer.done();
  // A killed run's frames count too.
  const store::FramesFile pack(path);
  for (int64_t video = 0; video < pack.num_videos(); ++video) result.frames += pack.num_frames(video);
  return result;
}

ExtractResult write_stream(const ExtractOptions& options, const std::vector<Item>& items, Log& log) {
  if (::isatty(STDOUT_FILENO))
    throw UsageError("--output -", "pixels are not for a terminal", "send them to a pipe or a file");
  ExtractResult result;
  const VideoRun videos(options, log);
  store::ItemRunOptions run = run_options(options);
  // One at a time: what a frame's bytes go to is the one stream.
  run.jobs = 1;
  run.hash_inputs = false;
  result.run = store::run_items(
      items, run, log, {},
      [&](const Item& item) {
        int64_t frames = 0;
        videos.run(item, [&](const OutputFrame& frame, std::span<const uint8_t> bytes) {
          if (left_out(options, frame)) return;
          write_all(STDOUT_FILENO, bytes, "standard output");
          ++frames;
        });
        return frames;
      },
      [&](const ItemOutcome&, int64_t frames) { result.frames += frames; },
      [](const ItemOutcome&, const std::string&) {});
  return result;
}

}  // namespace vs::jobs
