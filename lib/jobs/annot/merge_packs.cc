#include "lib/jobs/annot/merge_packs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "lib/annot/combine.h"
#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/annot/text_table.h"
#include "lib/jobs/annot/writing.h"
#include "lib/store/byte_spool.h"
#include "lib/store/features_file.h"
#include "lib/store/frames_file.h"
#include "lib/store/h5.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/motion_file.h"
#include "lib/store/pack_file.h"
#include "lib/store/plan_file.h"
#include "lib/store/scores_file.h"

namespace vs::jobs {
namespace {

namespace fs = std::filesystem;
using store::Json;

constexpr size_t kMostNamed = 10;

std::string folder_of(const std::string& path) { return fs::path(path).parent_path().string(); }

/// What a pack's own manifest says.
struct Shard {
  std::string file;
  Json manifest;
  int64_t index = -1, count = 0;  ///< --shard; -1: not one

  explicit Shard(std::string path) : file(std::move(path)), manifest(store::read_inner_manifest(file)) {
    const Json& parameters = manifest.at("parameters");
    if (!parameters.is_object() || !parameters.contains("shard") || !parameters["shard"].is_string()) return;
    const auto text = parameters["shard"].get<std::string>();
    const size_t slash = std::min(text.find('/'), text.size());
    const auto i = parse_integer(std::string_view(text).substr(0, slash));
    const auto n = parse_integer(std::string_view(text).substr(std::min(slash + 1, text.size())));
    if (!i || !n || *i < 0 || *i >= *n) return;
    index = *i;
    count = *n;
  }

  /// What must be the same in all shards: tool, version, seed, options that do not choose the videos.
  Json key() const {
    const Json& parameters = manifest.at("parameters");
    store::Manifest made(manifest.at("tool").get<std::string>(), {}, parameters, parameters);
    Json key = store::options_key(made);
    key["version"] = manifest.at("version");
    key["seed"] = manifest.at("seed");
    return key;
  }
};

/// In the order of their numbers, if all are shards of one run.
void order_shards(std::vector<Shard>& shards) {
  const int64_t count = shards[0].count;
  std::vector<bool> there(static_cast<size_t>(std::min<int64_t>(count, int64_t{1} << 20)));
  for (const Shard& shard : shards) {
    if (shard.index < 0 || shard.count != count || static_cast<size_t>(shard.index) >= there.size()) return;
    if (there[static_cast<size_t>(shard.index)]) return;
    there[static_cast<size_t>(shard.index)] = true;
  }
  std::vector<std::string> missing;
  for (size_t i = 0; i < there.size() && missing.size() < kMostNamed; ++i) {
    if (!there[i]) missing.push_back(fmt::format("{}/{}", i, count));
  }
  if (!missing.empty()) throw DataError(shards[0].file, "shards are missing", join(missing, ", "));
  std::sort(shards.begin(), shards.end(), [](const Shard& a, const Shard& b) { return a.index < b.index; });
}

void refuse_difference(const std::string& file, const std::string& first_file,
                       const std::optional<std::string>& difference) {
  if (!difference) return;
  throw DataError(file, fmt::format("made in another way than {}: {}", first_file, *difference),
                  "make it again with the same options");
}

/// Where each video was seen first.
class VideoNames {
 public:
  void add_all(const std::vector<std::string>& ids, const std::string& file) {
    files_.push_back(file);
    for (const std::string& id : ids) {
      const auto [place, added] = file_of_.emplace(id, files_.size() - 1);
      if (!added) {
        throw DataError(file, fmt::format("video \"{}\" is in {} too", printable(id), files_[place->second]),
                        "leave one of them out");
      }
    }
  }

 private:
  std::vector<std::string> files_;
  std::unordered_map<std::string, size_t> file_of_;
};

/// The manifest that one run over all videos would have put into its file at `output`.
Json joined_manifest(const std::vector<Shard>& shards, const std::string& output) {
  Json joined = shards[0].manifest;
  if (joined["parameters"].is_object() && joined["parameters"].contains("shard")) {
    joined["parameters"]["shard"] = nullptr;
  }
  joined["inputs"] = Json::array();
  joined["failures"] = Json::array();
  Json& counts = joined["counts"];
  for (auto& entry : counts.items()) entry.value() = 0;
  std::unordered_set<std::string> inputs;  // lists, recipes and weights are those of every shard
  for (const Shard& shard : shards) {
    for (const char* list : {"inputs", "failures"}) {
      for (Json entry : shard.manifest.at(list)) {
        const std::string seen = store::path_from_document(entry.at("path").get<std::string>(), folder_of(shard.file));
        entry["path"] = store::path_in_document(seen, folder_of(output));
        if (list == std::string_view("inputs") && !inputs.insert(entry.dump()).second) continue;
        joined[list].push_back(std::move(entry));
      }
    }
    for (const auto& entry : shard.manifest.at("counts").items()) {
      counts[entry.key()] = counts[entry.key()].get<int64_t>() + entry.value().get<int64_t>();
    }
  }
  return joined;
}

/// What of frames and of motion differs while packs are joined.
struct FramesParts {
  using File = store::FramesFile;

