// Golden table expected.json of weights: checkpoint files with the tensors that must be found in them, or a refusal.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/weights/checkpoint.h"
#include "tests/golden/kinds.h"

namespace vs::golden {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// 64-bit FNV-1a of bytes, 16 hex digits.
std::string fnv1a64(const std::vector<uint8_t>& bytes) {
  uint64_t hash = 14695981039346656037ULL;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 1099511628211ULL;
  return fmt::format("{:016x}", hash);
}

bool lists_checkpoints(const Json& table) {
  return table.is_object() && !table.empty() && std::all_of(table.begin(), table.end(), [](const Json& entry) {
           return entry.is_object() && (entry.contains("tensors") || entry.contains("error"));
         });
}

/// The names in a folder, so that a file that a pickle made is noticed.
std::vector<std::string> listing(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void check_tensors(const std::string& file, const weights::Checkpoint& checkpoint, const Json& want, Report& report) {
  for (const auto& [name, expected] : want.items()) {
    const auto index = checkpoint.find(name);
    if (!index) {
      report.check(fmt::format("{}: no tensor {}", file, name), false);
      continue;
    }
    const auto& tensor = checkpoint.tensors()[*index];
    const Json got = {weights::name_of(tensor.dtype), tensor.shape, fnv1a64(checkpoint.read(*index))};
    report.check(fmt::format("{}: {}: got {}, want {}", file, name, got.dump(), expected.dump()), got == expected);
  }
  for (const auto& tensor : checkpoint.tensors())
    report.check(fmt::format("{}: {} is not in the table", file, tensor.name), want.contains(tensor.name));
}

void check_refusal(const std::string& file, const fs::path& path, const std::string& why, Report& report) {
  // A pickle that calls something may be read, the call left out, or refused; it may not be obeyed (see below).
  const bool may_succeed = file.starts_with("code_in_pickle");
  try {
    const auto checkpoint = weights::Checkpoint::open(path.string());
    for (size_t i = 0; i < checkpoint.tensors().size(); ++i) (void)checkpoint.read(i);
    report.check(fmt::format("{}: was read, but must be refused: {}", file, why), may_succeed);
  } catch (const DataError& error) {
    const std::string text = error.what();
    const bool one_line = text.find('\n') == std::string::npos && text.starts_with(path.string() + ": ");
    report.check(fmt::format("{}: not one line that names the file: {}", file, text), one_line);
  }
}

void check_checkpoints(const std::string& path, Report& report) {
  const Json table = Json::parse(read_file(path));
  const fs::path folder = fs::path(path).parent_path();
  const fs::path watched = folder.empty() ? fs::path(".") : folder;
  const std::vector<std::string> before = listing(watched);
  // Where the commands in the collection's own pickles would leave a trace.
  const fs::path trace = "/tmp/vs-evil-was-here";
  const bool had_trace = fs::exists(trace);
  for (const auto& [file, want] : table.items()) {
    if (want.contains("error")) {
      check_refusal(file, folder / file, want.at("error").get<std::string>(), report);
      continue;
    }
    try {
      check_tensors(file, weights::Checkpoint::open((folder / file).string()), want.at("tensors"), report);
    } catch (const Error& error) {
      report.check(fmt::format("{}: {}", file, error.what()), false);
    }
  }
  report.check("a file was made by reading", listing(watched) == before && fs::exists(trace) == had_trace);
}

}  // namespace

KindTable weights_kinds() { return {{}, {{"expected.json", check_checkpoints, lists_checkpoints}}}; }

}  // namespace vs::golden
