#include "lib/nn/layers/multihead_attention.h"

#include <cmath>
#include <stdexcept>

#include "lib/nn/layers/attention.h"

namespace vs::nn {

MultiheadAttention::MultiheadAttention(int64_t channels, int64_t heads)
    : channels_(channels),
      heads_(heads),
      in_proj_weight_(parameter("in_proj_weight", {3 * channels, channels})),
      in_proj_bias_(parameter("in_proj_bias", {3 * channels})),
      out_proj_(child<Linear>("out_proj", channels, channels)),
      in_unit_(in_proj_weight_, in_proj_bias_),
      out_unit_(out_proj_) {
  if (heads < 1 || channels % heads != 0) throw std::logic_error("attention heads do not divide the channels");
}

at::Tensor MultiheadAttention::forward(const at::Tensor& x) {
  const int64_t width = channels_ / heads_;
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  return out_unit_(join_heads(attend_fused(split_heads(in_unit_(x), heads_), scale, {})));
}

void MultiheadAttention::prepare_self(const InferenceOptions& options) {
  in_unit_.prepare(options);
  out_unit_.prepare(options);
}

void MultiheadAttention::unprepare_self() {
  in_unit_.unprepare();
  out_unit_.unprepare();
}

}  // namespace vs::nn
