#include "lib/flops/motion_cost.h"

#include "lib/nn/layers/conv.h"

namespace vs::flops {
namespace {

constexpr int64_t kWindow = 7, kPaChannels = 8;

/// Two passes over one axis each.
class BoxMean : public nn::Layer {
 public:
  BoxMean()
      : rows_(child<nn::Conv>("rows", nn::ConvOptions{1, 1, {kWindow, 1}, {}, {}, {}, 1, false})),
        columns_(child<nn::Conv>("columns", nn::ConvOptions{1, 1, {1, kWindow}, {}, {}, {}, 1, false})) {}
  std::string kind() const override { return "BoxMean"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override { return columns_(rows_(x)); }

 private:
  nn::Conv &rows_, &columns_;
};

class SsimMotion : public nn::Layer {
 public:
  SsimMotion()
      : gray_(child<nn::Conv>("gray", nn::square_conv(3, 1, 1))),
        mean_(child<BoxMean>("mean")),
        next_mean_(child<BoxMean>("next_mean")),
        square_(child<BoxMean>("square")),
        next_square_(child<BoxMean>("next_square")),
        product_(child<BoxMean>("product")) {}
  std::string kind() const override { return "SsimMotion"; }

 protected:
  at::Tensor forward(const at::Tensor& frames) override {
    // Each frame stands for itself and the one before: a video of n frames has n - 1 differences.
    const at::Tensor gray = gray_(frames);
    const at::Tensor mean = mean_(gray), next = next_mean_(gray), square = square_(gray * gray);
    return mean + next + square + next_square_(gray * gray) + product_(gray * gray);
  }

 private:
  nn::Conv& gray_;
  BoxMean &mean_, &next_mean_, &square_, &next_square_, &product_;
};

}  // namespace

std::unique_ptr<nn::Layer> build_motion_network(const std::string& method) {
  if (method == "pa") return std::make_unique<nn::Conv>(nn::square_conv(3, kPaChannels, kWindow, 1, kWindow / 2, true));
  return std::make_unique<SsimMotion>();
}

}  // namespace vs::flops
