#include "lib/jobs/extract/frame_network.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

using Json = nlohmann::ordered_json;
using Shape = std::vector<int64_t>;

Json ocsampler(const char* type) {
  return {{"type", type},
          {"num_segments", 6},
          {"sampler", {{"type", "MobileNetV2TSM"}}},
          {"resize_px", 128},
          {"backbone", {{"type", "ResNet"}}},
          {"cls_head", {{"type", "TSNHead"}}}};
}

std::string refusal(const Json& model) {
  try {
    (void)frame_network(model, {10, 3, 224, 224});
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("OCSampler's classifier looks at the frames that are chosen") {
  Json model = ocsampler("Sampler2DRecognizer2D");
  auto network = frame_network(model, {10, 3, 224, 200});
  CHECK(*network.model ==
        Json{{"type", "Recognizer2D"}, {"backbone", {{"type", "ResNet"}}}, {"cls_head", {{"type", "TSNHead"}}}});
  CHECK(network.shape == Shape{6, 3, 224, 200});
  model["type"] = "Sampler2DRecognizer3D";
  model["num_test_segments"] = 4;
  network = frame_network(model, {10, 3, 224, 200});
  CHECK((*network.model)["type"] == "Recognizer3D");
  CHECK(network.shape == Shape{1, 3, 4, 224, 200});
  model.erase("num_segments");
  model.erase("num_test_segments");
  CHECK(frame_network(model, {10, 3, 224, 200}).shape == Shape{1, 3, 4, 224, 200});
  for (const Json& frames : {Json(0), Json(1.5), Json("6"), Json(int64_t{1} << 40)}) {
    model["num_segments"] = frames;
    CHECK(refusal(model) == "model.num_segments: is no number of frames");
  }
}

TEST_CASE("recognizers within systems") {
  const Json inner{{"type", "Recognizer3D"}, {"backbone", {{"type", "ResNet3dSlowOnly"}}}};
  Json model{{"type", "MGSampler"}, {"motion", {{"method", "ssim"}}}, {"recognizer", inner}};
  CHECK(*frame_network(model, {1, 3, 8, 32, 32}).model == inner);
  CHECK(frame_network(model, {1, 3, 8, 32, 32}).shape == Shape{1, 3, 8, 32, 32});
  model["type"] = "SampledRecognizer";
  model["sampler"] = {{"type", "UniformSampler"}, {"num_segments", 3}, {"total_segments", 8}};
  CHECK(*frame_network(model, {1, 3, 8, 32, 32}).model == inner);
  CHECK(frame_network(model, {1, 3, 8, 32, 32}).shape == Shape{1, 3, 3, 32, 32});
  model["sampler"] = {{"type", "FixedSampler"}, {"frames", {1, 5}}};
  CHECK(frame_network(model, {8, 3, 32, 32}).shape == Shape{2, 3, 32, 32});
  model.erase("recognizer");
  CHECK(refusal(model).find("model.recognizer: is missing: what chooses frames gives no features") == 0);
}

TEST_CASE("other models are networks themselves") {
  for (const Json& model : {Json{{"type", "AdaFocusV2"}, {"num_segments", 3}}, Json::object(), Json{{"type", 3}}}) {
    const auto network = frame_network(model, {10, 3, 224, 224});
    CHECK(*network.model == model);
    CHECK(network.shape == Shape{10, 3, 224, 224});
  }
}

}  // namespace vs::jobs
