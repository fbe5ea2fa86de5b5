#include "lib/systems/distillation.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/linear.h"

namespace vs::systems {
namespace {

using Json = nlohmann::ordered_json;
constexpr int64_t kMost = int64_t{1} << 20;

/// In evaluation each head is one without distillation.
Json plain_head(const Json& head, const std::string& type) {
  Json plain{{"type", type == "RKD2DHead" ? "TSNHead" : "I3DHead"}};
  for (const auto& [key, value] : head.items()) {
    if (key != "type" && key != "loss_kd" && key != "pretrained_t") plain[key] = value;
  }
  return plain;
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

DistillationBackbone::DistillationBackbone(nn::Config config, bool with_teacher) {
  config.pass({"type", "low_feat_size", "high_feat_size", "pretrained_t"});
  size_ = config.integers_or("low_img_res", {112, 112}, 2);
  for (const int64_t side : size_) {
    if (side < 1 || side > kMost)
      throw UsageError(config.place_of("low_img_res"), fmt::format("{} pixels are no size of frames", side));
  }
  auto student = nn::build_backbone(config.object("low_res_cfg"));
  student_ = student.get();
  adopt("low_res_path", std::move(student));
  if (with_teacher) {
    auto teacher = nn::build_backbone(config.object("high_res_cfg"));
    teacher_channels_ = teacher->out_channels();
    adopt("high_res_path", std::move(teacher));
  } else {
    config.pass({"high_res_cfg"});
  }
  config.finish();
}

std::unique_ptr<nn::PlainRecognizer> build_distilled(const Json& model, bool with_teacher, const std::string& place) {
  nn::Config config(model, place);
  const bool clips = config.word("type", "", {"Recognizer2D", "Recognizer3D"}) == "Recognizer3D";
  config.pass({"train_cfg", "pretrained", "init_cfg", "test_cfg"});
  auto backbone = std::make_unique<DistillationBackbone>(config.object("backbone"), with_teacher);
  nn::Config head_config = config.object("cls_head");
  const std::string type = head_config.word("type", "", {"RKD2DHead", "RKD3DHead", "GeneralRKD3DHead"});
  if ((type == "RKD2DHead") == clips)
    throw UsageError(head_config.place_of("type"), fmt::format("{} does not fit a {}", type, config.text("type")));
  const int64_t channels = head_config.integer_or("in_channels", backbone->out_channels(), 1, kMost);
  if (channels != backbone->out_channels())
    throw UsageError(head_config.place_of("in_channels"),
                     fmt::format("{}, but the student gives {} channels", channels, backbone->out_channels()));
  const Json plain = plain_head(model.at("cls_head"), type);
  auto head = nn::build_head(nn::Config(plain, head_config.place()));
  if (with_teacher && type == "GeneralRKD3DHead")
    head->child<nn::Linear>("fc_cls_t", backbone->teacher_channels(), head->num_classes());
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
  auto network = std::make_unique<nn::PlainRecognizer>(clips ? Input::kClips : Input::kImages, std::move(backbone),
                                                       std::move(head), average);
  network->limit_views(views);
  return network;
}

}  // namespace vs::systems
