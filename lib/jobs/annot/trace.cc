#include "lib/jobs/annot/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/jobs/annot/annot.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;

constexpr int kMostFoldersAbove = 32;
constexpr int kDeepest = 200;
constexpr size_t kMostSourcesNamed = 200;

bool is_file(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::string absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// A manifest that was read, and where it lies.
struct Found {
  std::string path;
  store::Json document;
  std::string folder() const { return fs::path(path).parent_path().string(); }
  /// A path of the document as seen from the working folder.
  std::string seen(const store::Json& file) const {
    return store::path_from_document(file.at("path").get<std::string>(), folder());
  }
};

bool has_output(const Found& manifest, const std::string& path) {
  if (!manifest.document.contains("outputs")) return false;
  const std::string wanted = without_last_slash(absolute(path));
  for (const auto& output : manifest.document.at("outputs")) {
    const std::string made = without_last_slash(absolute(manifest.seen(output)));
    // An output folder explains everything in it.
    if (wanted == made || wanted.starts_with(made + "/")) return true;
  }
  return false;
}

bool looks_like_manifest(const std::string& path) {
  return path.ends_with(".manifest.json") || fs::path(path).filename() == "manifest.json";
}

/// The manifest that explains a path.
std::optional<Found> manifest_of(const std::string& given) {
  const std::string path = without_last_slash(given);
  if (looks_like_manifest(path) && is_file(path)) return Found{path, store::read_manifest(path)};
  for (const bool folder : {false, true}) {
    const std::string candidate = store::manifest_path(path, folder);
    if (is_file(candidate)) return Found{candidate, store::read_manifest(candidate)};
  }
  fs::path above = fs::path(absolute(path)).parent_path();
  for (int i = 0; i < kMostFoldersAbove && above.has_relative_path(); ++i, above = above.parent_path()) {
    for (const std::string& candidate :
         {store::manifest_path(above.string(), true), store::manifest_path(above.string(), false)}) {
      if (!is_file(candidate)) continue;
      Found found{candidate, store::read_manifest(candidate)};
      if (has_output(found, path)) return found;
    }
  }
  return std::nullopt;
}

/// The folder in which a command ran: its words name the outputs relative to it. Nothing if no word does.
std::string folder_of_run(const Found& manifest, const std::vector<std::string>& words) {
  for (const char* list : {"outputs", "inputs"}) {
    if (!manifest.document.contains(list)) continue;
    for (const auto& file : manifest.document.at(list)) {
      const std::string made = without_last_slash(absolute(manifest.seen(file)));
      for (size_t i = 1; i < words.size(); ++i) {
        std::string word = words[i];
        // --output=FILE and -oFILE name the file behind the option.
        if (word.starts_with("--")) {
          const size_t equals = word.find('=');
          word = equals == std::string::npos ? std::string() : word.substr(equals + 1);
        } else if (word.size() > 2 && word[0] == '-' && !std::isdigit(static_cast<unsigned char>(word[1]))) {
          word = word.substr(2);
        }
        if (word.empty() || word == "-" || word.starts_with('/')) continue;
        const std::string relative = without_last_slash(fs::path(word).lexically_normal().string());
        if (relative.empty() || relative == "." || relative.starts_with("..")) continue;
        if (made.ends_with("/" + relative)) {
          const std::string folder = made.substr(0, made.size() - relative.size() - 1);
          return folder.empty() ? "/" : folder;
        }
      }
    }
  }
  return {};
}

class Tracer {
 public:
  explicit Tracer(bool verify) : verify_(verify) {}

  void follow(const Found& manifest, int depth) {
    if (!seen_manifests_.insert(absolute(manifest.path)).second) return;
    if (depth > kDeepest) throw DataError(manifest.path, "more than 200 steps lead to it");
    for (const auto& input : manifest.document.at("inputs")) follow_input(manifest, input, depth);
    TracedCommand command;
    if (manifest.document.contains("command"))
      command.words = manifest.document.at("command").get<std::vector<std::string>>();
    if (command.words.empty()) throw DataError(manifest.path, "it names no command");
    command.tool = manifest.document.at("tool").get<std::string>();
    command.version = manifest.document.at("version").get<std::string>();
    command.start = manifest.document.value("start", std::string());
    command.wall_s = manifest.document.value("wall_s", 0.0);
    command.manifest = manifest.path;
    command.folder = folder_of_run(manifest, command.words);
    if (manifest.document.contains("outputs")) {
      for (const auto& output : manifest.document.at("outputs")) {
        command.outputs.push_back(manifest.seen(output));
        compare(command.outputs.back(), output);
      }
    }
    // Several outputs of one run have a manifest each.
    const auto same = [&](const TracedCommand& other) {
      return other.words == command.words && other.start == command.start && other.outputs == command.outputs;
    };
    if (std::none_of(trace_.commands.begin(), trace_.commands.end(), same))
      trace_.commands.push_back(std::move(command));
  }

  Trace finish() {
    for (auto& [path, source] : sources_) trace_.sources.push_back(std::move(source));
    return std::move(trace_);
  }

 private:
  void follow_input(const Found& manifest, const store::Json& input, int depth) {
    const std::string path = manifest.seen(input);
    if (const auto earlier = manifest_of(path); earlier && absolute(earlier->path) != absolute(manifest.path)) {
      if (!looks_like_manifest(path)) compare(path, input);
      follow(*earlier, depth + 1);
      return;
    }
    if (!sources_
             .emplace(absolute(path),
                      TracedSource{path, input.at("sha256").get<std::string>(), input.at("size").get<uint64_t>()})
             .second)
      return;
    compare(path, input);
  }

  void compare(const std::string& path, const store::Json& record) {
    if (!compared_.insert(path).second) return;
    std::error_code error;
    if (!fs::exists(path, error)) {
      trace_.differences.push_back(fmt::format("{}: is not there any more", path));
      return;
    }
    const auto size = record.at("size").get<uint64_t>();
    if (is_file(path)) {
      const auto now = fs::file_size(path, error);
      if (!error && now != size) {
        trace_.differences.push_back(
            fmt::format("{}: has {} bytes, the manifest says {}", path, static_cast<uint64_t>(now), size));
        return;
      }
    }
    // A folder's hash was taken before its manifest was put into it.
    const bool holds_manifest = fs::is_directory(path, error) && is_file(store::manifest_path(path, true));
    if (holds_manifest) return;
    if (verify_ && store::file_record(path).sha256 != record.at("sha256").get<std::string>()) {
      trace_.differences.push_back(fmt::format("{}: has changed, its hash is another", path));
    }
  }

  bool verify_;
  Trace trace_;
  std::set<std::string> seen_manifests_, compared_;
  std::map<std::string, TracedSource> sources_;  // by absolute path
};

/// A text that stays inside one comment line.
std::string comment(const std::string& text) { return printable(text); }

}  // namespace

