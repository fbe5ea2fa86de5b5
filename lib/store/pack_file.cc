#include "lib/store/pack_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::store {
namespace {

namespace fs = std::filesystem;

bool same_bytes(const std::string& left, const std::string& right) {
  std::error_code code;
  if (!fs::is_regular_file(right, code) || fs::file_size(left, code) != fs::file_size(right, code) || code)
    return false;
  std::ifstream a(left, std::ios::binary), b(right, std::ios::binary);
  std::vector<char> one(1 << 20), two(1 << 20);
  while (a && b) {
    a.read(one.data(), static_cast<std::streamsize>(one.size()));
    b.read(two.data(), static_cast<std::streamsize>(two.size()));
    if (a.gcount() != b.gcount() || !std::equal(one.begin(), one.begin() + a.gcount(), two.begin())) return false;
  }
  return a.eof() && b.eof();
}

void sync_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int status = descriptor < 0 ? -1 : ::fsync(descriptor);
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (status != 0)
    throw RunError(path, std::string("cannot be written: ") + std::strerror(code),
                   code == ENOSPC || code == EDQUOT ? "free some space, then run the same command again" : "");
}

}  // namespace

void check_output_free(const std::string& path, bool force) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (fs::is_directory(status)) throw UsageError(path, "is a folder", "give the name of a file");
  if (force || !fs::exists(status)) return;
  const bool pack = path.ends_with(".h5") || path.ends_with(".hdf5");
  throw UsageError(path, "exists",
                   pack ? "a finished pack is not added to: write another one and join them with vs-annot merge; "
                          "--force replaces it"
                        : "--force replaces it");
}

H5File open_pack(const std::string& path, const std::string& schema_name, int version,
                 const std::vector<std::string>& needed) {
  std::error_code code;
  if (!fs::exists(path, code)) throw DataError(path, "does not exist");
  H5File file = H5File::open(path);
  if (!file.has_attribute("/", "schema")) throw DataError(path, "is no file of vs", "expected schema " + schema_name);
  const std::string schema = file.read_text("/", "schema");
  const size_t slash = std::min(schema.rfind('/'), schema.size());
  const auto number = parse_integer(std::string_view(schema).substr(std::min(slash + 1, schema.size())));
  if (schema.substr(0, slash) != schema_name || !number || *number < 1)
    throw DataError(path, "holds \"" + printable(schema.substr(0, 80)) + "\"",
                    fmt::format("expected \"{}/{}\"", schema_name, version));
  if (*number > version)
    throw DataError(path, fmt::format("holds \"{}\", this build reads up to {}", schema, version),
                    "a newer vs is needed");
  if (!file.has_attribute("/", "complete") || file.read_numbers("/", "complete") != std::vector<double>{1})
    throw DataError(path, "is not complete", "the run that wrote it was stopped: run it again");
  for (const auto& name : needed) {
    if (!file.has_dataset(name)) throw DataError(path, "has no dataset \"" + name + "\"");
  }
  return file;
}

nlohmann::ordered_json read_inner_manifest(const std::string& path) {
  const H5File file = H5File::open(path);
  const JsonText text(path + ", manifest", file.read_text("/", "manifest"));
  Json document = parse_json(text);
  check_schema_number(document, "vs.manifest", 1, &text);
  validate_json(document, "manifest", &text);
  return document;
}

uint64_t count_rows(const H5File& file, const std::string& name) {
  const DatasetInfo info = file.info(name);
  if (info.shape.size() != 1) throw DataError(file.path(), "dataset \"" + name + "\" is no list");
  return info.shape[0];
}

std::vector<int64_t> read_offsets(const H5File& file, const std::string& name, uint64_t rows, uint64_t total) {
  const uint64_t found = count_rows(file, name);
  if (found != rows + 1)
    throw DataError(file.path(), fmt::format("dataset \"{}\" has {} rows, {} are needed", name, found, rows + 1));
  std::vector<int64_t> offsets = file.read<int64_t>(name);
  if (offsets.front() != 0) throw DataError(file.path(), "dataset \"" + name + "\" does not begin with 0");
  for (size_t i = 1; i < offsets.size(); ++i) {
    if (offsets[i] < offsets[i - 1])
      throw DataError(file.path(), fmt::format("dataset \"{}\" decreases at row {}", name, i));
  }
  if (static_cast<uint64_t>(offsets.back()) != total)
    throw DataError(file.path(),
                    fmt::format("dataset \"{}\" ends at {}, {} rows are there", name, offsets.back(), total));
  return offsets;
}

VideoIndex::VideoIndex(const H5File& file) : ids_(file.read_strings("video_id")) {
  for (size_t i = 0; i < ids_.size(); ++i) {
    if (ids_[i].empty()) throw DataError(file.path(), fmt::format("video_id is empty in row {}", i));
    if (!positions_.emplace(ids_[i], static_cast<int64_t>(i)).second)
      throw DataError(file.path(), "video_id \"" + printable(ids_[i]) + "\" stands there twice");
  }
}

int64_t VideoIndex::find(const std::string& id) const {
  const auto at = positions_.find(id);
  return at == positions_.end() ? -1 : at->second;
}

void VideoIndex::check(int64_t video) const {
  if (video < 0 || static_cast<uint64_t>(video) >= ids_.size()) throw std::logic_error("no such video in the pack");
}

void describe_dataset(H5File& file, const std::string& name, const std::string& units, const std::string& axes,
                      const std::string& formula) {
  file.write_text(name, "units", units);
  file.write_text(name, "axes", axes);
  if (!formula.empty()) file.write_text(name, "formula", formula);
}

void publish_pack(H5File file, const std::string& path, const nlohmann::ordered_json& inner_manifest,
                  const std::function<void(const std::string& made)>& announce) {
  const std::string made = file.path();
  file.write_text("/", "manifest", json_document(inner_manifest));
  file.write_number("/", "complete", 1);
  file.close();
  sync_file(made);
  const bool stays = same_bytes(made, path);
  if (announce) announce(stays ? path : made);
  if (stays) {
    ::unlink(made.c_str());
    return;
  }
  if (std::rename(made.c_str(), path.c_str()) != 0)
    throw RunError(path, std::string("cannot be written: ") + std::strerror(errno));
  const std::string folder = fs::path(path).parent_path().string();
  sync_folder(folder.empty() ? "." : folder);
}

}  // namespace vs::store