  static std::optional<std::string> difference(const File& first, const File& other) {
    if (first.encoding() == other.encoding()) return std::nullopt;
    return fmt::format("encoding was {}, is {}", store::frame_encoding_name(first.encoding()),
                       store::frame_encoding_name(other.encoding()));
  }
  static store::FramesWriter writer(const std::string& path, const File& first, const Json& key, bool force) {
    return {path, first.encoding(), key, force};
  }
  static void copy(const File& file, int64_t video, const std::string& output, const store::ItemOutcome& outcome,
                   store::FramesWriter& writer) {
    constexpr int64_t kPieceBytes = int64_t{4} << 20;
    const store::VideoFrames frames = file.video(video);
    store::ByteSpool data(folder_of(output));
    const auto count = static_cast<int64_t>(frames.frame_bytes.size());
    for (int64_t begin = 0, end = 0; begin < count; begin = end) {
      int64_t bytes = 0;
      do {
        bytes += frames.frame_bytes[static_cast<size_t>(end++)];
      } while (end < count && bytes + frames.frame_bytes[static_cast<size_t>(end)] <= kPieceBytes);
      data.append(file.frames(video, begin, end - begin));
    }
    writer.add(outcome, frames, data);
  }
};

struct MotionParts {
  using File = store::MotionFile;

  static Json description(const store::MotionInfo& info) {
    return {{"method", info.method},
            {"kind", info.kind == store::MotionKind::kRaw ? "raw" : "curve"},
            {"further methods", info.extra},
            {"parameters", store::parse_json(store::JsonText("parameters", info.parameters))},
            {"units", info.units},
            {"formula", info.formula}};
  }
  static std::optional<std::string> difference(const File& first, const File& other) {
    return store::first_difference(description(first.info()), description(other.info()));
  }
  static store::MotionWriter writer(const std::string& path, const File& first, const Json& key, bool force) {
    return {path, first.info(), key, force};
  }
  static void copy(const File& file, int64_t video, const std::string&, const store::ItemOutcome& outcome,
                   store::MotionWriter& writer) {
    writer.add(outcome, file.video(video));
  }
};

struct FeaturesParts {
  using File = store::FeaturesFile;

  static Json description(const store::FeaturesInfo& info) {
    return {{"dtype", info.type == store::FeatureType::kFloat16 ? "float16" : "float32"},
            {"shape of a row", info.row_shape},
            {"layer", info.layer},
            {"recipe", info.recipe},
            {"weights", info.weights_sha256},
            {"parameters", store::parse_json(store::JsonText("parameters", info.parameters))}};
  }
  static std::optional<std::string> difference(const File& first, const File& other) {
    return store::first_difference(description(first.info()), description(other.info()));
  }
  static store::FeaturesWriter writer(const std::string& path, const File& first, const Json& key, bool force) {
    return {path, first.info(), key, force};
  }
  static void copy(const File& file, int64_t video, const std::string& output, const store::ItemOutcome& outcome,
                   store::FeaturesWriter& writer) {
    constexpr uint64_t kPieceBytes = uint64_t{4} << 20;
    const auto piece = static_cast<int64_t>(
        std::max<uint64_t>(1, kPieceBytes / sizeof(float) / std::max<uint64_t>(1, file.info().row_values())));
    store::ByteSpool values(folder_of(output));
    const int64_t rows = file.num_rows(video);
    for (int64_t begin = 0; begin < rows; begin += piece) {
      const auto part = file.rows(video, begin, std::min(piece, rows - begin));
      values.append({reinterpret_cast<const uint8_t*>(part.data()), part.size() * sizeof(float)});
    }
    writer.add(outcome, file.video(video), values);
  }
};

struct ScoresParts {
  using File = store::ScoresFile;

