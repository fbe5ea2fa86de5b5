#include "lib/flops/system.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/flops/counter.h"
#include "lib/flops/motion_cost.h"
#include "lib/nn/backbones/mobilenet_v2_sampler.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/network.h"
#include "lib/nn/torch.h"
#include "lib/store/model_parts.h"

namespace vs::flops {
namespace {

using Json = nlohmann::ordered_json;
using Shape = std::vector<int64_t>;
constexpr int64_t kMost = int64_t{1} << 20;

Shape with_batch(int64_t batch, Shape shape) {
  shape.insert(shape.begin(), batch);
  return shape;
}

void need_axes(const Shape& shape, size_t axes, const char* meaning) {
  if (shape.size() == axes) return;
  throw UsageError("input shape", fmt::format("{} has {} axes, not {}", fmt::join(shape, "x"), shape.size(), axes),
                   fmt::format("give {}", meaning));
}

Part recognizer_part(std::string name, const Json& model, const Shape& shape, const std::string& place,
                     std::vector<nn::Renaming> names = {{"", ""}}) {
  auto recognizer = nn::build_recognizer(model, place);
  nn::Recognizer* network = recognizer.get();
  return {std::move(name), std::move(recognizer),
          [network, shape](int64_t batch, const InputMaker& make) { network->logits(make(with_batch(batch, shape))); },
          std::move(names)};
}

void add_sampler_parts(System& system, const Json& model, const Shape& shape) {
  need_axes(shape, 4, "frames,3,H,W");
  nn::Config config(model, "model");
  const bool clips = system.kind == "Sampler2DRecognizer3D";
  config.pass({"type", "backbone", "cls_head", "train_cfg", "test_cfg", "use_sampler", "bp_mode", "calc_mode",
               "reward_kind", "explore_rate", "clamp_range", "cal_number", "num_clips", "shuffle", "again_load"});
  const int64_t segments = config.integer_or("num_segments", 4, 1, kMost);
  const int64_t chosen = config.integer_or("num_test_segments", segments, 1, kMost);
  const int64_t size = config.integer_or("resize_px", shape[2], 1, kMost);
  if (chosen > shape[0])
    throw UsageError(config.place_of("num_test_segments"), fmt::format("{} of {} frames", chosen, shape[0]));
  auto sampler = nn::build_mobilenet_v2_sampler(config.object("sampler"));
  config.finish();
  nn::MobileNetV2Sampler* skim = sampler.get();
  system.frames = 0;
  system.parts.push_back({"sampler",
                          std::move(sampler),
                          [skim, shape, size](int64_t batch, const InputMaker& make) {
                            Shape frames = shape;
                            frames[0] *= batch;
                            const at::Tensor images = make(frames);
                            (void)skim->probabilities(size == shape[2] ? images : nn::skim_frames(images, size));
                          },
                          {{"", "sampler."}}});
  const Shape input =
      clips ? Shape{1, shape[1], chosen, shape[2], shape[3]} : Shape{chosen, shape[1], shape[2], shape[3]};
  system.parts.push_back(recognizer_part(
      "classifier", store::plain_recognizer(model, clips ? "Recognizer3D" : "Recognizer2D"), input, "model"));
}

/// Frames made smaller for the student: every image, or every image of a clip.
class Shrink : public nn::Layer {
 public:
  Shrink(int64_t height, int64_t width) : size_{height, width} {}
  std::string kind() const override { return "Resize"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override { return at::upsample_bilinear2d(x, size_, false); }

 private:
  Shape size_;
};

/// There in training only.
class Teacher : public nn::Module {
 public:
  explicit Teacher(std::unique_ptr<nn::Backbone> backbone) : out_channels_(backbone->out_channels()) {
    adopt("backbone", std::move(backbone));
  }
  std::string kind() const override { return "Teacher"; }
  int64_t out_channels() const { return out_channels_; }

