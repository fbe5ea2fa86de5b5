#include "lib/store/manifest.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/sha256.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/store/json.h"

namespace vs::store {
namespace {

namespace fs = std::filesystem;

constexpr int kManifestVersion = 1;

FileRecord folder_record(const std::string& path) {
  std::vector<std::string> names;
  std::error_code code;
  fs::recursive_directory_iterator entry(path, code), end;
  while (!code && entry != end) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden) {
      if (entry->is_directory(code)) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(code)) {
      names.push_back(entry->path().lexically_relative(path).string());
    }
    entry.increment(code);
  }
  if (code) throw DataError(path, "cannot be read: " + code.message());
  std::sort(names.begin(), names.end());
  FileRecord record{path, 0, {}};
  Sha256 hash;
  for (const auto& name : names) {
    throw_if_cancelled();
    const std::string whole = (fs::path(path) / name).string();
    record.size += fs::file_size(whole, code);
    const std::string line = sha256_of_file(whole) + "  " + name + "\n";
    hash.update({reinterpret_cast<const uint8_t*>(line.data()), line.size()});
  }
  record.sha256 = hash.finish();
  return record;
}

fs::path resolved_folder(const fs::path& folder) {
  std::error_code code;
  const fs::path absolute = fs::absolute(folder.empty() ? fs::path(".") : folder, code);
  fs::path resolved = fs::weakly_canonical(absolute, code);
  return code ? absolute.lexically_normal() : resolved;
}

Json record_json(const FileRecord& record, const std::string& folder) {
  return {{"path", path_in_document(record.path, folder)}, {"size", record.size}, {"sha256", record.sha256}};
}

Json records_json(const std::vector<FileRecord>& records, const std::string& folder) {
  Json list = Json::array();
  for (const auto& record : records) list.push_back(record_json(record, folder));
  return list;
}

/// The same value with all text as UTF-8: options may hold file names, which are any bytes.
Json clean(const Json& value) {
  if (value.is_string()) return utf8_or_escaped(value.get_ref<const std::string&>());
  if (!value.is_structured()) return value;
  Json copy = value.is_object() ? Json::object() : Json::array();
  for (const auto& entry : value.items()) {
    if (value.is_object()) {
      copy[utf8_or_escaped(entry.key())] = clean(entry.value());
    } else {
      copy.push_back(clean(entry.value()));
    }
  }
  return copy;
}

std::string time_text(std::time_t seconds) {
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::time_t start_time() {
  const char* given = std::getenv("SOURCE_DATE_EPOCH");
  if (given && *given) {
    // The year 9999 is the last one that the text form holds.
    const auto seconds = parse_integer(given);
    if (!seconds || *seconds < 0 || *seconds > 253402300799)
      throw UsageError("SOURCE_DATE_EPOCH", "\"" + printable(given) + "\" is no count of seconds");
    return static_cast<std::time_t>(*seconds);
  }
  return std::time(nullptr);
}

}  // namespace

FileRecord file_record(const std::string& path) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (fs::is_directory(status)) return folder_record(path);
  if (!fs::exists(status)) throw DataError(path, "does not exist");
  if (!fs::is_regular_file(status)) throw DataError(path, "is no file and no folder");
  const uint64_t size = fs::file_size(path, code);
  if (code) throw DataError(path, "cannot be read: " + code.message());
  return {path, size, sha256_of_file(path)};
}

std::string manifest_path(const std::string& output, bool folder) {
  return folder ? (fs::path(output) / "manifest.json").string() : output + ".manifest.json";
}

