// Models of recipes with what a system or a training adds to a recognizer taken away.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vs::store {

/// A model of that type with what OCSampler's description has of a recognizer: backbone, cls_head, train_cfg, test_cfg,
/// as far as they are there.
nlohmann::ordered_json plain_recognizer(const nlohmann::ordered_json& model, const std::string& type);

/// One of ResKD's heads (RKD2DHead, RKD3DHead, GeneralRKD3DHead) as it is in evaluation: a TSNHead or I3DHead without
/// the keys of distillation. type: the head's.
nlohmann::ordered_json undistilled_head(const nlohmann::ordered_json& head, const std::string& type);

}  // namespace vs::store