 private:
  int64_t out_channels_;
};

bool is_distillation(const Json& model) {
  return model.contains("backbone") && model.at("backbone").is_object() &&
         model.at("backbone").value("type", Json()) == Json("RKD");
}

void add_distillation_parts(System& system, const Json& model, const Shape& shape) {
  nn::Config backbone(model.at("backbone"), "model.backbone");
  backbone.pass({"type", "low_res_cfg", "high_res_cfg", "low_feat_size", "high_feat_size", "pretrained_t"});
  const auto size = backbone.integers_or("low_img_res", {112, 112}, 2);
  const Json low = model.at("backbone").value("low_res_cfg", Json::object());
  const Json high = model.at("backbone").value("high_res_cfg", Json::object());
  backbone.finish();
  Shape small = shape;
  small[small.size() - 2] = size.at(0);
  small[small.size() - 1] = size.at(1);
  auto shrink = std::make_unique<Shrink>(size[0], size[1]);
  Shrink* resize = shrink.get();
  system.parts.push_back({"resize",
                          std::move(shrink),
                          [resize, shape](int64_t batch, const InputMaker& make) {
                            // Every image on its own: clips have their frames in the place of channels.
                            const int64_t images = batch * std::accumulate(shape.begin(), shape.end() - 2, int64_t{1},
                                                                           std::multiplies<>());
                            (*resize)(make({images, 1, shape[shape.size() - 2], shape.back()}));
                          },
                          {}});
  Json student = model;
  student["backbone"] = low;
  const Json& head = model.at("cls_head");
  const std::string type =
      nn::Config(head, "model.cls_head").word("type", "", {"RKD2DHead", "RKD3DHead", "GeneralRKD3DHead"});
  student["cls_head"] = store::undistilled_head(head, type);
  system.parts.push_back(recognizer_part("student", student, small, "model",
                                         {{"backbone.", "backbone.low_res_path."}, {"cls_head.", "cls_head."}}));
  auto teacher = std::make_unique<Teacher>(nn::build_backbone(nn::Config(high, "model.backbone.high_res_cfg")));
  if (type == "GeneralRKD3DHead")
    teacher->child<nn::Linear>("fc_cls_t", teacher->out_channels(),
                               nn::Config(head, "model.cls_head").integer("num_classes", 1, kMost));
  system.parts.push_back({"teacher",
                          std::move(teacher),
                          nullptr,
                          {{"backbone.", "backbone.high_res_path."}, {"fc_cls_t.", "cls_head.fc_cls_t."}}});
}

void add_motion_parts(System& system, const Json& model, const Shape& shape) {
  nn::Config config(model, "model");
  config.pass({"type", "recognizer"});
  nn::Config motion = config.object("motion");
  const int64_t frames = config.integer_or("num_frames", 1, 1, kMost);
  const std::string method = motion.word("method", "ssim", {"ssim", "pa"});
  const auto size = motion.integers("size", 2);
  motion.finish();
  config.finish();
  auto network = build_motion_network(method);
  nn::Layer* layer = network.get();
  const Shape images{frames, 3, size[0], size[1]};
  system.parts.push_back(
      {"motion", std::move(network),
       [layer, images](int64_t batch, const InputMaker& make) {
         Shape all = images;
         all[0] *= batch;
         (*layer)(make(all));
       },
       // Windows of SSIM are computed, not learned.
       method == "pa" ? std::vector<nn::Renaming>{{"", "PA.shallow_conv."}} : std::vector<nn::Renaming>{}});
  if (config.has("recognizer"))
    system.parts.push_back(recognizer_part("recognizer", model.at("recognizer"), shape, "model.recognizer"));
}

}  // namespace

System build_system(const Json& model, const Shape& shape, const std::string& name) {
  if (!model.is_object()) throw UsageError("model", "is no object");
  if (shape.size() < 4 || shape.size() > 5)
    throw UsageError("input shape", fmt::format("has {} axes", shape.size()),
                     "give images,3,H,W or clips,3,T,H,W by --shape");
  System system{.name = name, .kind = {}, .parts = {}};
  nn::Config type(model, "model");
  system.kind = type.text("type");
  if (shape.size() == 4) system.frames = shape[0];
  if (system.kind == "Sampler2DRecognizer2D" || system.kind == "Sampler2DRecognizer3D") {
    add_sampler_parts(system, model, shape);
  } else if (system.kind == "MGSampler") {
    add_motion_parts(system, model, shape);
  } else if (is_distillation(model)) {
    add_distillation_parts(system, model, shape);
  } else {
    system.parts.push_back(recognizer_part(name, model, shape, "model"));
  }
  return system;
}

nn::WholeModel whole_model(const System& system) {
  nn::WholeModel model;
  for (const Part& part : system.parts) model.add(*part.module, part.names);
  return model;
}

CostNode cost_of_system(const System& system) {
  CostNode whole{.name = system.name, .kind = system.kind};
  whole.calls = 1;
  for (const Part& part : system.parts) {
    const auto run = [&] {
      if (part.run) part.run(1, shape_only);
    };
    whole.children.push_back(count_forward(*part.module, part.name, run));
    if (part.run) whole.output = whole.children.back().output;
  }
  if (whole.children.size() == 1 && whole.children.front().name == system.name) {
    CostNode only = std::move(whole.children.front());
    return only;
  }
  add_up_children(whole);
  return whole;
}

CostNode with_early_exit(const CostNode& cost, int64_t frames, const std::vector<double>& fractions) {
  if (frames == 0) throw UsageError("--exit-fractions", "this model takes clips, which it looks at as a whole");
  if (fractions.size() != static_cast<size_t>(frames))
    throw UsageError("--exit-fractions", fmt::format("{} of them for {} frames", fractions.size(), frames),
                     "give the share of videos that is done after each frame");
  double sum = 0, looked_at = 0;
  for (size_t k = 0; k < fractions.size(); ++k) {
    if (!(fractions[k] >= 0 && fractions[k] <= 1))
      throw UsageError("--exit-fractions", fmt::format("{} is no share", fractions[k]), "give numbers of 0 to 1");
    sum += fractions[k];
    looked_at += fractions[k] * static_cast<double>(k + 1) / static_cast<double>(frames);
  }
  if (std::abs(sum - 1) > 1e-6) throw UsageError("--exit-fractions", fmt::format("sum to {}, not 1", sum));
  const auto scale = [looked_at](int64_t& number) { number = std::llround(static_cast<double>(number) * looked_at); };
  const auto scale_cost = [&](Cost& one) {
    scale(one.activations);
    const auto scale_counts = [&](Counts& counts) {
      scale(counts.macs);
      scale(counts.mmcv);
      scale(counts.fvcore);
    };
    scale_counts(one.counts);
    for (auto& entry : one.by_operation) scale_counts(entry.second);
  };
  const std::function<CostNode(const CostNode&)> expected = [&](const CostNode& node) {
    CostNode result = node;
    scale_cost(result.cost);
    scale_cost(result.own);
    result.children.clear();
    for (const CostNode& below : node.children) result.children.push_back(expected(below));
    return result;
  };
  return expected(cost);
}

}  // namespace vs::flops
