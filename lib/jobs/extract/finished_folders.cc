#include "lib/jobs/extract/finished_folders.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/sha256.h"
#include "lib/core/text.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/real_paths.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;
using store::Item;
using store::Json;

constexpr const char* kReplaceHint = "--force replaces it";

const std::string& path_of(const Json& record) { return record.at("path").get_ref<const std::string&>(); }

/// A folder and the video it is of, as the manifest names them.
struct Finished {
  Json output, input;
};

/// A manifest taken apart. What was read stands in it in this order: lists and plans, then videos, of which those that
/// did not fail are in the order of the folders.
struct Parts {
  std::vector<Json> side_inputs, failed_inputs, failures;
  std::vector<Finished> finished;

  /// Throws UsageError naming `place` if there are more folders than videos.
  Parts(const Json& document, const std::string& place) {
    std::unordered_set<std::string> failed;
    for (const auto& failure : document.at("failures")) {
      failed.insert(path_of(failure));
      failures.push_back(failure);
    }
    std::vector<Json> read;
    for (const auto& input : document.at("inputs"))
      (failed.contains(path_of(input)) ? failed_inputs : read).push_back(input);
    const Json& outputs = document.at("outputs");
    if (read.size() < outputs.size())
      throw UsageError(place, "exists and does not tell of which video each folder is", kReplaceHint);
    const std::size_t side = read.size() - outputs.size();
    for (std::size_t i = 0; i < side; ++i) side_inputs.push_back(std::move(read[i]));
    for (std::size_t i = 0; i < outputs.size(); ++i) finished.push_back({outputs[i], std::move(read[side + i])});
  }

  void put_into(Json& document) const {
    document["inputs"] = Json::array();
    for (const auto* list : {&side_inputs, &failed_inputs}) {
      for (const Json& input : *list) document["inputs"].push_back(input);
    }
    document["outputs"] = Json::array();
    for (const Finished& entry : finished) {
      document["inputs"].push_back(entry.input);
      document["outputs"].push_back(entry.output);
    }
    document["failures"] = failures;
  }
};

int64_t nanoseconds(const struct timespec& time) { return int64_t{time.tv_sec} * 1000000000 + time.tv_nsec; }

Json read_finished(const std::string& manifest) {
  Json document;
  try {
    document = store::read_manifest(manifest);
  } catch (const DataError& error) {
    throw UsageError(manifest, std::string("exists and cannot be added to: ") + error.what(), kReplaceHint);
  }
  if (!document.contains("outputs")) throw UsageError(manifest, "exists and names no folders", kReplaceHint);
  return document;
}

/// Options that this run and the finished one must share; those that are not in `wanted` change no frame.
Json key_of(const Json& manifest, const Json& wanted) {
  Json key = {{"tool", manifest.at("tool")},
              {"version", manifest.at("version")},
              {"parameters", Json::object()},
              {"seed", manifest.at("seed")}};
  for (const auto& entry : wanted.at("parameters").items())
    key["parameters"][entry.key()] = manifest.at("parameters").value(entry.key(), Json());
  return key;
}

}  // namespace

struct FinishedFolders::Impl {
  std::string manifest, folder, output;
  int64_t manifest_ns = 0;
  std::optional<Parts> parts;
  std::unordered_set<std::string> held;  ///< ids
  mutable store::RealPaths real;

  std::string place_of(const Item& item) const { return real.of(output + "/" + item.id); }

  std::string place_of(const Finished& entry) const {
    return real.of(store::path_from_document(path_of(entry.output), folder));
  }

  void check_options(const ExtractOptions& options, const Json& document, const Json& key) const {
    Json before = key_of(document, key);
    if (options.choice.rule == ChoiceRule::kPlan && before["parameters"]["at"].is_string()) {
      // What a plan says counts, not its name; videos are added with the plan that the finished ones have.
      const std::string sum = store::file_record(options.choice.plan).sha256;
      const bool same = std::any_of(parts->side_inputs.begin(), parts->side_inputs.end(),
                                    [&](const Json& input) { return input.at("sha256") == sum; });
      if (!same) throw UsageError(manifest, "exists, made with another plan than " + options.choice.plan, kReplaceHint);
      before["parameters"]["at"] = key.at("parameters").at("at");
    }
    if (const auto found = store::first_difference(before, key))
      throw UsageError(manifest, "exists, made with other options: " + *found,
                       "give the same ones to add videos; --force replaces it");
  }

