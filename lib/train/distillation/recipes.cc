#include "lib/train/distillation/recipes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/core/text.h"
#include "lib/data/pipeline.h"
#include "lib/nn/loading.h"
#include "lib/nn/network.h"
#include "lib/store/recipe.h"
#include "lib/systems/distillation.h"
#include "lib/train/tasks/distillation_task.h"
#include "lib/train/tasks/taught_task.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMostWeight = 1e6, kLeastTemperature = 1e-3, kMostTemperature = 1e3;
constexpr int64_t kMostPixels = 1 << 16;

double number_in(const std::string& place, std::string_view text, double least, double most) {
  const auto number = parse_real(trim(text));
  if (!number || !(*number >= least && *number <= most))
    throw UsageError(place, fmt::format("\"{}\" is no number from {:g} to {:g}", printable(text), least, most));
  return *number;
}

bool is_reskd(const Json& document) { return systems::is_distillation(document.at("model")); }

/// Side of the frames that a pipeline gives; 0 for one that needs more than a video to choose frames.
int64_t side_of(const Json& steps, const std::string& place) {
  const data::Pipeline pipeline(steps, place);
  constexpr int64_t kFrames = 600, kWidth = 640, kHeight = 480;
  ItemRandom random(0, 0, "a video to see the size of");
  std::vector<int64_t> shape;
  try {
    const data::FramePlan plan = pipeline.choose({.id = "video", .num_frames = kFrames, .frame_rate = 30}, random);
    shape = pipeline.begin(plan, {kWidth, kHeight}, random).shape();
  } catch (const DataError&) {
    return 0;
  }
  const int64_t width = shape.back(), height = shape[shape.size() - 2];
  if (width != height)
    throw UsageError(place, fmt::format("gives frames of {}x{} pixels", width, height), "a distillation needs squares");
  return width;
}

/// Of the frames that a recipe is trained with.
int64_t side_of_recipe(const Json& document, const std::string& name) {
  for (const char* key : {"train", "val", "test"}) {
    if (!document.contains("data") || !document.at("data").contains(key)) continue;
    if (const int64_t side = side_of(document.at("data").at(key), fmt::format("{}, data.{}", name, key)); side > 0)
      return side;
  }
  return document.at("input").at("shape").back().get<int64_t>();
}

/// Every size in pixels that steps state, times to / from.
Json scaled(Json steps, int64_t from, int64_t to) {
  if (from == to || !steps.is_array()) return steps;
  constexpr std::array<const char*, 5> kSizes{"scale", "size", "crop_size", "input_size", "scale_range"};
  const auto scale = [&](Json& value) {
    // -1 leaves a side open, fractions are no pixels.
    if (!value.is_number_integer() || value.get<int64_t>() < 2) return;
    value = std::llround(value.get<double>() * static_cast<double>(to) / static_cast<double>(from));
  };
  for (Json& step : steps) {
    for (const char* key : kSizes) {
      if (!step.contains(key)) continue;
      Json& value = step[key];
      if (!value.is_array()) {
        scale(value);
        continue;
      }
      for (Json& side : value) scale(side);
    }
  }
  return steps;
}

Json normalisation_of(const Json& steps) {
  for (const Json& step : steps) {
    if (step.value("type", "") != "Normalize") continue;
    return {{"mean", step.value("mean", Json())},
            {"std", step.value("std", Json())},
            {"to_bgr", step.value("to_bgr", false)}};
  }
  return {};
}

void need_one_normalisation(const Json& student, const Json& teacher) {
  const auto of = [](const Json& document) {
    for (const char* key : {"train", "val", "test"}) {
      if (document.contains("data") && document.at("data").contains(key))
        return normalisation_of(document.at("data").at(key));
    }
    return Json();
  };
  const Json own = of(student), other = of(teacher);
  if (!own.is_null() && !other.is_null() && own != other)
    throw UsageError("--teacher-recipe", "its pipeline normalises pixels in another way than the student's",
                     "the two networks see the same frames");
}

Json json_of(const std::vector<DistillationTerm>& terms) {
  Json list = Json::array();
  for (const DistillationTerm& term : terms) {
    Json one{{"part", name_of(term.part)}, {"weight", term.weight}};
    const bool of_scores = term.part == DistilledPart::kScores || term.part == DistilledPart::kScoreMaps;
    if (of_scores) one["temperature"] = term.temperature;
    list.push_back(std::move(one));
  }
  return list;
}

