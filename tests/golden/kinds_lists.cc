// Golden tables about files: frame names, file lists, label maps.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/annot/dataset.h"
#include "lib/annot/file_lists.h"
#include "lib/annot/label_map.h"
#include "lib/annot/write.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/file_template.h"
#include "tests/golden/kinds.h"

namespace vs::golden {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

void check_file_names(const std::string& path, Report& report) {
  const Json table = Json::parse(read_file(path));
  const auto indices = table.at("indices").get<std::vector<int64_t>>();
  const auto check = [&](const Json& entry, bool flow) {
    const std::string text = entry.at("template").get<std::string>();
    try {
      const auto parsed = FileTemplate::parse(text, flow ? FileTemplate::Kind::kFlow : FileTemplate::Kind::kFrame);
      for (size_t i = 0; i < indices.size(); ++i) {
        const Json& want = entry.at("names").at(i);
        const Json got = flow ? Json{parsed.flow_name('x', indices[i]), parsed.flow_name('y', indices[i])}
                              : Json(parsed.name(indices[i]));
        report.check(fmt::format("{}: got {}, want {}", text, got.dump(), want.dump()), got == want);
        const auto back =
            flow ? parsed.flow_number_of('y', got.at(1).get<std::string>()) : parsed.number_of(got.get<std::string>());
        report.check(fmt::format("{}: number of {} read back", text, got.dump()), back == indices[i]);
      }
    } catch (const Error& error) {
      report.check(error.what(), false);
    }
  };
  for (const Json& entry : table.at("rgb")) check(entry, false);
  for (const Json& entry : table.at("flow")) check(entry, true);
  for (const Json& text : table.at("refuse")) {
    bool refused = false;
    try {
      FileTemplate::parse(text.get<std::string>());
    } catch (const UsageError&) {
      refused = true;
    }
    report.check(fmt::format("template {} refused", text.dump()), refused);
  }
}

/// A folder of its own below the temporary folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "vs-golden-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw RunError(pattern, "cannot be made");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Arguments of the reference's build_file_list.
struct ListArguments {
  std::string dataset, folder, subset = "train", format = "rawframes", output_root = "data/", output_format = "txt";
  int level = 2;
  annot::FrameRule rule;

