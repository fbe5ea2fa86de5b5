// Golden kinds of costs: conventions of counting by small modules, and the five systems' networks.
#include <fmt/format.h>

#include <memory>
#include <stdexcept>

#include "lib/flops/counter.h"
#include "lib/nn/layers/activation.h"
#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/layers/pool.h"
#include "tests/golden/kinds.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

using Json = nlohmann::json;
using nn::Layer;
using Shape = std::vector<int64_t>;

/// A layer that networks use as a function, by its name in the case.
class Function : public Layer {
 public:
  Function(std::string kind, Json positional, Json keywords)
      : kind_(std::move(kind)), positional_(std::move(positional)), keywords_(std::move(keywords)) {
    // Without weights: those of a normalisation are parameters as PyTorch names them.
    if (kind_ == "GroupNorm" && keywords_.value("affine", true)) {
      const auto channels = positional_.at(1).get<int64_t>();
      weight_ = parameter("weight", {channels});
      bias_ = parameter("bias", {channels});
    }
  }
  std::string kind() const override { return kind_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override {
    if (kind_ == "Flatten") return x.flatten(1);
    if (kind_ == "Tokens") return x.flatten(2).transpose(1, 2);
    if (kind_ == "Matmul") return at::matmul(x, x.transpose(-2, -1));
    if (kind_ == "MeanPool") return x.mean({2, 3});
    if (kind_ == "Softmax") return at::softmax(x, -1);
    if (kind_ == "BatchNorm2d" || kind_ == "BatchNorm3d") return without_weights(x);
    if (kind_ == "LayerNorm") return at::layer_norm(x, {positional_.at(0).get<int64_t>()});
    if (kind_ == "GroupNorm") return at::group_norm(x, positional_.at(0).get<int64_t>(), weight_, bias_);
    if (kind_ == "AvgPool2d") return at::avg_pool2d(x, axes(2, "kernel_size", 0), axes_or(2, "stride", 1));
    if (kind_ == "AvgPool3d") return at::avg_pool3d(x, axes(3, "kernel_size", 0), axes_or(3, "stride", 1));
    if (kind_ == "AdaptiveAvgPool2d") return at::adaptive_avg_pool2d(x, axes(2, "output_size", 0));
    if (kind_ == "AdaptiveAvgPool3d") return at::adaptive_avg_pool3d(x, axes(3, "output_size", 0));
    if (kind_ == "Interp") return resize(x, positional_.at(0), positional_.at(1).get<double>());
    if (kind_ == "Upsample") return resize(x, keywords_.value("mode", "nearest"), keywords_.at("scale_factor"));
    throw std::runtime_error("layer " + kind_ + " is not known");
  }

 private:
  static at::Tensor without_weights(const at::Tensor& x) {
    const at::Tensor statistics = flops::shape_only({x.size(1)});
    return at::batch_norm(x, {}, {}, statistics, statistics, false, 0.1, 1e-5, false);
  }
  static at::Tensor resize(const at::Tensor& x, const std::string& mode, double scale) {
    const Shape size{static_cast<int64_t>(static_cast<double>(x.size(2)) * scale),
                     static_cast<int64_t>(static_cast<double>(x.size(3)) * scale)};
    return mode == "nearest" ? at::upsample_nearest2d(x, size) : at::upsample_bilinear2d(x, size, false);
  }
  Shape axes(size_t count, const char* key, size_t position) const {
    const Json& value = keywords_.contains(key) ? keywords_.at(key) : positional_.at(position);
    return value.is_array() ? value.get<Shape>() : Shape(count, value.get<int64_t>());
  }
  Shape axes_or(size_t count, const char* key, size_t position) const {
    return keywords_.contains(key) || position < positional_.size() ? axes(count, key, position) : Shape{};
  }

  std::string kind_;
  Json positional_, keywords_;
  at::Tensor weight_, bias_;
};

Shape axes_of(const Json& positional, const Json& keywords, const char* key, size_t position, size_t count,
              int64_t otherwise) {
  const Json* value = nullptr;
  if (keywords.contains(key)) value = &keywords.at(key);
  if (!value && position < positional.size()) value = &positional.at(position);
  if (!value) return Shape(count, otherwise);
  return value->is_array() ? value->get<Shape>() : Shape(count, value->get<int64_t>());
}

void add_layer(nn::Sequence& layers, const Json& description) {
  const std::string kind = description.at(0);
  const Json &p = description.at(1), &k = description.at(2);
  if (kind == "Conv2d" || kind == "Conv3d") {
    const size_t axes = kind == "Conv3d" ? 3 : 2;
    layers.add<nn::Conv>(nn::ConvOptions{.in_channels = p.at(0),
                                         .out_channels = p.at(1),
                                         .kernel = axes_of(p, k, "kernel_size", 2, axes, 1),
                                         .stride = axes_of(p, k, "stride", 3, axes, 1),
                                         .padding = axes_of(p, k, "padding", 4, axes, 0),
                                         .dilation = axes_of(p, k, "dilation", 5, axes, 1),
                                         .groups = k.value("groups", int64_t{1}),
                                         .bias = k.value("bias", true)});
  } else if (kind == "Linear") {
    layers.add<nn::Linear>(p.at(0).get<int64_t>(), p.at(1).get<int64_t>(), k.value("bias", true));
  } else if ((kind == "BatchNorm2d" || kind == "BatchNorm3d") && k.value("affine", true)) {
    layers.add<nn::BatchNorm>(p.at(0).get<int64_t>());
  } else if (kind == "LayerNorm" && k.value("elementwise_affine", true)) {
    layers.add<nn::LayerNorm>(p.at(0).get<int64_t>());
  } else if (kind == "ReLU") {
    layers.add<nn::ActivationLayer>(nn::Activation::kRelu);
  } else if (kind == "ReLU6") {
    layers.add<nn::ActivationLayer>(nn::Activation::kRelu6);
  } else if (kind == "GELU") {
    layers.add<nn::ActivationLayer>(nn::Activation::kGelu);
  } else if (kind == "Tanh") {
    layers.add<nn::ActivationLayer>(nn::Activation::kTanh);
  } else if (kind == "Sigmoid") {
    layers.add<nn::ActivationLayer>(nn::Activation::kSigmoid);
  } else if (kind == "MaxPool2d" || kind == "MaxPool3d") {
    const size_t axes = kind == "MaxPool3d" ? 3 : 2;
    const Shape kernel = axes_of(p, k, "kernel_size", 0, axes, 1);
    const bool strided = k.contains("stride") || p.size() > 1;
    layers.add<nn::MaxPool>(kernel, strided ? axes_of(p, k, "stride", 1, axes, 1) : kernel,
                            axes_of(p, k, "padding", 2, axes, 0));
  } else {
    layers.add<Function>(kind, p, k);
  }
}

void check_conventions(const Case& c, Report& report) {
  std::vector<int64_t> mmcv, fvcore, parameters;
  for (const Json& module : c.parameters().at("modules")) {
    nn::Sequence layers;
    for (const Json& layer : module.at("layers")) add_layer(layers, layer);
    const auto shape = module.at("input").get<Shape>();
    const flops::CostNode node =
        flops::count_forward(layers, module.at("name"), [&] { layers(flops::shape_only(shape)); });
    mmcv.push_back(node.cost.counts.mmcv / shape.at(0));
    fvcore.push_back(node.cost.counts.fvcore);
    parameters.push_back(node.parameters);
  }
  report.compare("mmcv", mmcv);
  report.compare("fvcore", fvcore);
  report.compare("params", parameters);
}

}  // namespace

KindTable flops_kinds() { return {{{"common.flops_conventions", check_conventions}}, {}}; }

}  // namespace vs::golden
