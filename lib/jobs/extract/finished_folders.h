// Folders of frames that a finished run left: a later one adds to them.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// The folders that the manifest of an output names, and which items of this run they are of.
class FinishedFolders {
 public:
  /// manifest: where that of the output lies or would lie; without a file there, or with options.force, nothing is
  /// finished. key: store::options_key() of this run. Throws UsageError if the output was made with other options, by
  /// another version, or if a folder is of another file than the item of its name, or of another state of it, or
  /// if the manifest cannot be read.
  FinishedFolders(const ExtractOptions& options, const std::string& manifest, const nlohmann::ordered_json& key,
                  const std::vector<store::Item>& items);
  FinishedFolders(FinishedFolders&&) noexcept;
  FinishedFolders& operator=(FinishedFolders&&) noexcept;
  ~FinishedFolders();

  /// True if there is a manifest to add to.
  bool any() const;
  /// True if the frames of this item are there.
  bool holds(const store::Item& item) const;
  /// Items of this run that it holds.
  int64_t num_held() const;
  /// The items that it does not hold.
  std::vector<store::Item> missing(const std::vector<store::Item>& items) const;

  /// Puts what is finished into the manifest of this run, before its own inputs and outputs: folders that it did not
  /// write again, and failed items that are none of its items. A folder that is gone is left out with a warning.
  void add_to(nlohmann::ordered_json& document, const std::vector<store::Item>& items, Log& log) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::jobs
