#include "lib/jobs/extract/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/extract/video_run.h"
#include "lib/jobs/inputs/output_check.h"
#include "lib/store/byte_spool.h"
#include "lib/store/folder_writer.h"
#include "lib/store/frames_file.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;
/// What one finished video keeps in memory while it waits for its turn; four may wait with two jobs.
constexpr uint64_t kSpoolBytes = uint64_t{4} << 20;

using store::Item;
using store::ItemOutcome;

store::Manifest make_manifest(const ExtractOptions& options) {
  return {"vs-extract", options.command, *options.parameters, *options.inner_parameters};
}

/// What is read beside videos: list, annotation file, plan.
std::vector<std::string> side_inputs_of(const ExtractOptions& options) {
  std::vector<std::string> paths;
  for (const std::string* path : {&options.list, &options.annotations, &options.choice.plan}) {
    if (!path->empty() && *path != "-") paths.push_back(*path);
  }
  return paths;
}

/// Everything that is read.
std::vector<std::string> all_inputs_of(const ExtractOptions& options, const std::vector<Item>& items) {
  std::vector<std::string> paths = side_inputs_of(options);
  paths.reserve(paths.size() + items.size());
  for (const Item& item : items) paths.push_back(item.path);
  return paths;
}

/// The outputs beside the main one, and the main one where it is a file.
void check_output_names(const ExtractOptions& options, const std::vector<Item>& items) {
  std::vector<NamedOutput> outputs = {{"--failed", options.failed}, {"--depfile", options.depfile}};
  if (options.kind == OutputKind::kPack)
    outputs.push_back({"--output", store::shard_path(options.output, options.shard), true});
  check_outputs(outputs, all_inputs_of(options, items));
}

/// Everything read that is no video comes first.
void add_inputs(store::Manifest& manifest, const ExtractOptions& options, const store::ItemRunResult& run) {
  for (const std::string& path : side_inputs_of(options)) manifest.add_input(path);
  manifest.add_inputs(run.inputs);
  manifest.set_outcome(run.counts, run.failures);
}

store::ItemRunOptions run_options(const ExtractOptions& options) {
  store::ItemRunOptions run;
  run.jobs = options.jobs;
  run.strict = options.strict;
  run.failed_path = options.failed;
  return run;
}

void write_depfile_if_wanted(const ExtractOptions& options, const std::string& output, const std::vector<Item>& items) {
  if (options.depfile.empty()) return;
  store::write_depfile(options.depfile, {output}, all_inputs_of(options, items));
}

/// True if this frame is left out: a repeat, where files are numbered by the frame's place.
bool left_out(const ExtractOptions& options, const OutputFrame& frame) {
  return options.number_by_frame && frame.repeat > 0;
}

/// A finished folder.
struct FolderDone {
  store::FileRecord record;
  int64_t frames = 0;
};

/// A folder that is whole, but not yet under its name.
struct FolderReady {
  FolderDone done;
  store::FolderWriter writer;
};

std::string encode_payload(const FolderDone& done) {
  return store::json_line({{"size", done.record.size}, {"sha256", done.record.sha256}, {"frames", done.frames}});
}

FolderDone decode_payload(const std::string& payload, const std::string& folder) {
  const store::Json value = store::parse_json(store::JsonText(folder, payload));
  return {{folder, value.at("size").get<uint64_t>(), value.at("sha256").get<std::string>()},
          value.at("frames").get<int64_t>()};
}

std::string journal_path(const ExtractOptions& options) {
  return store::shard_path(options.output + "/.vs-extract.log", options.shard);
}

/// No folder may delete what is read or another video's folder; one that no run of ours is known to have made is not
/// touched unasked.
void check_folders(const ExtractOptions& options, const std::vector<Item>& items, bool goes_on) {
  store::check_folder_ids(items);
  std::vector<std::string> folders;
  folders.reserve(items.size());
  for (const Item& item : items) folders.push_back(options.output + "/" + item.id);
  store::check_folders_apart(folders, all_inputs_of(options, items));
  if (goes_on || options.force) return;
  std::error_code error;
  for (const std::string& folder : folders) {
    if (fs::exists(folder, error)) throw UsageError(folder, "exists", "--force replaces it");
  }
}

void write_folder_manifest(store::Manifest& manifest, const std::vector<FolderDone>& done, const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  // The folders were hashed while they were written: hashing them again would read every frame once more.
  store::Json document = manifest.document(folder);
  store::Json outputs = store::Json::array();
  for (const FolderDone& video : done) {
    outputs.push_back({{"path", store::path_in_document(video.record.path, folder)},
                       {"size", video.record.size},
                       {"sha256", video.record.sha256}});
  }
  document["outputs"] = std::move(outputs);
  store::write_document(path, "manifest", document);
}

}  // namespace

ExtractResult write_folders(const ExtractOptions& options, const std::vector<Item>& items, Log& log) {
  check_output_names(options, items);
  ExtractResult result;
  result.manifest = store::shard_path(store::manifest_path(options.output, true), options.shard);
  store::check_output_free(result.manifest, options.force);
  std::error_code error;
  const bool goes_on = fs::exists(journal_path(options), error);
  check_folders(options, items, goes_on);
  const VideoRun videos(options, log);
  store::Manifest manifest = make_manifest(options);
  make_folders(options.output);
  store::ItemLog journal(journal_path(options), store::run_key(manifest, items), options.force);
  fs::remove(result.manifest, error);

  std::vector<FolderDone> done;
  journal.for_each([&](const store::LoggedItem& item) {
    if (item.reason) return;
    done.push_back(decode_payload(item.payload, options.output + "/" + items.at(item.index).id));
  });
  store::ItemRunOptions run = run_options(options);
  run.first = journal.size();
  run.window = 1024;  // a result is the list of a folder's sums: small
  if (journal.resumed()) log.info(fmt::format("goes on after {} of {} videos", journal.size(), items.size()));
  result.run = store::run_items(
      items, run, log, journal.result(items),
      [&](const Item& item) {
        FolderReady ready{{}, store::FolderWriter(options.output + "/" + item.id)};
        videos.run(item, [&](const OutputFrame& frame, std::span<const uint8_t> bytes) {
          if (left_out(options, frame)) return;
          const int64_t place = options.number_by_frame ? frame.index : frame.order;
          ready.writer.write(options.name_template.name(options.start_index + place), bytes);
          ++ready.done.frames;
        });
        ready.done.record = ready.writer.prepare();
        return ready;
      },
      [&](const ItemOutcome& outcome, FolderReady ready) {
        ready.writer.publish();
        journal.append({journal.size(), outcome.input, std::nullopt, encode_payload(ready.done)});
        done.push_back(std::move(ready.done));
      },
      [&](const ItemOutcome& outcome, const std::string& reason) {
        journal.append({journal.size(), outcome.input, reason, {}});
      });
  for (const FolderDone& video : done) result.frames += video.frames;
  add_inputs(manifest, options, result.run);
  write_folder_manifest(manifest, done, result.manifest);
  write_depfile_if_wanted(options, result.manifest, items);
  journal.remove();
  sync_folder(options.output);
  return result;
}

namespace {

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
  store::FramesWriter writer(path, encoding_of(options.picture.format), store::run_key(manifest, items), options.force);
  store::ItemRunOptions run = run_options(options);
  run.first = writer.first();
  if (run.first) log.info(fmt::format("goes on after {} of {} videos", run.first, items.size()));
  result.run = store::run_items(
      items, run, log, writer.before(items),
      [&](const Item& item) {
        PackItem video{{}, store::ByteSpool(folder.empty() ? "." : folder, kSpoolBytes)};
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
