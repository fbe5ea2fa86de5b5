// A described network that has to be of a certain kind.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/nn/network.h"

namespace vs::nn {

/// build_recognizer() as the kind of network that the caller works with. Throws UsageError at "<place>.type" with the
/// words `otherwise` ("is no Recognizer2D or Recognizer3D") where the description is of another kind.
template <class Network>
std::unique_ptr<Network> build_as(const nlohmann::ordered_json& model, const std::string& place,
                                  const std::string& otherwise) {
  auto built = build_recognizer(model, place);
  auto* const network = dynamic_cast<Network*>(built.get());
  if (network == nullptr) throw UsageError(place + ".type", otherwise);
  static_cast<void>(built.release());
  return std::unique_ptr<Network>(network);
}

}  // namespace vs::nn
