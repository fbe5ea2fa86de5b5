#include "lib/store/plan_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"

namespace vs::store {
namespace {

constexpr int kPlanVersion = 1;

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

}  // namespace

SamplingPlan read_plan(const std::string& path) {
  const JsonText text = JsonText::read(path);
  const Json document = parse_json(text);
  check_schema_number(document, "vs.plan", kPlanVersion, &text);
  validate_json(document, "plan", &text);
  const std::string folder = path == "-" ? "" : folder_of(path);
  SamplingPlan plan;
  plan.rule = document["rule"].get<std::string>();
  // The schema cannot say "not negative": the checker holds integers as signed ones.
  const Json& seed = document["seed"];
  if (!seed.is_null() && !seed.is_number_unsigned()) throw DataError(text.place_of_value("/seed"), "is negative");
  if (!seed.is_null()) plan.seed = seed.get<uint64_t>();
  for (const auto& entry : document["parameters"].items())
    plan.parameters.emplace_back(entry.key(), json_line(entry.value()));
  std::set<std::string> ids;
  const Json& videos = document["videos"];
  for (size_t v = 0; v < videos.size(); ++v) {
    const Json& row = videos[v];
    const auto fail = [&](const std::string& below, const std::string& what) {
      throw DataError(text.place_of_value(fmt::format("/videos/{}{}", v, below)), what);
    };
    VideoPlan video;
    video.id = row["id"].get<std::string>();
    video.path = path_from_document(row["path"].get<std::string>(), folder);
    video.total_frames = row["total_frames"].get<int64_t>();
    if (video.total_frames < 1) fail("/total_frames", "is out of range");
    if (!ids.insert(video.id).second) fail("/id", "video \"" + printable(video.id) + "\" stands there twice");
    const Json& clips = row["frame_index"];
    for (size_t c = 0; c < clips.size(); ++c) {
      std::vector<int64_t> clip;
      for (size_t k = 0; k < clips[c].size(); ++k) {
        // Unsigned: a number above 2^63 must not turn negative.
        const auto index = clips[c][k].get<uint64_t>();
        if (index >= static_cast<uint64_t>(video.total_frames))
          fail(fmt::format("/frame_index/{}/{}", c, k),
               fmt::format("frame {} of \"{}\", which has {}", index, printable(video.id), video.total_frames));
        clip.push_back(static_cast<int64_t>(index));
      }
      video.frame_index.push_back(std::move(clip));
    }
    plan.videos.push_back(std::move(video));
  }
  return plan;
}

void write_plan(const std::string& path, const SamplingPlan& plan) {
  const std::string folder = folder_of(path);
  Json document;
  document["schema"] = fmt::format("vs.plan/{}", kPlanVersion);
  document["rule"] = plan.rule;
  document["parameters"] = Json::object();
  for (const auto& [name, value] : plan.parameters)
    document["parameters"][name] = parse_json(JsonText("plan parameter " + name, value));
  document["seed"] = plan.seed ? Json(*plan.seed) : Json(nullptr);
  document["videos"] = Json::array();
  for (const auto& video : plan.videos) {
    document["videos"].push_back({{"id", utf8_or_replaced(video.id)},
                                  {"path", path_in_document(video.path, folder)},
                                  {"total_frames", video.total_frames},
                                  {"frame_index", video.frame_index}});
  }
  write_document(path, "plan", document);
}

}  // namespace vs::store
