#include "lib/jobs/motion/motion_places.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/jobs/inputs/output_check.h"
#include "lib/store/folder_writer.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"
#include "lib/store/real_paths.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

bool is_file(const std::string& path) { return !path.empty() && path != "-"; }

bool lies_in(const fs::path& inner, const fs::path& outer) {
  const auto [at, rest] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return at == outer.end();
}

void check_flow_folders(const MotionOptions& options, const std::vector<store::Item>& items,
                        const std::vector<std::string>& side_inputs, bool may_exist) {
  store::check_folder_ids(items);
  std::vector<std::string> folders, inputs = side_inputs, files = output_files(options);
  for (const auto& item : items) {
    if (item.fault.empty()) folders.push_back(flow_folder(options, item));
    inputs.push_back(item.path);
  }
  store::check_folders_apart(folders, inputs);
  for (const auto& file : files) {
    const fs::path whole = fs::absolute(file).lexically_normal();
    for (const auto& folder : folders) {
      if (lies_in(whole, fs::absolute(folder).lexically_normal())) {
        throw UsageError(file, "would lie in the flow images of a video, " + folder, "give it another place with -o");
      }
    }
  }
  if (may_exist) return;
  std::error_code error;
  for (const auto& folder : folders) {
    if (fs::exists(fs::symlink_status(folder, error))) {
      throw UsageError(folder, "exists",
                       "give --flow-images another folder, also where other pictures of the videos lie; --force "
                       "replaces it");
    }
  }
}

}  // namespace

std::string flow_folder(const MotionOptions& options, const store::Item& item) {
  return options.flow_images + "/" + item.id;
}

std::vector<store::Item> items_with_places(const MotionOptions& options, std::vector<store::Item> items) {
  if (options.flow_images.empty()) return items;
  std::vector<std::string> own_names;
  const fs::path folder = store::resolved_path(options.flow_images);
  for (const auto& file : output_files(options)) {
    const fs::path whole = store::resolved_path(file);
    if (whole.parent_path() != folder) continue;
    own_names.push_back(whole.filename().string());
    own_names.push_back(store::manifest_path(whole.filename().string(), false));
  }
  return store::with_folder_faults(std::move(items), options.flow_images, own_names);
}

std::vector<std::string> output_files(const MotionOptions& options) {
  std::vector<std::string> files;
  for (const auto* path : {&options.output, &options.motion_output, &options.plot, &options.sheet}) {
    if (is_file(*path)) files.push_back(*path);
  }
  return files;
}

std::string journal_path(const MotionOptions& options) {
  for (const auto& file : output_files(options)) {
    // Nothing lies beside a device or a pipe.
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::exists(status) || fs::is_regular_file(status)) return partial_name(file) + ".values";
  }
  return {};
}

void check_places(const MotionOptions& options, const std::vector<store::Item>& items,
                  const std::vector<std::string>& side_inputs) {
  std::error_code error;
  const std::string journal = journal_path(options);
  const bool may_exist = options.force || (!journal.empty() && fs::exists(journal, error));
  std::vector<std::string> inputs = side_inputs;
  for (const auto& item : items) inputs.push_back(item.path);
  check_outputs({{"--output", options.output, true},
                 {"--save-motion", options.motion_output == options.output ? "" : options.motion_output, true},
                 {"--plot", options.plot, true},
                 {"--sheet", options.sheet, true},
                 {"--failed", options.failed},
                 {"--depfile", options.depfile}},
                inputs);
  if (!options.depfile.empty()) check_make_names(output_files(options), inputs);
  for (const auto& path : output_files(options)) store::check_output_free(path, may_exist);
  if (!options.flow_images.empty()) check_flow_folders(options, items, side_inputs, may_exist);
}

void make_places(const MotionOptions& options) {
  for (const auto& path : output_files(options)) {
    const std::string folder = fs::path(path).parent_path().string();
    if (!folder.empty()) make_folders(folder);
  }
  if (!options.flow_images.empty()) make_folders(options.flow_images);
}

}  // namespace vs::jobs
