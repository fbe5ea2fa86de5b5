#include "lib/systems/distillation.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/loading.h"
#include "lib/nn/whole_model.h"
#include "lib/store/model_parts.h"
#include "lib/weights/matching.h"

namespace vs::systems {
namespace {

using Json = nlohmann::ordered_json;
constexpr int64_t kMost = int64_t{1} << 20;

std::vector<int64_t> read_size(nn::Config& config, const char* key, int64_t otherwise) {
  std::vector<int64_t> size = config.integers_or(key, {otherwise, otherwise}, 2);
  for (const int64_t side : size) {
    if (side < 1 || side > kMost) throw UsageError(config.place_of(key), fmt::format("{} is no height or width", side));
  }
  return size;
}

}  // namespace

at::Tensor resize_frames(const at::Tensor& x, const std::vector<int64_t>& size) {
  if (x.dim() == 4) return at::upsample_bilinear2d(x, size, false);
  if (x.dim() != 5) throw DataError("resize", fmt::format("takes images or clips, not a tensor of {} axes", x.dim()));
  // The frames of a clip in the place of channels: time is not resized.
  return at::upsample_bilinear2d(x.flatten(0, 1), size, false).unflatten(0, {x.size(0), x.size(1)});
}

bool is_distillation(const Json& model) {
  return model.contains("backbone") && model.at("backbone").is_object() &&
         model.at("backbone").value("type", Json()) == Json("RKD");
}

Json student_model(const Json& model) {
  Json plain = model;
  plain["backbone"] = model.at("backbone").at("low_res_cfg");
  plain["cls_head"] = store::undistilled_head(model.at("cls_head"), model.at("cls_head").at("type"));
  return plain;
}

Json teacher_model(const Json& model, const std::string& place) {
  Json plain = model;
  plain["backbone"] = nn::Config(model.at("backbone"), place + ".backbone").has("high_res_cfg")
                          ? model.at("backbone").at("high_res_cfg")
                          : Json::object();
  plain["cls_head"] = store::undistilled_head(model.at("cls_head"), model.at("cls_head").at("type"));
  plain["cls_head"]["in_channels"] =
      nn::build_backbone(nn::Config(plain["backbone"], place + ".backbone.high_res_cfg"))->out_channels();
  return plain;
}

DistillationBackbone::DistillationBackbone(nn::Config config, Teacher teacher) {
  config.pass({"type", "low_feat_size", "pretrained_t"});
  image_size_ = read_size(config, "low_img_res", 112);
  map_size_ = read_size(config, "high_feat_size", 7);
  auto student = nn::build_backbone(config.object("low_res_cfg"));
  student_ = student.get();
  adopt("low_res_path", std::move(student));
  if (teacher != Teacher::kLeftOut) {
    auto built = nn::build_backbone(config.object("high_res_cfg"));
    teacher_ = built.get();
    adopt("high_res_path", std::move(built));
  } else {
    config.pass({"high_res_cfg"});
  }
  config.finish();
}

DistillationBackbone::Maps DistillationBackbone::teach(const at::Tensor& x) {
  if (teacher_ == nullptr) throw std::logic_error("the teacher was left out");
  const nn::Running running(*this);
  Maps maps;
  maps.student = (*student_)(resize_frames(x, image_size_));
  {
    const at::NoGradGuard no_gradients;
    maps.teacher = (*teacher_)(x);
  }
  maps.resized = resize_frames(maps.student, map_size_);
  return maps;
}

DistilledRecognizer::DistilledRecognizer(Input input, std::unique_ptr<DistillationBackbone> backbone,
                                         std::unique_ptr<nn::Head> head, nn::AverageClips average)
    : PlainRecognizer(input, std::move(backbone), std::move(head), average),
      input_(input),
      distillation_(static_cast<DistillationBackbone*>(&this->backbone())) {
  for (const auto& part : this->head().children()) {
    if (part->name() == "fc_cls") classifier_ = dynamic_cast<nn::Layer*>(part.get());
    if (part->name() == "fc_cls_t") teacher_classifier_ = dynamic_cast<nn::Layer*>(part.get());
  }
  if (classifier_ == nullptr) throw std::logic_error("the head has no fc_cls");
}

DistilledRecognizer::Lesson DistilledRecognizer::teach(const at::Tensor& imgs) {
  const bool clips = input_ == Input::kClips;
  if (imgs.dim() != (clips ? 6 : 5) || imgs.numel() == 0)
    throw DataError(kind(), fmt::format("takes {}, not [{}]", clips ? "[N, clips, 3, T, H, W]" : "[N, M, 3, H, W]",
                                        fmt::join(imgs.sizes(), ", ")));
  const nn::Running running(*this);
  Lesson lesson;
  lesson.maps = distillation_->teach(imgs.flatten(0, 1));
  lesson.scores = head()(lesson.maps.student, clips ? 1 : imgs.size(1));
  return lesson;
}

std::unique_ptr<DistilledRecognizer> build_distilled(const Json& model, Teacher teacher, const std::string& place) {
  nn::Config config(model, place);
  const bool clips = config.word("type", "", {"Recognizer2D", "Recognizer3D"}) == "Recognizer3D";
  config.pass({"train_cfg", "pretrained", "init_cfg", "test_cfg"});
  auto backbone = std::make_unique<DistillationBackbone>(config.object("backbone"), teacher);
  nn::Config head_config = config.object("cls_head");
  const std::string type = head_config.word("type", "", {"RKD2DHead", "RKD3DHead", "GeneralRKD3DHead"});
  if ((type == "RKD2DHead") == clips)
    throw UsageError(head_config.place_of("type"), fmt::format("{} does not fit a {}", type, config.text("type")));
  const int64_t channels = head_config.integer_or("in_channels", backbone->out_channels(), 1, kMost);
  if (channels != backbone->out_channels())
    throw UsageError(head_config.place_of("in_channels"),
                     fmt::format("{}, but the student gives {} channels", channels, backbone->out_channels()));
  const Json plain = store::undistilled_head(model.at("cls_head"), type);
  auto head = nn::build_head(nn::Config(plain, head_config.place()));
  const bool as_published = teacher == Teacher::kAsPublished && type == "GeneralRKD3DHead";
  if (as_published || teacher == Teacher::kWithClassifier)
    head->child<nn::Linear>("fc_cls_t", backbone->teacher()->out_channels(), head->num_classes());
  auto average = nn::AverageClips::kNone;
  int64_t views = 0;
  if (config.has("test_cfg")) {
    nn::Config test = config.object("test_cfg");
    average = nn::average_clips_named(test.word("average_clips", "none", {"none", "score", "prob"}));
    views = test.integer_or("max_testing_views", 0, 0, kMost);
    test.pass({"feature_extraction"});
    test.finish();
  }
  config.finish();
  using Input = nn::PlainRecognizer::Input;
  auto network = std::make_unique<DistilledRecognizer>(clips ? Input::kClips : Input::kImages, std::move(backbone),
                                                       std::move(head), average);
  network->limit_views(views);
  return network;
}

void load_teacher(DistilledRecognizer& network, const std::string& path) {
  nn::Backbone* teacher = network.distillation().teacher();
  if (teacher == nullptr) throw std::logic_error("the teacher was left out");
  const std::string backbone = "backbone.high_res_path.";
  nn::WholeModel whole;
  whole.add(*teacher, {{"", backbone}});
  if (nn::Layer* classifier = network.teacher_classifier()) whole.add(*classifier, {{"", "cls_head.fc_cls_t."}});
  const auto refuse_others = [&](const nn::LoadReport& report) {
    std::vector<std::string> others = report.match.unexpected;
    std::erase_if(others, [&](const std::string& name) { return !name.starts_with(backbone); });
    if (!others.empty() && report.match.complete())
      throw DataError(path, fmt::format("the teacher has no {}", weights::first_names(others)),
                      "does high_res_cfg describe the network that it is of?");
  };
  nn::load_weights(whole, {path}, {.inflate = false}, refuse_others);
}

}  // namespace vs::systems