  explicit ListArguments(const std::vector<std::string>& words) {
    std::vector<std::string> positional;
    for (size_t i = 0; i < words.size(); ++i) {
      if (!words[i].starts_with("--")) {
        positional.push_back(words[i]);
        continue;
      }
      if (words[i] == "--shuffle") continue;
      const std::string& value = words.at(++i);
      const std::string& option = words[i - 1];
      if (option == "--subset") subset = value;
      if (option == "--format") format = value;
      if (option == "--level") level = std::stoi(value);
      if (option == "--out-root-path") output_root = value;
      if (option == "--output-format") output_format = value;
      if (option == "--rgb-prefix") rule.prefix = value;
      if (option == "--flow-x-prefix") rule.flow_x_prefix = value;
      if (option == "--flow-y-prefix") rule.flow_y_prefix = value;
    }
    dataset = positional.at(0);
    folder = positional.at(1);
  }
};

void write_tree(const Json& entry, const fs::path& root) {
  const auto put = [&](const std::string& file, const std::string& content) {
    fs::create_directories((root / file).parent_path());
    write_file_atomically((root / file).string(), content);
  };
  for (const auto& [file, content] : entry.at("files").items()) put(file, content.get<std::string>());
  for (const auto& file : entry.at("empty_files")) put(file.get<std::string>(), {});
  for (const auto& folder : entry.at("empty_folders")) fs::create_directories(root / folder.get<std::string>());
}

std::map<std::string, std::string> lists_of(const Json& entry, const fs::path& root) {
  const ListArguments arguments(entry.at("arguments").get<std::vector<std::string>>());
  // Where the names have no folder, the level of the tree says nothing about them.
  const int level = annot::usual_level(arguments.dataset) == 1 ? 1 : arguments.level;
  const auto dataset =
      annot::read_dataset(arguments.dataset, (root / "data" / arguments.dataset / "annotations").string(), level);
  const std::string folder = (root / arguments.folder).string();
  const auto index = arguments.format == "videos" ? annot::index_video_files(folder, level)
                                                  : annot::index_frame_folders(folder, level, arguments.rule);
  std::map<std::string, std::string> files;
  for (const auto& part : dataset.parts) {
    if (part.split_number == 0 && part.subset != arguments.subset) continue;
    const auto list = annot::build_list(part.set, index);
    if (list.set.items.empty()) continue;
    const bool json = arguments.output_format == "json", frames = index.media == annot::Media::kFrames;
    const auto format = json ? (frames ? annot::Format::kRawframesJson : annot::Format::kVideosJson)
                             : (frames ? annot::Format::kRawframes : annot::Format::kVideos);
    const std::string name = arguments.output_root + arguments.dataset + "/" +
                             annot::list_name(arguments.dataset, part.subset, part.split_number, index.media, json);
    files[name] = annot::format_annotations(list.set, format);
  }
  return files;
}

void check_file_lists(const std::string& path, Report& report) {
  const Json table = Json::parse(read_file(path));
  for (const Json& entry : table.at("cases")) {
    const std::string name = entry.at("name").get<std::string>();
    try {
      const TemporaryFolder root;
      write_tree(entry, root.path());
      const auto got = lists_of(entry, root.path());
      const Json& want = entry.at("expected");
      report.check(fmt::format("{}: {} files, want {}", name, got.size(), want.size()), got.size() == want.size());
      for (const auto& [file, content] : want.items()) {
        const auto found = got.find(file);
        if (found == got.end()) {
          report.check(fmt::format("{}: {} not written", name, file), false);
          continue;
        }
        const std::string wanted = content.get<std::string>();
        // JSON lists may be laid out in any way.
        const bool same = fs::path(file).extension() == ".json" ? Json::parse(found->second) == Json::parse(wanted)
                                                                : found->second == wanted;
        report.check(fmt::format("{}: {}: got {}want {}", name, file, found->second, wanted), same);
      }
    } catch (const std::exception& error) {
      report.check(fmt::format("{}: {}", name, error.what()), false);
    }
  }
}

/// Name of ours for a map of the table.
std::string own_name(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

void check_label_maps(const std::string& path, Report& report) {
  const Json table = Json::parse(read_file(path));
  const auto names = annot::label_map_names();
  std::map<std::string, annot::LabelMap> maps;
  for (const auto& [name, entry] : table.items()) {
    const std::string file = (fs::path(path).parent_path() / (name + ".txt")).string();
    annot::LabelMap map = annot::load_label_map(file);
    const auto& classes = map.classes;
    const auto check_number = [&](const char* key, int64_t got) {
      report.check(fmt::format("{}: {} {}, want {}", name, key, got, entry.at(key).dump()),
                   got == entry.at(key).get<int64_t>());
    };
    check_number("classes", static_cast<int64_t>(classes.size()));
    check_number("distinct", static_cast<int64_t>(std::set<std::string>(classes.begin(), classes.end()).size()));
    report.check(name + ": sorted or not",
                 std::is_sorted(classes.begin(), classes.end()) == entry.at("sorted_by_code_point").get<bool>());
    const bool known = std::find(names.begin(), names.end(), own_name(name)) != names.end();
    if (known) {
      const auto own = annot::load_label_map(own_name(name));
      report.check(name + ": share/labels has the same names in the same order", own.classes == classes);
      std::map<int32_t, int32_t> swaps;
      for (const auto& [first, second] : own.flip_swaps) {
        swaps[first] = second;
        swaps[second] = first;
      }
      std::map<int32_t, int32_t> want;
      if (entry.contains("flip_label_map")) {
        for (const auto& [from, to] : entry.at("flip_label_map").items()) want[std::stoi(from)] = to.get<int32_t>();
      }
      report.check(name + ": labels that a flip swaps", swaps == want);
    }
    maps.emplace(name, std::move(map));
  }
  for (const auto& [name, entry] : table.items()) {
    for (const auto& [key, value] : entry.items()) {
      if (!key.starts_with("from_")) continue;
      const auto got = annot::permutation_between(maps.at(key.substr(5)), maps.at(name));
      report.check(fmt::format("{}: {}", name, key), Json(got) == value);
    }
    if (!entry.contains("other_order")) continue;
    annot::LabelMap sorted = maps.at(name);
    std::sort(sorted.classes.begin(), sorted.classes.end());
    const auto got = annot::permutation_between(maps.at(name), sorted);
    report.check(name + ": to the sorted order", Json(got) == entry.at("other_order").at("to_sorted"));
  }
}

}  // namespace

KindTable lists_kinds() {
  return {
      {},
      {{"file_names.json", check_file_names}, {"file_lists.json", check_file_lists}, {"index.json", check_label_maps}}};
}

}  // namespace vs::golden