  /// True if the finished folder is of the file that the item names.
  void check_same_file(const Item& item, const Finished& entry) const {
    const std::string before = store::path_from_document(path_of(entry.input), folder);
    const bool same_place = real.of(item.path) == real.of(before);
    struct stat status {};
    if (::stat(item.path.c_str(), &status) != 0 && same_place) return;
    if (static_cast<uint64_t>(status.st_size) == entry.input.at("size").get<uint64_t>()) {
      throw_if_cancelled();
      if (same_place && nanoseconds(status.st_mtim) <= manifest_ns) return;
      if (S_ISREG(status.st_mode) && sha256_of_file(item.path) == entry.input.at("sha256").get<std::string>()) return;
    }
    const std::string written = output + "/" + item.id;
    if (same_place)
      throw UsageError(item.path, "has changed since its frames were written to " + written,
                       "delete that folder to have them written again");
    throw UsageError(
        item.path,
        fmt::format("has the same name \"{}\" as {}, whose frames lie in {}", printable(item.id), before, written),
        "names of videos must differ within one output");
  }

  void look_up(const std::vector<Item>& items) {
    std::unordered_map<std::string, const Finished*> by_place;
    for (const Finished& entry : parts->finished) by_place.emplace(place_of(entry), &entry);
    std::error_code error;
    for (const Item& item : items) {
      if (!item.fault.empty()) continue;
      const std::string place = place_of(item);
      const auto found = by_place.find(place);
      // A folder that was deleted is written again.
      if (found == by_place.end() || !fs::is_directory(place, error)) continue;
      check_same_file(item, *found->second);
      held.insert(item.id);
    }
  }
};

FinishedFolders::FinishedFolders(const ExtractOptions& options, const std::string& manifest, const Json& key,
                                 const std::vector<Item>& items)
    : impl_(std::make_unique<Impl>()) {
  struct stat status {};
  if (options.force || ::stat(manifest.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return;
  impl_->manifest = manifest;
  impl_->manifest_ns = nanoseconds(status.st_mtim);
  impl_->folder = fs::path(manifest).parent_path().string();
  impl_->output = options.output;
  const Json document = read_finished(manifest);
  impl_->parts.emplace(document, manifest);
  impl_->check_options(options, document, key);
  impl_->look_up(items);
}

FinishedFolders::FinishedFolders(FinishedFolders&&) noexcept = default;
FinishedFolders& FinishedFolders::operator=(FinishedFolders&&) noexcept = default;
FinishedFolders::~FinishedFolders() = default;

bool FinishedFolders::any() const { return !impl_->manifest.empty(); }
bool FinishedFolders::holds(const Item& item) const { return impl_->held.contains(item.id) && item.fault.empty(); }
int64_t FinishedFolders::num_held() const { return static_cast<int64_t>(impl_->held.size()); }

std::vector<Item> FinishedFolders::missing(const std::vector<Item>& items) const {
  std::vector<Item> rest;
  std::copy_if(items.begin(), items.end(), std::back_inserter(rest), [&](const Item& item) { return !holds(item); });
  return rest;
}

void FinishedFolders::add_to(Json& document, const std::vector<Item>& items, Log& log) const {
  if (!any()) return;
  const Parts added(document, impl_->manifest);
  std::unordered_set<std::string> ids, written, named;
  for (const Item& item : items) ids.insert(store::utf8_or_escaped(item.id));
  for (const Finished& entry : added.finished) written.insert(impl_->place_of(entry));
  for (const Json& input : added.side_inputs) named.insert(path_of(input));

  Parts all = *impl_->parts;
  std::erase_if(all.side_inputs, [&](const Json& input) { return named.contains(path_of(input)); });
  std::erase_if(all.failures, [&](const Json& failure) { return ids.contains(failure.at("id").get<std::string>()); });
  std::unordered_set<std::string> failed;
  for (const Json& failure : all.failures) failed.insert(path_of(failure));
  std::erase_if(all.failed_inputs, [&](const Json& input) { return !failed.contains(path_of(input)); });
  std::error_code error;
  std::erase_if(all.finished, [&](const Finished& entry) {
    const std::string place = impl_->place_of(entry);
    if (written.contains(place)) return true;
    if (fs::is_directory(place, error)) return false;
    log.warning(place + ": is gone; the manifest does not name it any more");
    return true;
  });
  const std::size_t kept = all.finished.size();
  const auto append = [](auto& list, const auto& more) { list.insert(list.end(), more.begin(), more.end()); };
  append(all.side_inputs, added.side_inputs);
  append(all.failed_inputs, added.failed_inputs);
  append(all.failures, added.failures);
  append(all.finished, added.finished);
  all.put_into(document);
  document["counts"] = {{"done", added.finished.size()}, {"skipped", kept}, {"failed", all.failures.size()}};
}

}  // namespace vs::jobs
