#include "examples/bursts/data_set.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <system_error>
#include <utility>
#include <vector>

#include "examples/bursts/encoder.h"
#include "examples/bursts/glyph.h"
#include "examples/bursts/options.h"
#include "examples/bursts/picture.h"
#include "examples/bursts/story.h"
#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/parallel.h"
#include "lib/core/progress.h"
#include "lib/core/version.h"
#include "lib/store/folder_writer.h"
#include "lib/store/json.h"

namespace vs::bursts {
namespace {

namespace fs = std::filesystem;
using store::Json;

struct Video {
  Story story;
  std::vector<uint8_t> bytes;
};

double rounded(double value) { return std::round(value * 100) / 100; }

/// Left, top, width and height of the square that holds the glyph.
Json box(const Point& center, double size) {
  return {rounded(center.x - size / 2), rounded(center.y - size / 2), size, size};
}

Json truth_of(const Story& story, const std::string& split) {
  Json bursts = Json::array(), distractors = Json::array();
  for (const Burst& burst : story.bursts) {
    Json boxes = Json::array();
    for (const Point& center : burst.centers) boxes.push_back(box(center, burst.size));
    bursts.push_back({{"label", burst.label},
                      {"start", burst.start},
                      {"frames", burst.centers.size()},
                      {"boxes", std::move(boxes)}});
  }
  for (const Glyph& glyph : story.distractors) {
    distractors.push_back({{"label", glyph.label}, {"box", box(glyph.center, glyph.size)}});
  }
  return {{"file", story.name + ".mp4"},
          {"split", split},
          {"labels", story.labels},
          {"bursts", std::move(bursts)},
          {"distractors", std::move(distractors)}};
}

class DataSet {
 public:
  DataSet(BurstsOptions options, Json parameters, cli::ProgramContext& context)
      : options_(std::move(options)),
        parameters_(std::move(parameters)),
        context_(context),
        folder_(options_.output),
        truth_path_((folder_ / "truth.json").string()) {
    for (const Split& split : options_.splits) {
      for (int64_t i = 0; i < split.videos; ++i) items_.emplace_back(&split, i);
    }
  }

  void make() {
    check_place();
    make_folders(folder_.string());
    store::FolderWriter videos((folder_ / "videos").string());
    Progress progress(context_.log(), items_.size(), "videos");
    ordered_parallel(
        items_.size(), thread_count(options_.jobs, items_.size()), [&](uint64_t i) { return make_video(i); },
        [&](uint64_t i, const Video& video) {
          throw_if_cancelled();
          videos.write(video.story.name + ".mp4", video.bytes);
          note(items_[i].first->name, video.story);
          progress.add(1);
        });
    progress.finish();
    const store::FileRecord written = videos.prepare();
    size_ = written.size;
    // From here to the new truth.json the folder is not whole.
    remove_former_lists();
    videos.publish();
    write_lists();
    write_truth(written);
  }

  void tell() const {
    if (context_.json()) {
      context_.print(store::json_document(
          {{"output", options_.output}, {"videos", items_.size()}, {"size", size_}, {"truth", truth_path_}}));
    }
    context_.log().info(fmt::format("{} videos, {}, in {}", items_.size(), human_bytes(size_), options_.output));
  }

 private:
  void check_place() const {
    if (options_.force) return;
    std::error_code code;
    if (fs::exists(truth_path_, code)) throw UsageError(options_.output, "holds a data set", "--force replaces it");
    if (fs::exists(folder_ / "videos", code)) {
      throw UsageError((folder_ / "videos").string(), "is there already, without a truth.json beside it",
                       "--force replaces it");
    }
  }

  Video make_video(uint64_t i) const {
    throw_if_cancelled();
    const SceneOptions& scene = options_.scene;
    Video video;
    video.story = make_story(scene, options_.seed, items_[i].first->name, items_[i].second);
    Painter painter(scene, video.story, options_.seed);
    Encoder encoder({scene.width, scene.height, scene.frames, options_.fps, options_.crf,
                     static_cast<int>(std::lround(video.story.blue)), static_cast<int>(std::lround(video.story.red))});
    for (int64_t frame = 0; frame < scene.frames; ++frame) encoder.add(painter.next_luma());
    video.bytes = encoder.finish();
    return video;
  }

  void note(const std::string& split, const Story& story) {
    std::string& list = lists_[split];
    list += story.name + ".mp4";
    for (const int label : story.labels) list += fmt::format(" {}", label);
    list += '\n';
    truth_.push_back(truth_of(story, split));
  }

  /// A data set that is replaced may have had other lists.
  void remove_former_lists() const {
    std::error_code code;
    if (!fs::exists(truth_path_, code)) return;
    try {
      const Json former = store::read_json(truth_path_);
      for (const Json& split : former.at("splits")) {
        const fs::path name(split.at("name").get<std::string>() + ".txt");
        if (!name.has_parent_path()) fs::remove(folder_ / name, code);
      }
    } catch (const DataError& error) {
      context_.log().warning(fmt::format("lists of the former data set are left: {}", error.what()));
    } catch (const Json::exception&) {
      context_.log().warning("lists of the former data set are left: its truth.json does not name them");
    }
    fs::remove(truth_path_, code);
  }

  void write_lists() const {
    for (const auto& [name, text] : lists_) write_file_atomically((folder_ / (name + ".txt")).string(), text);
    std::string names;
    for (int label = 0; label < options_.scene.classes; ++label) names += fmt::format("{}\n", glyph_name(label));
    write_file_atomically((folder_ / "classes.txt").string(), names);
  }

  void write_truth(const store::FileRecord& written) {
    Json classes = Json::array(), splits = Json::array();
    for (int label = 0; label < options_.scene.classes; ++label) classes.push_back(glyph_name(label));
    for (const Split& split : options_.splits) splits.push_back({{"name", split.name}, {"videos", split.videos}});
    store::write_json(truth_path_, {{"schema", "vs.bursts/1"},
                                    {"tool", "vs-bursts"},
                                    {"version", version()},
                                    {"parameters", parameters_},
                                    {"videos_size", written.size},
                                    {"videos_sha256", written.sha256},
                                    {"classes", std::move(classes)},
                                    {"splits", std::move(splits)},
                                    {"videos", std::move(truth_)}});
  }

  BurstsOptions options_;
  Json parameters_;
  cli::ProgramContext& context_;
  fs::path folder_;
  std::string truth_path_;
  std::vector<std::pair<const Split*, int64_t>> items_;  ///< list and number in it
  std::map<std::string, std::string> lists_;
  Json truth_ = Json::array();
  uint64_t size_ = 0;  ///< bytes of all videos
};

}  // namespace

int run_bursts(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  DataSet data_set(read_bursts_options(parsed), parsed.parameters(false), context);
  data_set.make();
  data_set.tell();
  return kExitDone;
}

}  // namespace vs::bursts