  static std::optional<std::string> difference(const File& first, const File& other) {
    return store::first_difference(store::describe_scores(first.info()), store::describe_scores(other.info()));
  }
  static store::ScoresWriter writer(const std::string& path, const File& first, const Json& key, bool force) {
    return {path, first.info(), key, force};
  }
  static void copy(const File& file, int64_t video, const std::string&, const store::ItemOutcome& outcome,
                   store::ScoresWriter& writer) {
    writer.add(outcome, file.video(video));
  }
};

/// What every merge of packs or plans ends with.
void write_manifest(const AnnotWriting& writing, const AnnotSources& sources, int64_t videos,
                    const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  store::Manifest manifest = annot_manifest(sources, videos, parsed);
  manifest.add_output(writing.output);
  manifest.write(store::manifest_path(writing.output, false));
  if (!writing.depfile.empty()) store::write_depfile(writing.depfile, {writing.output}, sources.paths);
  context.log().info(fmt::format("{}: {} of {}", writing.output, counted(videos, "video"),
                                 counted(static_cast<int64_t>(sources.paths.size()), "file")));
}

void tell_dry_run(const AnnotWriting& writing, const std::vector<std::string>& files, int64_t videos,
                  cli::ProgramContext& context) {
  uint64_t bytes = 0;
  for (const std::string& file : files) bytes += fs::file_size(file);
  context.print(fmt::format("{}: {}, about {}\n", writing.output, counted(videos, "video"), human_bytes(bytes)));
}

template <class Parts>
void join_packs(const std::vector<std::string>& files, const AnnotWriting& writing, const cli::ParsedOptions& parsed,
                cli::ProgramContext& context) {
  std::vector<Shard> shards;
  for (const std::string& file : files) shards.emplace_back(file);
  order_shards(shards);
  VideoNames names;
  std::vector<store::Item> items;
  AnnotSources sources;
  const Json first_key = shards[0].key();
  const typename Parts::File first(shards[0].file);
  Json key = {{"tool", "vs-annot merge"}, {"files", Json::array()}};
  for (const Shard& shard : shards) {
    throw_if_cancelled();
    refuse_difference(shard.file, shards[0].file, store::first_difference(first_key, shard.key()));
    const typename Parts::File file(shard.file);
    refuse_difference(shard.file, shards[0].file, Parts::difference(first, file));
    names.add_all(file.video_ids(), shard.file);
    for (const std::string& id : file.video_ids()) items.push_back({id, shard.file});
    sources.paths.push_back(shard.file);
    if (!writing.dry_run) key["files"].push_back(store::file_record(shard.file).sha256);
  }
  if (writing.dry_run) return tell_dry_run(writing, sources.paths, static_cast<int64_t>(items.size()), context);
  const std::string folder = folder_of(writing.output);
  if (!folder.empty()) make_folders(folder);
  auto writer = Parts::writer(writing.output, first, key, writing.force);
  uint64_t index = 0;
  for (const Shard& shard : shards) {
    const typename Parts::File file(shard.file);
    for (int64_t video = 0; video < file.num_videos(); ++video, ++index) {
      if (index < writer.first()) continue;  // a killed run has it already
      throw_if_cancelled();
      Parts::copy(file, video, writing.output, {&items[index], index, {}}, writer);
    }
  }
  writer.finish(joined_manifest(shards, writing.output));
  write_manifest(writing, sources, static_cast<int64_t>(items.size()), parsed, context);
  writer.done();
}

void join_plans(const std::vector<std::string>& files, const AnnotWriting& writing, const cli::ParsedOptions& parsed,
                cli::ProgramContext& context) {
  const auto description = [](const store::SamplingPlan& plan) {
    Json parameters = Json::object();
    for (const auto& [name, value] : plan.parameters) {
      parameters[name] = store::parse_json(store::JsonText("parameter " + name, value));
    }
    return Json{{"rule", plan.rule},
                {"seed", plan.seed ? Json(*plan.seed) : Json(nullptr)},
                {"parameters", std::move(parameters)}};
  };
  AnnotSources sources;
  sources.paths = annot::ordered_shards(files);
  store::SamplingPlan joined;
  VideoNames names;
  for (const std::string& file : sources.paths) {
    store::SamplingPlan plan = store::read_plan(file);
    const bool first = &file == &sources.paths.front();
    if (!first) {
      refuse_difference(file, sources.paths[0], store::first_difference(description(joined), description(plan)));
    }
    std::vector<std::string> ids;
    for (const store::VideoPlan& video : plan.videos) ids.push_back(video.id);
    names.add_all(ids, file);
    if (first) {
      joined = std::move(plan);
      continue;
    }
    std::move(plan.videos.begin(), plan.videos.end(), std::back_inserter(joined.videos));
  }
  const auto videos = static_cast<int64_t>(joined.videos.size());
  if (writing.dry_run) return tell_dry_run(writing, sources.paths, videos, context);
  if (!folder_of(writing.output).empty()) make_folders(folder_of(writing.output));
  store::write_plan(writing.output, joined);
  write_manifest(writing, sources, videos, parsed, context);
}

/// Options that say how annotations are read and written.
void refuse_annotation_options(const cli::ParsedOptions& parsed) {
  constexpr std::array kNames{"from",         "classes",     "num-classes", "multi-class", "with-offset",
                              "delimiter",    "data-prefix", "level",       "unlabelled",  "drop-short",
                              "to-delimiter", "extension",   "to",          "unique"};
  for (const char* name : kNames) {
    if (parsed.given(name))
      throw UsageError(fmt::format("--{}", name), "goes with annotations, not with packs or plans");
  }
}

}  // namespace

MergeKind merge_kind(const std::string& path) {
  constexpr size_t kLookAt = 4096;
  if (path == "-") return MergeKind::kAnnotations;
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(kLookAt, '\0');
  stream.read(bytes.data(), kLookAt);
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) {
    const store::H5File file = store::H5File::open(path);
    const std::string schema = file.has_attribute("/", "schema") ? file.read_text("/", "schema") : std::string();
    if (schema.starts_with("vs.frames/")) return MergeKind::kFrames;
    if (schema.starts_with("vs.motion/")) return MergeKind::kMotion;
    if (schema.starts_with("vs.features/")) return MergeKind::kFeatures;
    if (schema.starts_with("vs.scores/")) return MergeKind::kScores;
    return MergeKind::kAnnotations;
  }
  const size_t start = bytes.find_first_not_of(" \t\r\n");
  const bool plan = start != std::string::npos && bytes[start] == '{' && bytes.find("\"vs.plan/") != std::string::npos;
  return plan ? MergeKind::kPlan : MergeKind::kAnnotations;
}

