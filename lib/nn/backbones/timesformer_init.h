// Weights of an image transformer for a network over clips.
#pragma once

#include <map>
#include <string>

#include "lib/nn/torch.h"

namespace vs::nn {

/// Turns the weights of a vision transformer (mmaction2's names: norms.0, attentions.0, norms.1, ffns.0 in each layer)
/// into those that a TimeSformer or DRCA takes from it: norms.0 becomes attentions.0.norm, norms.1 becomes ffns.0.norm;
/// attention over time is copied to attention over space; pos_embed [1, 1 + N, C] becomes [1, 1 + patches, C], row 0
/// as it is, row i of the rest from the old row floor(i * N / patches). Weights already named so are only copied.
/// Throws DataError if pos_embed has another form. Source: mmaction2's TimeSformer::init_weights.
std::map<std::string, at::Tensor> video_transformer_weights(const std::map<std::string, at::Tensor>& image_weights,
                                                            int64_t patches);

}  // namespace vs::nn
