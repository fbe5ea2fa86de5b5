#include "lib/jobs/extract/recipe_pipeline.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"

namespace vs::jobs {

using Json = nlohmann::ordered_json;

TEST_CASE("a recipe's test pipeline says how pictures are made") {
  const Json steps = Json::parse(R"([
    {"type": "SampleFrames", "clip_len": 4, "frame_interval": 16, "num_clips": 10},
    {"type": "Resize", "scale": [-1, 340]}, {"type": "CenterCrop", "crop_size": 256},
    {"type": "Resize", "scale": [224, 224], "keep_ratio": false},
    {"type": "Normalize", "mean": [1, 2, 3], "std": [4, 5, 6.5]}])");
  for (const Json& test : {steps, Json{{"pipeline", steps}}}) {
    const RecipePictures pictures = recipe_pictures({{"data", {{"test", test}}}});
    CHECK(pictures.short_side == 340);
    CHECK(pictures.frame_interval == 16);
    REQUIRE(pictures.mean);
    CHECK((*pictures.mean)[1] == 2);
    CHECK((*pictures.deviation)[2] == 6.5);
  }
}

TEST_CASE("what a recipe does not say is nothing") {
  for (const char* text : {"{}", R"({"data": {}})", R"({"data": {"test": 3}})", R"({"data": {"test": [1, {"x": 2}]}})",
                           R"({"data": {"test": [{"type": "Resize", "scale": [224, 224], "keep_ratio": false}]}})",
                           R"({"data": {"test": [{"type": "Resize", "scale": 2}]}})"}) {
    CAPTURE(text);
    const RecipePictures pictures = recipe_pictures(Json::parse(text));
    CHECK_FALSE(pictures.short_side);
    CHECK_FALSE(pictures.mean);
    CHECK_FALSE(pictures.frame_interval);
  }
}

TEST_CASE("values that cannot be are refused") {
  const auto refused = [](const char* step) {
    try {
      (void)recipe_pictures({{"data", {{"test", Json::array({Json::parse(step)})}}}});
    } catch (const UsageError& error) {
      return error.place();
    }
    return std::string();
  };
  CHECK(refused(R"({"type": "Resize", "scale": [-1, 0]})") == "data.test.0.scale");
  CHECK(refused(R"({"type": "Normalize", "mean": [1, 2], "std": [1, 1, 1]})") == "data.test.0.mean");
  CHECK(refused(R"({"type": "Normalize", "mean": [1, 2, 3], "std": [1, 0, 1]})") == "data.test.0.std");
  CHECK(refused(R"({"type": "Normalize"})") == "data.test.0.mean");
  CHECK(refused(R"({"type": "SampleFrames", "frame_interval": "2"})") == "data.test.0.frame_interval");
}

}  // namespace vs::jobs
