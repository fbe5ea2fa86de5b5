#include "lib/evaluate/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::evaluate {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kOption = "--protocol";
constexpr const char* kForms = "give CLIPSxCROPS such as 10x3, twice-sample, three-crop or ten-crop";

std::string type_of(const Json& step) { return step.is_object() ? step.value("type", std::string()) : std::string(); }

Json* find_step(Json& steps, std::initializer_list<std::string_view> types) {
  for (Json& step : steps) {
    if (std::find(types.begin(), types.end(), type_of(step)) != types.end()) return &step;
  }
  return nullptr;
}

Json& needed_step(Json& steps, std::initializer_list<std::string_view> types, const std::string& what) {
  if (Json* step = find_step(steps, types)) return *step;
  throw UsageError(kOption, fmt::format("the pipeline of this recipe has no {}, which {} needs", *types.begin(), what));
}

void set_clips(Json& steps, int64_t clips) {
  const Json* format = find_step(steps, {"FormatShape"});
  const bool of_clips = format && format->value("input_format", std::string()) != "NCHW";
  if (!of_clips) {
    if (clips == 1) return;  // the segments of such a network are one clip already
    throw UsageError(kOption, fmt::format("{} clips: this recipe's network takes segments, one clip of them", clips),
                     "twice-sample gives it two");
  }
  needed_step(steps, {"SampleFrames", "DenseSampleFrames"}, "a number of clips")["num_clips"] = clips;
}

/// The short side to which the last Resize before the crop brings pictures.
int64_t short_side(Json& steps, const std::string& what) {
  const Json& resize = needed_step(steps, {"Resize"}, what);
  const Json& scale = resize.at("scale");
  if (scale.is_array() && scale.size() == 2 && scale[0].is_number_integer() && scale[1].is_number_integer()) {
    const auto a = scale[0].get<int64_t>(), b = scale[1].get<int64_t>();
    const bool keeps_ratio = resize.value("keep_ratio", true);
    if (keeps_ratio && (a == -1 || b == -1)) return std::max(a, b);
    if (a == b) return a;
  }
  throw UsageError(kOption, fmt::format("{} needs a Resize to a short side, such as [-1, 256]", what));
}

void set_crops(Json& steps, int64_t crops) {
  const std::string what = fmt::format("{} crops", crops);
  Json& crop = needed_step(steps, {"CenterCrop", "ThreeCrop", "TenCrop"}, what);
  if (crops == 1) {
    crop["type"] = "CenterCrop";
    return;
  }
  crop["crop_size"] = short_side(steps, what);
  crop["type"] = crops == 3 ? "ThreeCrop" : "TenCrop";
}

void add_part(Protocol& protocol, std::string_view part) {
  if (part == "twice-sample") {
    protocol.twice_sample = true;
  } else if (part == "three-crop") {
    protocol.crops = 3;
  } else if (part == "ten-crop") {
    protocol.crops = 10;
  } else {
    const size_t times = part.find('x');
    const auto clips = parse_integer(part.substr(0, times));
    const auto crops = times == std::string_view::npos ? std::nullopt : parse_integer(part.substr(times + 1));
    if (!clips || !crops || *clips < 1)
      throw UsageError(kOption, fmt::format("\"{}\" is no protocol", printable(part)), kForms);
    if (*crops != 1 && *crops != 3 && *crops != 10)
      throw UsageError(kOption, fmt::format("{} crops are not defined", *crops), "1, 3 or 10");
    protocol.clips = clips;
    protocol.crops = crops;
  }
}

}  // namespace

Protocol parse_protocol(const std::string& text) {
  Protocol protocol;
  for (const auto part : split(text, '+')) add_part(protocol, trim(part));
  return protocol;
}

void apply_protocol(const Protocol& protocol, Json& steps) {
  if (!steps.is_array()) return;  // refused with a better message by whoever builds the pipeline
  if (protocol.clips) set_clips(steps, *protocol.clips);
  if (protocol.twice_sample) needed_step(steps, {"SampleFrames"}, "twice-sample")["twice_sample"] = true;
  if (protocol.crops) set_crops(steps, *protocol.crops);
}

}  // namespace vs::evaluate
