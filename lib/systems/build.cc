// Systems from the models of recipes.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/build_as.h"
#include "lib/nn/config.h"
#include "lib/nn/drca/backbone.h"
#include "lib/nn/drca/similarity_recognizer.h"
#include "lib/systems/adafocus_system.h"
#include "lib/systems/distillation.h"
#include "lib/systems/frame_chooser.h"
#include "lib/systems/recognizer_system.h"
#include "lib/systems/sampled_system.h"
#include "lib/systems/system.h"

namespace vs::systems {
namespace {

using Json = nlohmann::ordered_json;
constexpr int64_t kMost = int64_t{1} << 20;

/// What one build_system() goes by.
struct Request {
  const TestOptions& options;
  UsedOptions used;
};

std::unique_ptr<System> build(const Json& model, const std::string& place, Request& request);

const Json& object_at(const Json& model, const char* key, const std::string& place) {
  if (!model.contains(key) || !model.at(key).is_object()) throw UsageError(place + "." + key, "is no object");
  return model.at(key);
}

/// Frames that a temporal shift takes as one clip; 0 where nothing is shifted.
int64_t shifted_frames(const Json& part, const std::vector<std::string>& types) {
  if (!part.is_object() || std::find(types.begin(), types.end(), part.value("type", "")) == types.end()) return 0;
  if (!part.value("is_shift", true) && part.value("type", "") != "TSMHead") return 0;
  return part.value("num_segments", int64_t{8});
}

/// Images of a video that belong together, by backbone and head, which must agree.
int64_t images_of_clip(const Json& model, const std::string& place) {
  const Json& outer = model.at("backbone");
  const Json& backbone = is_distillation(model) ? outer.at("low_res_cfg") : outer;
  const int64_t shifted = shifted_frames(backbone, {"ResNetTSM", "MobileNetV2TSM"});
  const int64_t averaged = shifted_frames(model.at("cls_head"), {"TSMHead"});
  if (shifted > 0 && averaged > 0 && shifted != averaged)
    throw UsageError(place + ".cls_head.num_segments",
                     fmt::format("{}, but the backbone shifts over {} frames", averaged, shifted));
  return std::max<int64_t>({shifted, averaged, 1});
}

/// The average that is asked for, else the model's.
nn::AverageClips average_of(Request& request, nn::AverageClips model) {
  request.used.use({"average_clips"});
  return request.options.average_clips.value_or(model);
}

/// The model with as many frames kept as asked for.
Json with_kept_frames(Json model, Request& request, const std::string& place) {
  if (!model.contains("backbone") || !model["backbone"].is_object() || model["backbone"].value("type", "") != "DRCA")
    return model;
  request.used.use({"kept_frames"});
  if (!request.options.kept_frames) return model;
  if (nn::Config(model["backbone"], place + ".backbone").integer_or("comp_insert_layer", -1, -1, kMost) < 1)
    throw UsageError("kept_frames", "this model compresses no frames", "leave it out");
  model["backbone"]["comp_k"] = *request.options.kept_frames;
  return model;
}

std::unique_ptr<System> build_plain(const Json& described, const std::string& kind, const std::string& place,
                                    Request& request) {
  const Json model = with_kept_frames(described, request, place);
  std::unique_ptr<nn::PlainRecognizer> network;
  if (is_distillation(model)) {
    request.used.use({"with_teacher"});
    network = build_distilled(model, request.options.with_teacher ? Teacher::kAsPublished : Teacher::kLeftOut, place);
  } else {
    network = nn::build_as<nn::PlainRecognizer>(model, place, "is no Recognizer2D or Recognizer3D");
  }
  request.used.use({"max_testing_views"});
  int64_t views = request.options.max_testing_views.value_or(0);
  if (views > 0) {
    network->limit_views(views);
  } else if (model.contains("test_cfg") && model["test_cfg"].is_object()) {
    views = nn::Config(model["test_cfg"], place + ".test_cfg").integer_or("max_testing_views", 0, 0, kMost);
  }
  const nn::AverageClips average = average_of(request, network->average());
  if (auto* drca = dynamic_cast<nn::drca::Drca*>(&network->backbone()); drca && kind == "Recognizer3D")
    return std::make_unique<DrcaSystem>(kind, std::move(network), average, *drca, views);
  const bool clips = kind == "Recognizer3D";
  const int64_t together = clips ? 1 : images_of_clip(model, place);
  if (views > 0 && views % together != 0)
    throw UsageError(
        "max_testing_views",
        fmt::format("{} is no multiple of the {} images that the network takes as a clip", views, together));
  return std::make_unique<RecognizerSystem>(kind, clips ? InputLayout::kClips : InputLayout::kFrames,
                                            std::move(network), average, together);
}

std::unique_ptr<System> build_retrieval(const Json& described, const std::string& kind, const std::string& place,
                                        Request& request) {
  Json model = with_kept_frames(described, request, place);
  request.used.use({"max_testing_views"});
  if (request.options.max_testing_views) model["max_batch_size"] = *request.options.max_testing_views;
  return std::make_unique<RetrievalSystem>(
      kind, nn::build_as<nn::drca::SimilarityRecognizer>(model, place, "is no SimilarityRecognizer3D"));
}

template <class SystemType, class Network>
std::unique_ptr<System> build_adafocus(const Json& model, const std::string& kind, const std::string& place,
                                       Request& request) {
  request.used.use({"patch_choice"});
  auto network = nn::build_as<Network>(model, place, "is another system's");
  const nn::AverageClips average = average_of(request, network->average());
  return std::make_unique<SystemType>(kind, std::move(network), average, request.options);
}

/// The frames of one clip that a chooser without a network picks.
std::unique_ptr<FrameChooser> plain_chooser(FrameChoice choice, int64_t total, int64_t chosen, uint64_t seed) {
  if (choice == FrameChoice::kRandom) return std::make_unique<RandomChooser>(total, chosen, seed);
  return std::make_unique<UniformChooser>(total, chosen);
}

/// A chooser and, if it does not run its skim network, that network.
struct Sampler {
  std::unique_ptr<FrameChooser> chooser;
  std::unique_ptr<nn::Module> unused_network;
};

/// config: that of the object with the keys; network: where the skim network is described.
Sampler read_skim_sampler(nn::Config& config, nn::Config network, int64_t chosen, bool by_probability,
                          Request& request) {
  request.used.use({"frame_choice"});
  const int64_t size = config.integer_or("resize_px", 0, 1, kMost);
  auto skim = nn::build_mobilenet_v2_sampler(std::move(network));
  const int64_t total = skim->total_segments();
  if (chosen > total) throw UsageError(config.place(), fmt::format("{} of {} frames cannot be chosen", chosen, total));
  const TestOptions& options = request.options;
  if (options.frame_choice != FrameChoice::kMostProbable)
    return {plain_chooser(options.frame_choice, total, chosen, options.seed), std::move(skim)};
  return {std::make_unique<SkimChooser>(std::move(skim), chosen, size, by_probability), nullptr};
}

/// test_cfg of a system with a sampler: its average, and how many frames run at once.
nn::AverageClips read_test_cfg(nn::Config& config, nn::AverageClips average, SampledOptions& sampled,
                               Request& request) {
  if (config.has("test_cfg")) {
    nn::Config test = config.object("test_cfg");
    if (test.has("average_clips"))
      average = nn::average_clips_named(test.word("average_clips", "none", {"none", "score", "prob"}));
    else
      test.pass({"average_clips"});
    sampled.views = test.integer_or("max_testing_views", 0, 0, kMost);
    test.pass({"feature_extraction"});
    test.finish();
  } else {
    config.pass({"test_cfg"});
  }
  request.used.use({"max_testing_views", "views_keep_size"});
  sampled.views = request.options.max_testing_views.value_or(sampled.views);
  sampled.views_keep_size = request.options.views_keep_size;
  return average_of(request, average);
}

/// What keys of OCSampler are left for a plain recognizer.
Json inner_recognizer(const Json& model, const char* type) {
  Json plain{{"type", type}};
  for (const char* key : {"backbone", "cls_head"}) {
    if (model.contains(key)) plain[key] = model.at(key);
  }
  return plain;
}

/// A recognizer inside a system with a sampler, which does the averaging and the chunks itself.
std::unique_ptr<System> build_inner(const Json& model, const std::string& place, Request& request) {
  TestOptions options = request.options;
  options.average_clips.reset();
  options.max_testing_views.reset();
  Request inner{options, request.used};
  auto system = build(model, place, inner);
  request.used = inner.used;
  return system;
}

std::unique_ptr<System> build_ocsampler(const Json& model, const std::string& kind, const std::string& place,
                                        Request& request) {
  nn::Config config(model, place);
  config.pass({"type", "backbone", "cls_head", "train_cfg", "pretrained", "init_cfg", "bp_mode", "calc_mode",
               "reward_kind", "explore_rate", "clamp_range", "cal_number", "again_load"});
  const bool clips = kind == "Sampler2DRecognizer3D";
  const bool uses_sampler = config.flag_or("use_sampler", false);
  if (!uses_sampler && request.options.frame_choice == FrameChoice::kMostProbable)
    throw UsageError(config.place_of("use_sampler"), "is false, so that nothing chooses the frames",
                     "set it to true, or ask for another frame_choice");
  const int64_t segments = config.integer_or("num_segments", 4, 1, kMost);
  const int64_t chosen = config.integer_or("num_test_segments", segments, 1, kMost);
  const bool by_probability = clips && config.flag_or("shuffle", false);
  SampledOptions sampled;
  // With images the reference is told how many clips a video has, with clips it counts them.
  if (!clips) sampled.num_clips = config.integer_or("num_clips", 1, 1, kMost);
  if (clips) config.pass({"num_clips"});
  Sampler sampler = read_skim_sampler(config, config.object("sampler"), chosen, by_probability, request);
  auto recognizer = build_inner(inner_recognizer(model, clips ? "Recognizer3D" : "Recognizer2D"), place, request);
  const nn::AverageClips average = read_test_cfg(config, nn::AverageClips::kNone, sampled, request);
  config.finish();
  return std::make_unique<SampledSystem>(kind, std::move(sampler.chooser), std::move(sampler.unused_network),
                                         std::move(recognizer), average, sampled, place);
}

std::vector<int64_t> read_frames(nn::Config& config) {
  std::vector<int64_t> frames = config.integers("frames");
  const auto fits = [](int64_t frame) { return frame >= 0 && frame < kMost; };
  if (frames.empty() || !std::all_of(frames.begin(), frames.end(), fits))
    throw UsageError(config.place_of("frames"), "is no list of frames", "give one or more, from 0 on");
  return frames;
}

Sampler read_sampler(nn::Config config, Request& request) {
  const std::string type = config.word("type", "", {"OCSampler", "UniformSampler", "RandomSampler", "FixedSampler"});
  Sampler sampler;
  if (type == "OCSampler") {
    const int64_t chosen = config.integer("num_segments", 1, kMost);
    const bool by_probability = config.flag_or("shuffle", false);
    sampler = read_skim_sampler(config, config.object("network"), chosen, by_probability, request);
    config.finish();
    return sampler;
  }
  const int64_t total = config.integer_or("total_segments", 0, 1, kMost);
  if (type == "FixedSampler") {
    sampler.chooser = std::make_unique<FixedChooser>(total, read_frames(config));
  } else {
    const auto choice = type == "RandomSampler" ? FrameChoice::kRandom : FrameChoice::kUniform;
    sampler.chooser = plain_chooser(choice, total, config.integer("num_segments", 1, kMost), request.options.seed);
  }
  config.finish();
  if (total > 0 && sampler.chooser->least() > total)
    throw UsageError(
        config.place_of("total_segments"),
        fmt::format("{} frames of a clip are too few: the sampler needs {}", total, sampler.chooser->least()));
  return sampler;
}

std::unique_ptr<System> build_sampled(const Json& model, const std::string& kind, const std::string& place,
                                      Request& request) {
  nn::Config config(model, place);
  config.pass({"type", "recognizer", "train_cfg", "init_cfg"});
  const Json& inner = object_at(model, "recognizer", place);
  const std::string inner_place = config.place_of("recognizer");
  nn::Config(inner, inner_place)
      .word("type", "", {"Recognizer2D", "Recognizer3D", "AdaFocusV2", "AdaFocusV2Clip", "SimilarityRecognizer3D"});
  Sampler sampler = read_sampler(config.object("sampler"), request);
  auto recognizer = build_inner(inner, inner_place, request);
  SampledOptions sampled;
  const nn::AverageClips average = read_test_cfg(config, recognizer->average(), sampled, request);
  config.finish();
  return std::make_unique<SampledSystem>(kind, std::move(sampler.chooser), std::move(sampler.unused_network),
                                         std::move(recognizer), average, sampled, place);
}

std::unique_ptr<System> build_guided(const Json& model, const std::string& place, Request& request) {
  if (!model.contains("recognizer"))
    throw UsageError(place + ".recognizer", "is missing: motion alone gives no scores", "name the network to be fed");
  nn::Config config(model, place);
  config.pass({"type", "motion", "num_frames", "recognizer"});
  config.finish();
  return build(object_at(model, "recognizer", place), place + ".recognizer", request);
}

std::unique_ptr<System> build(const Json& model, const std::string& place, Request& request) {
  const std::string type =
      nn::Config(model, place)
          .word("type", "",
                {"Recognizer2D", "Recognizer3D", "SimilarityRecognizer3D", "AdaFocusV2", "AdaFocusV2Clip",
                 "Sampler2DRecognizer2D", "Sampler2DRecognizer3D", "SampledRecognizer", "MGSampler"});
  if (type.empty()) throw UsageError(place + ".type", "is missing");
  if (type == "SimilarityRecognizer3D") return build_retrieval(model, type, place, request);
  if (type == "AdaFocusV2") {
    request.used.use({"exit_thresholds"});
    return build_adafocus<AdaFocusSystem, nn::AdaFocus>(model, type, place, request);
  }
  if (type == "AdaFocusV2Clip")
    return build_adafocus<AdaFocusClipSystem, nn::AdaFocusClip>(model, type, place, request);
  if (type == "SampledRecognizer") return build_sampled(model, type, place, request);
  if (type == "MGSampler") return build_guided(model, place, request);
  if (type == "Recognizer2D" || type == "Recognizer3D") return build_plain(model, type, place, request);
  return build_ocsampler(model, type, place, request);
}

}  // namespace

std::unique_ptr<System> build_system(const Json& model, const TestOptions& options, const std::string& place) {
  if (!model.is_object()) throw UsageError(place, "is no object");
  Request request{options, {}};
  auto system = build(model, place, request);
  request.used.refuse_others(options, model.value("type", ""));
  return system;
}

}  // namespace vs::systems