MergeKind common_merge_kind(const std::vector<std::string>& files) {
  static constexpr std::array kWords{"annotations", "a frames pack", "a motion pack",
                                     "features",    "scores",        "a sampling plan"};
  const auto words = [](MergeKind kind) { return kWords[static_cast<size_t>(kind)]; };
  const MergeKind first = merge_kind(files.at(0));
  for (const std::string& file : files) {
    const MergeKind kind = merge_kind(file);
    if (kind != first) {
      throw DataError(file, fmt::format("holds {}, {} holds {}", words(kind), files[0], words(first)),
                      "join files of one kind");
    }
  }
  return first;
}

int merge_packs(MergeKind kind, const std::vector<std::string>& files, const cli::ParsedOptions& parsed,
                cli::ProgramContext& context) {
  refuse_annotation_options(parsed);
  const AnnotWriting writing = read_annot_writing(parsed);
  if (writing.output == "-") {
    throw UsageError("--output", "packs and plans are not written to standard output", "name a file");
  }
  for (const std::string& file : files) {
    std::error_code ignored;
    if (fs::equivalent(file, writing.output, ignored)) {
      throw UsageError(writing.output, "is an input and the output", "give another name with --output");
    }
  }
  // A pack's writer looks at what is there itself: it may be what a killed run of this merge left.
  if (kind == MergeKind::kPlan || writing.dry_run) refuse_existing(writing.output, writing.force);
  if (kind == MergeKind::kFrames) {
    join_packs<FramesParts>(files, writing, parsed, context);
  } else if (kind == MergeKind::kMotion) {
    join_packs<MotionParts>(files, writing, parsed, context);
  } else if (kind == MergeKind::kFeatures) {
    join_packs<FeaturesParts>(files, writing, parsed, context);
  } else if (kind == MergeKind::kScores) {
    join_packs<ScoresParts>(files, writing, parsed, context);
  } else {
    join_plans(files, writing, parsed, context);
  }
  return kExitDone;
}

}  // namespace vs::jobs
