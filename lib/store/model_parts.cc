#include "lib/store/model_parts.h"

#include <nlohmann/json.hpp>

namespace vs::store {

using Json = nlohmann::ordered_json;

Json plain_recognizer(const Json& model, const std::string& type) {
  Json plain{{"type", type}};
  for (const char* key : {"backbone", "cls_head", "train_cfg", "test_cfg"}) {
    if (model.contains(key)) plain[key] = model.at(key);
  }
  return plain;
}

Json undistilled_head(const Json& head, const std::string& type) {
  Json plain{{"type", type == "RKD2DHead" ? "TSNHead" : "I3DHead"}};
  for (const auto& [key, value] : head.items()) {
    if (key != "type" && key != "loss_kd" && key != "w_loss_kd" && key != "pretrained_t") plain[key] = value;
  }
  return plain;
}

}  // namespace vs::store