void request_of_reskd(Json& document, const DistillationRequest& request) {
  if (!request.teacher_recipe.empty())
    throw UsageError("--teacher-recipe", "the recipe names its teacher's network itself",
                     "give the recipe of the student alone");
  if (request.student_size)
    throw UsageError("--student-size", "the recipe says it", "--set model.backbone.low_img_res=[112,112]");
  if (!request.teacher.empty()) document["model"]["backbone"]["pretrained_t"] = request.teacher;
  const Json& head = document.at("model").at("cls_head");
  const bool maps = head.value("type", "") == "GeneralRKD3DHead";
  Json own{{"part", maps ? "score_maps" : "features"},
           {"weight", head.value("w_loss_kd", maps ? 1.0 : 100.0)},
           {"temperature", 2.0},
           {"teacher_eval", false},
           {"teacher_drop_path", true}};
  const Json stated = document.at("train").value("distillation", Json::object());
  for (const auto& [key, value] : stated.items()) own[key] = value;
  const auto& terms = request.terms;
  if (terms.size() == 1 && terms.front().part != DistilledPart::kPooledFeatures) {
    own["part"] = name_of(terms.front().part);
    own["weight"] = terms.front().weight;
    own["temperature"] = terms.front().temperature;
  } else if (!terms.empty()) {
    own["terms"] = json_of(terms);
  }
  if (request.views) own["views"] = *request.views;
  document["train"]["distillation"] = std::move(own);
}

void request_of_pair(Json& document, const DistillationRequest& request) {
  if (request.teacher_recipe.empty())
    throw UsageError("--teacher-recipe", "is missing",
                     "of which network is the teacher? ResKD's recipes (rkd_...) say it");
  const auto teacher = store::Recipe::load(request.teacher_recipe, {}, "--teacher-recipe");
  const std::string& type = teacher.model().at("type").get_ref<const std::string&>();
  if ((type != "Recognizer2D" && type != "Recognizer3D") || systems::is_distillation(teacher.model()))
    throw UsageError("--teacher-recipe " + printable(request.teacher_recipe),
                     fmt::format("is a {}, no Recognizer2D or Recognizer3D", printable(type)));
  need_one_normalisation(document, teacher.document());
  const int64_t own = side_of_recipe(document, "the student");
  const int64_t student = request.student_size.value_or(own);
  if (student < 1 || student > kMostPixels) throw UsageError("--student-size", "is no side of a frame");
  const int64_t taught = side_of_recipe(teacher.document(), "the teacher"), side = std::max(student, taught);
  Json& data = document["data"];
  data["train"] = scaled(data["train"], own, side);
  if (const int64_t got = side_of(data["train"], "data.train"); got != 0 && got != side)
    throw UsageError("data.train", fmt::format("gives frames of {} pixels where {} were wanted", got, side),
                     "its sizes cannot be scaled; write a recipe with a pipeline for the larger frames");
  for (const char* key : {"val", "test"}) {
    if (data.contains(key)) data[key] = scaled(data[key], own, student);
  }
  Json& shape = document["input"]["shape"];
  if (student != own) shape[shape.size() - 1] = shape[shape.size() - 2] = student;
  Json distillation{{"teacher", {{"recipe", teacher.name()}, {"weights", request.teacher}, {"model", teacher.model()}}},
                    {"terms", json_of(request.terms.empty() ? std::vector<DistillationTerm>(1) : request.terms)}};
  if (student != side) distillation["student_size"] = {student, student};
  if (taught != side) distillation["teacher_size"] = {taught, taught};
  if (request.views) distillation["views"] = *request.views;
  document["train"]["distillation"] = std::move(distillation);
}

/// The recipe without what is said of training, for another model.
Json alone(const Json& document, const std::string& name, const std::string& title, Json model) {
  Json plain = document;
  for (const char* key : {"train", "published", "sampler"}) plain.erase(key);
  plain["data"].erase("train");
  plain["name"] = name;
  plain["title"] = title;
  plain["model"] = std::move(model);
  return plain;
}

void set_side(Json& shape, const Json& size) {
  shape[shape.size() - 2] = size.at(0);
  shape[shape.size() - 1] = size.at(1);
}

/// The frames shrunk before they are normalised.
void shrink(Json& steps, const Json& size) {
  if (!steps.is_array()) return;
  const auto place =
      std::find_if(steps.begin(), steps.end(), [](const Json& step) { return step.value("type", "") == "Normalize"; });
  steps.insert(place, Json{{"type", "Resize"}, {"scale", {size.at(1), size.at(0)}}, {"keep_ratio", false}});
}

}  // namespace

DistillationTerm parse_distillation_term(const std::string& text) {
  const auto words = split(text, ':');
  const std::string place = "--term " + printable(text), name(trim(words[0]));
  const auto& names = distilled_part_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    const auto nearest = nearest_word(name, names);
    throw UsageError(place, nearest ? fmt::format("is unknown, nearest is \"{}\"", *nearest) : "is unknown",
                     "known are " + join(names, ", "));
  }
  DistillationTerm term;
  term.part = distilled_part_named(name);
  if (words.size() > 1) term.weight = number_in(place, words[1], 0, kMostWeight);
  if (words.size() > 2) term.temperature = number_in(place, words[2], kLeastTemperature, kMostTemperature);
  const bool of_scores = term.part == DistilledPart::kScores || term.part == DistilledPart::kScoreMaps;
  if (words.size() > 3 || (words.size() > 2 && !of_scores))
    throw UsageError(place, of_scores ? "has too many parts" : "features have no temperature",
                     "NAME[:WEIGHT[:TEMPERATURE]]");
  return term;
}

