#include "lib/jobs/extract/frame_network.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "lib/core/error.h"
#include "lib/store/model_parts.h"

namespace vs::jobs {
namespace {

using Json = nlohmann::ordered_json;
using Shape = std::vector<int64_t>;

constexpr size_t kFrameAxes = 4, kClipAxes = 5, kFramesOfClip = 2;

bool is_type(const Json& model, const char* type) {
  return model.is_object() && model.contains("type") && model["type"] == type;
}

/// The first of the keys that is there.
int64_t frames_at(const Json& object, const std::string& place, const std::vector<const char*>& keys,
                  int64_t otherwise) {
  constexpr int64_t kMost = int64_t{1} << 20;
  for (const char* key : keys) {
    if (!object.contains(key)) continue;
    const Json& value = object[key];
    if (!value.is_number_integer() || value < 1 || value > kMost)
      throw UsageError(fmt::format("{}.{}", place, key), "is no number of frames");
    return value.get<int64_t>();
  }
  return otherwise;
}

/// As many frames, or clips of as many.
Shape of_frames(Shape shape, int64_t frames) {
  if (shape.size() == kFrameAxes) shape[0] = frames;
  if (shape.size() == kClipAxes) shape[kFramesOfClip] = frames;
  return shape;
}

struct Part {
  Json model;
  Shape shape;
};

Part recognizer_of(const Json& model, const Shape& shape, const std::string& place);

Part inner_recognizer(const Json& model, const Shape& shape, const std::string& place) {
  if (model.contains("recognizer")) return recognizer_of(model["recognizer"], shape, place + ".recognizer");
  throw UsageError(place + ".recognizer", "is missing: what chooses frames gives no features",
                   "give the recipe of a recognizer; vs-motion measures motion");
}

Part recognizer_of(const Json& model, const Shape& shape, const std::string& place) {
  constexpr int64_t kUsualFrames = 4;
  if (is_type(model, "Sampler2DRecognizer2D") || is_type(model, "Sampler2DRecognizer3D")) {
    const int64_t frames = frames_at(model, place, {"num_test_segments", "num_segments"}, kUsualFrames);
    if (is_type(model, "Sampler2DRecognizer2D"))
      return {store::plain_recognizer(model, "Recognizer2D"), of_frames(shape, frames)};
    // All frames of a video go to the sampler as images, those that it chooses to the classifier as one clip.
    Shape clip = shape;
    if (clip.size() == kFrameAxes) clip = {1, shape[1], frames, shape[2], shape[3]};
    return {store::plain_recognizer(model, "Recognizer3D"), of_frames(std::move(clip), frames)};
  }
  if (is_type(model, "SampledRecognizer")) {
    const Json sampler = model.value("sampler", Json::object());
    int64_t frames = 0;
    if (is_type(sampler, "FixedSampler") && sampler.contains("frames"))
      frames = static_cast<int64_t>(sampler["frames"].size());
    else if (sampler.is_object())
      frames = frames_at(sampler, place + ".sampler", {"num_segments"}, 0);
    return inner_recognizer(model, frames > 0 ? of_frames(shape, frames) : shape, place);
  }
  if (is_type(model, "MGSampler")) return inner_recognizer(model, shape, place);
  return {model, shape};
}

}  // namespace

FrameNetwork frame_network(const Json& model, const Shape& shape) {
  Part part = recognizer_of(model, shape, "model");
  return {std::make_unique<Json>(std::move(part.model)), std::move(part.shape)};
}

}  // namespace vs::jobs
