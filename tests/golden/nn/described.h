// Tensors that cases describe in words, made where the case is computed: "fill([2,3], 'key', 2.0)", images of 8 x 8
// blocks, normalised frames.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/nn/network.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {

/// What stands in the first pair of quotes.
std::string stated_key(const std::string& text);

/// The tensor of the first "fill([shape], 'key'[, scale[, shift]])" in `text`; DataError if there is none.
at::Tensor stated_fill(const Case& c, const std::string& text);

/// "imgs[b,t,c,y,x] = fill([B,T,3,8,8], 'key', 2.0)[b,t,c,(y*8)/H,(x*8)/W] ... = [2, 10, 3, 64, 64]": images
/// [B, T, 3, H, W] in blocks.
at::Tensor stated_blocks(const Case& c, const std::string& text);

/// A tensor of this shape in the stated type, whose key stands in the text under `name`.
at::Tensor keyed(const Case& c, const nlohmann::json& parameters, const char* name, at::IntArrayRef shape,
                 double shift = 0);

/// Frames [frames, 3, size, size] of smooth_video(frames, size, size, key), divided by 255 and normalised with
/// ImageNet's mean and deviation, all in `type`: the rounding of single precision, though converted, flips units of
/// deep networks, which shows in gradients of double ones.
at::Tensor normalised_video(const Case& c, int64_t frames, int64_t size, const std::string& key,
                            at::ScalarType type = at::kFloat);

/// The model description of a case in the order of its keys.
nlohmann::ordered_json ordered(const nlohmann::json& description);

/// Double where the case states float64, else float.
at::ScalarType stated_type(const nlohmann::json& parameters);

/// How weights are made, from the object `weights` with its `prefix` and `gain`.
WeightRule rule_of(const nlohmann::json& parameters);
/// Checks the names and shapes of the case's state dict and fills the network by its `gains` and `key_prefix`, in the
/// type that it states, where it is computed.
void fill_stated(const Case& c, nn::Module& network, Report& report);
/// The tensor described under `inputs`, in the stated type.
at::Tensor input_of(const Case& c, const std::string& name);

/// Maps and their means of images of every size in `sizes`: the outputs featmap_<size> and featvec_<size>, of which the
/// case holds the first channels. The network has its weights in `dtype`.
void check_feature_maps(const Case& c, nn::Backbone& network, at::ScalarType dtype, Report& report);

}  // namespace vs::golden
