// The recipe of a pair: whose sizes, whose frames; students and teachers alone.
#include "lib/train/distillation/recipes.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/store/recipe.h"
#include "lib/systems/system.h"
#include "lib/train/loop/settings.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::is_refused;

Json made(const std::string& recipe, const DistillationRequest& request, const std::vector<std::string>& set = {}) {
  return read_training_recipe(recipe, set,
                              {[&](Json& document) { request_distillation(document, request); }, settle_distillation});
}

const std::string kStudent = "tsn_r50_112p_1x1x8_50e_minik_rgb", kTeacher = "tsn_r152_1x1x8_50e_minik_rgb";

}  // namespace

TEST_CASE("a pair: the student's pipeline at the teacher's size") {
  const Json document = made(kStudent, {.teacher = "t.pth", .teacher_recipe = kTeacher});
  const Json& own = document["train"]["distillation"];
  CHECK(own["student_size"] == Json({112, 112}));
  CHECK_FALSE(own.contains("teacher_size"));
  CHECK(own["terms"] == Json::array({{{"part", "scores"}, {"weight", 1.0}, {"temperature", 4.0}}}));
  CHECK(own["teacher"]["model"]["backbone"]["depth"] == 152);
  const Json& steps = document["data"]["train"];
  CHECK(steps[1]["scale"] == Json({-1, 256}));
  CHECK(steps[2]["type"] == "MultiScaleCrop");
  CHECK(steps[2]["input_size"] == 256);  // 128 in the student's recipe
  CHECK(steps[2]["scales"][3] == 0.66);
  CHECK(steps[3]["scale"] == Json({224, 224}));
  // Validation is the student's own.
  CHECK(document["data"]["val"] == store::Recipe::load(kStudent).document().at("data").at("val"));
  CHECK(document["input"]["shape"] == Json({8, 3, 112, 112}));
  CHECK(recipe_of_teacher(document)["input"]["shape"] == Json({8, 3, 224, 224}));
  CHECK(recipe_of_student(document)["model"] == document["model"]);
  CHECK_FALSE(recipe_of_student(document).contains("train"));
}

TEST_CASE("a student of another size than its recipe's") {
  const Json document =
      made("tsn_r50_1x1x8_50e_minik_rgb", {.teacher = "t.pth", .teacher_recipe = kTeacher, .student_size = 112});
  CHECK(document["train"]["distillation"]["student_size"] == Json({112, 112}));
  CHECK(document["data"]["train"] ==
        store::Recipe::load("tsn_r50_1x1x8_50e_minik_rgb").document().at("data").at("train"));
  CHECK(document["data"]["val"][1]["scale"] == Json({-1, 128}));
  CHECK(document["data"]["val"][2]["crop_size"] == 112);
  CHECK(document["input"]["shape"] == Json({8, 3, 112, 112}));
}

TEST_CASE("ResKD's recipes: as published, or with a teacher that never changes") {
  const Json published = made("rkd_r50_1x1x8_100e_minik", {.teacher = "t.pth"});
  CHECK(teacher_file_of(published) == "t.pth");
  CHECK(published["train"]["distillation"]["weight"] == 100.0);
  CHECK_FALSE(published["train"]["distillation"].contains("teacher"));
  const Json fixed =
      made("rkd_r50_1x1x8_100e_minik", {.teacher = "t.pth", .views = 3}, {"train.distillation.teacher_eval=true"});
  const Json& own = fixed["train"]["distillation"];
  CHECK(own["views"] == 3);
  CHECK(own["terms"] == Json::array({{{"part", "features"}, {"weight", 100.0}, {"temperature", 2.0}}}));
  CHECK(own["teacher"]["weights"] == "t.pth");
  CHECK(own["teacher"]["model"]["cls_head"]["type"] == "TSNHead");
  CHECK(read_settings(fixed["train"]).views == 3);
  const Json student = recipe_of_student(fixed);
  CHECK(student["model"]["backbone"]["type"] == "ResNet");
  CHECK(student["input"]["shape"] == Json({8, 3, 112, 112}));
  CHECK(student["data"]["val"][3] == Json({{"type", "Resize"}, {"scale", {112, 112}}, {"keep_ratio", false}}));
  systems::build_system(student["model"]);
  systems::build_system(recipe_of_teacher(fixed)["model"]);
  const Json swin = made("rkd_swins_32x2x1_60e_k400", {.teacher = "t.pth"}, {"train.distillation.teacher_eval=true"});
  CHECK(swin["train"]["distillation"]["terms"][0] ==
        Json({{"part", "score_maps"}, {"weight", 200}, {"temperature", 2.0}}));
  CHECK(recipe_of_teacher(swin)["model"]["cls_head"]["in_channels"] == 1024);
}

TEST_CASE("requests that fit nothing") {
  const auto refused = [](const std::string& recipe, const DistillationRequest& request, const char* words) {
    return is_refused([&] { made(recipe, request); }, words);
  };
  CHECK(refused(kStudent, {.teacher = "t"}, "--teacher-recipe: is missing"));
  CHECK(refused("rkd_r50_1x1x8_100e_minik", {.teacher_recipe = kTeacher}, "names its teacher's network itself"));
  CHECK(refused("rkd_r50_1x1x8_100e_minik", {.student_size = 96}, "low_img_res"));
  CHECK(refused("actnet_p128_res50", {.teacher_recipe = kTeacher}, "AdaFocusV2"));
  CHECK(refused(kStudent, {.teacher_recipe = "rkd_r50_1x1x8_100e_minik"}, "no Recognizer2D"));
  CHECK(refused("rkd_r50_1x1x8_100e_minik", {.terms = {{DistilledPart::kPooledFeatures}}}, "teacher_eval=true"));
  CHECK(is_refused([] { parse_distillation_term("scores:1:2:3"); }, "too many"));
  CHECK(is_refused([] { parse_distillation_term("pooled:1:2"); }, "no temperature"));
  CHECK(is_refused([] { parse_distillation_term("scores:x"); }, "is no number"));
  CHECK(is_refused([] { parse_distillation_term("feature"); }, "nearest is \"features\""));
  const DistillationTerm term = parse_distillation_term("score_maps:200:2");
  CHECK(term.weight == 200);
  CHECK(term.temperature == 2);
}

}  // namespace vs::train
