// A folder of pictures for each video.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/extract/finished_folders.h"
#include "lib/jobs/extract/output_parts.h"
#include "lib/jobs/extract/outputs.h"
#include "lib/jobs/extract/video_run.h"
#include "lib/store/folder_writer.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

using store::Item;
using store::ItemOutcome;

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

FolderReady write_folder(const ExtractOptions& options, const VideoRun& videos, const Item& item) {
  store::FolderWriter writer(options.output + "/" + item.id);
  int64_t frames = 0;
  videos.run(item, [&](const OutputFrame& frame, std::span<const uint8_t> bytes) {
    if (left_out(options, frame)) return;
    const int64_t place = options.number_by_frame ? frame.index : frame.order;
    writer.write(options.name_template.name(options.start_index + place), bytes);
    ++frames;
  });
  store::FileRecord record = writer.prepare();
  return {{std::move(record), frames}, std::move(writer)};
}

/// In the journal for an item whose folder an earlier run finished.
constexpr const char* kHeld = "held";

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

std::string folder_manifest_path(const ExtractOptions& options) {
  return store::shard_path(store::manifest_path(options.output, true), options.shard);
}

/// No folder may delete what is read or another video's folder; one that no run of ours is known to have made is not
/// touched unasked.
void check_folders(const ExtractOptions& options, const std::vector<Item>& items, const FinishedFolders& finished,
                   bool goes_on) {
  store::check_folder_ids(items);
  std::vector<std::string> folders;
  folders.reserve(items.size());
  for (const Item& item : items) {
    if (item.fault.empty()) folders.push_back(options.output + "/" + item.id);
  }
  store::check_folders_apart(folders, all_inputs_of(options, items));
  if (goes_on || options.force) return;
  std::error_code error;
  for (const Item& item : items) {
    const std::string folder = options.output + "/" + item.id;
    if (item.fault.empty() && !finished.holds(item) && fs::exists(folder, error))
      throw UsageError(folder, "exists", "--force replaces it");
  }
}

/// The journal while items come in: those that an earlier run finished are skipped, and noted with the next one.
class FolderJournal {
 public:
  FolderJournal(const ExtractOptions& options, const store::Json& key)
      : log_(journal_path(options), key, options.force) {}

  store::ItemLog& log() { return log_; }
  void append(uint64_t index, const ItemOutcome& outcome, std::optional<std::string> reason, std::string payload) {
    fill(index);
    log_.append({index, outcome.input, std::move(reason), std::move(payload)});
  }
  /// Notes the items before `index` that are not in it: those that were skipped.
  void fill(uint64_t index) {
    while (log_.size() < index) log_.append({log_.size(), std::nullopt, std::nullopt, kHeld});
  }

 private:
  store::ItemLog log_;
};

void write_folder_manifest(store::Manifest& manifest, const std::vector<FolderDone>& done,
                           const FinishedFolders& finished, const std::vector<Item>& items, const std::string& path,
                           Log& log) {
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
  document["counts"]["done"] = done.size();
  finished.add_to(document, items, log);
  store::write_document(path, "manifest", document);
}

}  // namespace

std::vector<Item> items_to_write(const ExtractOptions& options, const std::vector<Item>& items) {
  if (options.kind != OutputKind::kFolder) return items;
  const store::Json key = store::options_key(make_manifest(options));
  return FinishedFolders(options, folder_manifest_path(options), key, items).missing(items);
}

ExtractResult write_folders(const ExtractOptions& options, const std::vector<Item>& items, Log& log) {
  check_output_names(options, items);
  ExtractResult result;
  result.manifest = folder_manifest_path(options);
  std::error_code error;
  const bool goes_on = fs::exists(journal_path(options), error);
  store::Manifest manifest = make_manifest(options);
  const FinishedFolders finished(options, result.manifest, store::options_key(manifest), items);
  if (finished.any() && !goes_on && finished.missing(items).empty())
    throw UsageError(result.manifest, "exists and names all these videos", "--force writes them again");
  check_folders(options, items, finished, goes_on);
  const VideoRun videos(options, log);
  make_folders(options.output);
  FolderJournal journal(options, extract_key(options, manifest, items));
  if (options.force) fs::remove(result.manifest, error);

  std::vector<FolderDone> done;
  journal.log().for_each([&](const store::LoggedItem& item) {
    if (item.reason || item.payload == kHeld) return;
    done.push_back(decode_payload(item.payload, options.output + "/" + items.at(item.index).id));
  });
  store::ItemRunOptions run = run_options(options);
  run.first = journal.log().size();
  run.window = 1024;  // a result is the list of a folder's sums: small
  if (journal.log().resumed()) log.info(fmt::format("goes on after {} of {} videos", run.first, items.size()));
  result.run = store::run_items(
      items, run, log, journal.log().result(items),
      [&](const Item& item) -> std::optional<FolderReady> {
        if (finished.holds(item)) return std::nullopt;
        return write_folder(options, videos, item);
      },
      [&](const ItemOutcome& outcome, FolderReady ready) {
        ready.writer.publish();
        journal.append(outcome.index, outcome, std::nullopt, encode_payload(ready.done));
        done.push_back(std::move(ready.done));
      },
      [&](const ItemOutcome& outcome, const std::string& reason) {
        journal.append(outcome.index, outcome, reason, {});
      });
  journal.fill(items.size());
  for (const FolderDone& video : done) result.frames += video.frames;
  // The journal knows done and failed only.
  auto& counts = result.run.counts;
  counts.done = static_cast<int64_t>(done.size());
  counts.skipped = static_cast<int64_t>(items.size()) - counts.done - counts.failed;
  add_inputs(manifest, options, result.run);
  write_folder_manifest(manifest, done, finished, items, result.manifest, log);
  write_depfile_if_wanted(options, result.manifest, items);
  sync_folder(options.output);
  // Last: a run that is killed before this line goes on, and finds nothing left to do.
  journal.log().remove();
  return result;
}

}  // namespace vs::jobs