struct Manifest::Impl {
  std::string tool;
  std::vector<std::string> command;
  Json parameters, inner_parameters;
  std::optional<uint64_t> seed;
  std::vector<FileRecord> inputs;
  std::set<std::string> input_paths;
  std::vector<std::string> outputs;
  Counts counts;
  std::vector<Failure> failures;
  std::time_t start = start_time();
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  Json document(const std::string& folder, bool inner) const {
    Json root;
    root["schema"] = "vs.manifest/" + std::to_string(kManifestVersion);
    root["tool"] = tool;
    root["version"] = version();
    if (!inner) {
      root["command"] = Json::array();
      for (const auto& word : command) root["command"].push_back(utf8_or_escaped(word));
    }
    root["parameters"] = inner ? inner_parameters : parameters;
    root["seed"] = seed ? Json(*seed) : Json(nullptr);
    root["inputs"] = records_json(inputs, folder);
    if (!inner) {
      std::vector<FileRecord> written;
      for (const auto& path : outputs) written.push_back(file_record(path));
      root["outputs"] = records_json(written, folder);
    }
    root["counts"] = {{"done", counts.done}, {"skipped", counts.skipped}, {"failed", counts.failed}};
    root["failures"] = Json::array();
    for (const auto& failure : failures)
      root["failures"].push_back({{"id", utf8_or_escaped(failure.id)},
                                  {"path", path_in_document(failure.path, folder)},
                                  {"reason", utf8_or_escaped(failure.reason)}});
    if (!inner) {
      const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
      root["start"] = time_text(start);
      root["wall_s"] = std::round(wall.count() * 1000) / 1000;
    }
    return root;
  }
};

Manifest::Manifest(std::string tool, std::vector<std::string> command, const Json& parameters,
                   const Json& inner_parameters)
    : impl_(std::make_unique<Impl>()) {
  impl_->tool = std::move(tool);
  impl_->command = std::move(command);
  impl_->parameters = clean(parameters);
  impl_->inner_parameters = clean(inner_parameters);
}

Manifest::Manifest(Manifest&&) noexcept = default;
Manifest& Manifest::operator=(Manifest&&) noexcept = default;
Manifest::~Manifest() = default;

void Manifest::settle_parameter(const std::string& name, const Json& value) {
  for (Json* const parameters : {&impl_->parameters, &impl_->inner_parameters}) {
    if (parameters->contains(name)) (*parameters)[name] = value;
  }
}

void Manifest::set_seed(std::optional<uint64_t> seed) { impl_->seed = seed; }

void Manifest::add_input(FileRecord input) {
  if (impl_->input_paths.insert(input.path).second) impl_->inputs.push_back(std::move(input));
}

void Manifest::add_inputs(const std::vector<FileRecord>& inputs) {
  for (const auto& input : inputs) add_input(input);
}

void Manifest::add_input(const std::string& path) { add_input(file_record(path)); }

void Manifest::add_output(const std::string& path) { impl_->outputs.push_back(path); }

void Manifest::set_outcome(const Counts& counts, std::vector<Failure> failures) {
  impl_->counts = counts;
  impl_->failures = std::move(failures);
}

Json Manifest::document(const std::string& folder) const { return impl_->document(folder, false); }
Json Manifest::inner_document(const std::string& folder) const { return impl_->document(folder, true); }

Json Manifest::resume_key() const {
  return {{"tool", impl_->tool},
          {"version", version()},
          {"parameters", impl_->inner_parameters},
          {"seed", impl_->seed ? Json(*impl_->seed) : Json(nullptr)}};
}

void Manifest::write(const std::string& path) const {
  write_document(path, "manifest", document(fs::path(path).parent_path().string()));
}

Json read_manifest(const std::string& path) { return read_document(path, "manifest", kManifestVersion); }

std::string path_in_document(const std::string& path, const std::string& folder) {
  const fs::path given(path);
  if (path.empty() || path == "-" || given.is_absolute()) return utf8_or_escaped(path);
  // The folder part is resolved, so that ".." means the same to the kernel; the name may be a link and stays.
  const fs::path whole = (resolved_folder(given.parent_path()) / given.filename()).lexically_normal();
  const fs::path relative = whole.lexically_relative(resolved_folder(folder));
  return utf8_or_escaped(relative.empty() ? whole.string() : relative.string());
}

std::string path_from_document(const std::string& path, const std::string& folder) {
  if (path.empty() || folder.empty() || fs::path(path).is_absolute()) return path;
  return (fs::path(folder) / path).lexically_normal().string();
}

}  // namespace vs::store
