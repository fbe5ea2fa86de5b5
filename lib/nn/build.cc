// The types that a description may name. A new network is one line here.
#include <map>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/network.h"
#include "lib/nn/adafocus/pooling_classifier.h"
#include "lib/nn/backbones/mobilenet_v2.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/backbones/swin.h"
#include "lib/nn/backbones/timesformer.h"
#include "lib/nn/config.h"
#include "lib/nn/drca/backbone.h"
#include "lib/nn/drca/heads.h"
#include "lib/nn/drca/similarity_recognizer.h"
#include "lib/nn/heads/linear_heads.h"
#include "lib/nn/heads/r50_head.h"
#include "lib/nn/network.h"
#include "lib/nn/recognizers/recognizer.h"

namespace vs::nn {
namespace {

template <class Part>
using Builders = std::map<std::string, std::unique_ptr<Part> (*)(Config)>;

const Builders<Backbone>& backbones() {
  static const Builders<Backbone> table{
      {"DRCA", drca::build_drca},
      {"TimeSformer", build_timesformer},
      {"MobileNetV2", build_mobilenet_v2},
      {"MobileNetV2TSM", build_mobilenet_v2_tsm},
      {"ResNet", build_resnet},
      {"ResNet50", build_resnet50_sequence},
      {"ResNetTSM", build_resnet_tsm},
      {"ResNet3dSlowOnly", build_resnet_slow_only},
      {"SwinTransformer3D", build_swin},
  };
  return table;
}

const Builders<Head>& heads() {
  static const Builders<Head> table{
      {"ClsHead", drca::build_cls_head},
      {"SimilarityHead", drca::build_similarity_head},
      {"TimeSformerHead", drca::build_cls_head},
      {"PoolingClassifier", build_pooling_classifier},
      {"TSNHead", build_tsn_head},
      {"TSMHead", build_tsm_head},
      {"I3DHead", build_i3d_head},
      {"R50Head", build_r50_head},
      {"R50MultiHead", build_r50_multi_head},
  };
  return table;
}

const Builders<Recognizer>& recognizers() {
  static const Builders<Recognizer> table{
      {"SimilarityRecognizer3D", drca::build_similarity_recognizer},
      {"AdaFocusV2", build_adafocus},
      {"AdaFocusV2Clip", build_adafocus_clip},
      {"Recognizer2D", build_recognizer2d},
      {"Recognizer3D", build_recognizer3d},
  };
  return table;
}

template <class Part>
std::unique_ptr<Part> build(const Builders<Part>& table, Config config) {
  std::vector<std::string> types;
  for (const auto& entry : table) types.push_back(entry.first);
  if (!config.has("type")) throw UsageError(config.place_of("type"), "is missing");
  const std::string type = config.word("type", "", types);
  return table.at(type)(std::move(config));
}

}  // namespace

std::unique_ptr<Recognizer> build_recognizer(const nlohmann::ordered_json& model, const std::string& place) {
  return build(recognizers(), Config(model, place));
}
std::unique_ptr<Backbone> build_backbone(Config config) { return build(backbones(), std::move(config)); }
std::unique_ptr<Head> build_head(Config config) { return build(heads(), std::move(config)); }

}  // namespace vs::nn