void request_distillation(Json& document, const DistillationRequest& request) {
  const std::string type = document.at("model").value("type", "");
  if (type != "Recognizer2D" && type != "Recognizer3D")
    throw UsageError("--recipe", fmt::format("is a {}, no Recognizer2D or Recognizer3D", printable(type)),
                     "such a system has no training by a teacher");
  if (is_reskd(document)) {
    request_of_reskd(document, request);
  } else {
    request_of_pair(document, request);
  }
}

void settle_distillation(Json& document) {
  Json& train = document["train"];
  if (!is_reskd(document) || !train.contains("distillation")) return;
  Json& own = train["distillation"];
  if (own.contains("teacher")) return;
  if (own.value("teacher_eval", Json()) != Json(true)) {
    if (own.contains("terms"))
      throw UsageError("--term", "several of them, and pooled features, need a teacher in evaluation mode",
                       "--set train.distillation.teacher_eval=true");
    return;
  }
  Json settled{
      {"teacher",
       {{"weights", teacher_file_of(document)}, {"model", systems::teacher_model(document.at("model"), "model")}}}};
  settled["terms"] =
      own.contains("terms")
          ? own.at("terms")
          : Json::array(
                {{{"part", own.at("part")}, {"weight", own.at("weight")}, {"temperature", own.at("temperature")}}});
  if (own.contains("views")) settled["views"] = own.at("views");
  own = std::move(settled);
}

Json recipe_of_student(const Json& document) {
  const Json& model = document.at("model");
  const std::string name = document.at("name").get<std::string>() + "_student";
  const std::string title = document.at("title").get<std::string>() + ", the student alone";
  if (!is_reskd(document)) return alone(document, name, title, model);
  Json plain = alone(document, name, title, systems::student_model(model));
  const Json size = model.at("backbone").value("low_img_res", Json{112, 112});
  set_side(plain["input"]["shape"], size);
  for (auto& [key, steps] : plain["data"].items()) shrink(steps, size);
  return plain;
}

Json recipe_of_teacher(const Json& document) {
  const Json& train = document.at("train");
  const bool named = names_teacher(train);
  Json model = named ? train.at("distillation").at("teacher").at("model")
                     : systems::teacher_model(document.at("model"), "model");
  const int64_t side = side_of_recipe(document, "the recipe");
  const Json size = named ? train.at("distillation").value("teacher_size", Json{side, side}) : Json{side, side};
  std::vector<int64_t> shape = document.at("input").at("shape").get<std::vector<int64_t>>();
  const bool clips = model.value("type", "") == "Recognizer3D", given_clips = shape.size() == 5;
  if (clips && !given_clips) shape = {1, 3, shape[0], 0, 0};
  if (!clips && given_clips) shape = {shape[0] * shape[2], 3, 0, 0};
  Json recipe{{"schema", document.at("schema")},
              {"name", document.at("name").get<std::string>() + "_teacher"},
              {"title", document.at("title").get<std::string>() + ", the teacher alone"},
              {"model", std::move(model)},
              {"input", {{"shape", shape}}}};
  set_side(recipe["input"]["shape"], size);
  return recipe;
}

void export_student(const Json& document, const std::string& checkpoint, const std::string& path) {
  const Json recipe = recipe_of_student(document);
  const auto student = nn::build_recognizer(recipe.at("model"));
  nn::WholeModel whole;
  if (is_reskd(document)) {
    whole.add(*student, {{"backbone.", "backbone.low_res_path."}, {"cls_head.", "cls_head."}});
  } else {
    whole.add(*student);
  }
  nn::load_weights(whole, {checkpoint}, {.names = {weights::parse_name_map_choice("none")}, .inflate = false});
  nn::save_weights(*student, path,
                   {{"format", "pt"},
                    {"recipe", recipe.at("name").get<std::string>()},
                    {"from", std::filesystem::path(checkpoint).filename().string()}});
}

std::string teacher_file_of(const Json& document) {
  const Json& train = document.at("train");
  if (names_teacher(train)) return train.at("distillation").at("teacher").value("weights", "");
  return is_reskd(document) ? teacher_path_of(document.at("model")) : std::string();
}

void set_teacher_file(Json& document, const std::string& path) {
  Json& train = document["train"];
  if (names_teacher(train)) train["distillation"]["teacher"]["weights"] = path;
  if (!is_reskd(document)) return;
  for (const char* part : {"backbone", "cls_head"}) {
    if (document["model"][part].contains("pretrained_t")) document["model"][part]["pretrained_t"] = path;
  }
}

}  // namespace vs::train