Trace trace_file(const std::string& path, bool verify) {
  Trace trace = trace_files({path}, verify);
  if (trace.unexplained.empty()) return trace;
  std::error_code ignored;
  throw DataError(
      path, fs::exists(path, ignored) ? "no manifest says how it was made" : "no such file",
      fmt::format("looked for {} and the folders above", store::manifest_path(without_last_slash(path), false)));
}

Trace trace_files(const std::vector<std::string>& paths, bool verify) {
  Tracer tracer(verify);
  std::vector<std::string> unexplained;
  for (const auto& path : paths) {
    if (const auto manifest = manifest_of(path)) {
      tracer.follow(*manifest, 0);
    } else {
      unexplained.push_back(path);
    }
  }
  Trace trace = tracer.finish();
  trace.unexplained = std::move(unexplained);
  return trace;
}

std::string trace_script(const Trace& trace) {
  std::string out = "#!/bin/sh\nset -eu\n";
  if (!trace.sources.empty()) out += "\n# Needed at the start: size, SHA-256, file\n";
  for (size_t i = 0; i < std::min(kMostSourcesNamed, trace.sources.size()); ++i) {
    const TracedSource& source = trace.sources[i];
    out += fmt::format("#   {} {} {}\n", source.size, source.sha256, comment(source.path));
  }
  if (trace.sources.size() > kMostSourcesNamed) {
    out += fmt::format("#   and {} more, see the manifests\n", trace.sources.size() - kMostSourcesNamed);
  }
  for (const TracedCommand& command : trace.commands) {
    out += fmt::format("\n# {} {}{}{}\n", comment(command.tool), comment(command.version),
                       command.start.empty() ? "" : ", ", comment(command.start));
    for (const std::string& output : command.outputs) out += fmt::format("#   makes {}\n", comment(output));
    const std::string line = shell_line(command.words);
    if (command.folder.empty()) {
      out += "# (where it ran is not known: no word names a file relative to it)\n" + line + "\n";
    } else if (fs::path(command.folder) == fs::current_path()) {
      out += line + "\n";
    } else {
      out += fmt::format("(cd {} && {})\n", shell_quoted(command.folder), line);
    }
  }
  return out;
}

int run_annot_trace(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const Trace trace = trace_file(parsed.positional("FILE"), parsed.flag("verify"));
  for (const std::string& difference : trace.differences) context.log().warning(difference);
  if (context.json()) {
    store::Json document = {
        {"schema", "vs.trace/1"}, {"commands", store::Json::array()}, {"sources", store::Json::array()}};
    for (const TracedCommand& command : trace.commands) {
      const store::Json folder =
          command.folder.empty() ? store::Json() : store::Json(store::utf8_or_replaced(command.folder));
      document["commands"].push_back({{"tool", command.tool},
                                      {"version", command.version},
                                      {"folder", folder},
                                      {"command", command.words},
                                      {"manifest", store::utf8_or_replaced(command.manifest)},
                                      {"outputs", command.outputs}});
    }
    for (const TracedSource& source : trace.sources) {
      document["sources"].push_back({{"path", source.path}, {"size", source.size}, {"sha256", source.sha256}});
    }
    document["differences"] = trace.differences;
    store::validate_json(document, "trace");
    context.print(store::json_document(document));
  } else {
    context.print(trace_script(trace));
  }
  return parsed.flag("verify") && !trace.differences.empty() ? kExitFailed : kExitDone;
}

}  // namespace vs::jobs
