#include "lib/nn/layers/transformer_feed_forward.h"

namespace vs::nn {

FeedForward::FeedForward(int64_t channels, double drop_path, double epsilon)
    : layers_(child<Sequence>("layers")),
      widen_(layers_.add<Sequence>().add<Linear>(channels, 4 * channels)),
      narrow_(layers_.add<Linear>(4 * channels, channels)),
      norm_(child<LayerNorm>("norm", channels, epsilon)),
      drop_path_(child<DropPath>("dropout_layer", drop_path)),
      widen_unit_(widen_, Activation::kGelu),
      narrow_unit_(narrow_) {}

at::Tensor FeedForward::forward(const at::Tensor& x) { return x + drop_path_(narrow_unit_(widen_unit_(norm_(x)))); }

void FeedForward::prepare_self(const InferenceOptions& options) {
  widen_unit_.prepare(options);
  narrow_unit_.prepare(options);
}

void FeedForward::unprepare_self() {
  widen_unit_.unprepare();
  narrow_unit_.unprepare();
}

}  // namespace vs::nn
