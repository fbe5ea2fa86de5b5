// The keys by which mmaction2 describes residual networks.
#include <algorithm>

#include "lib/core/error.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/config.h"

namespace vs::nn {
namespace {

constexpr int64_t kMostChannels = 1 << 16;
constexpr int64_t kMostAcross = 1 << 10;

/// A part such as norm_cfg: {"type": one of these}.
void check_part(Config& config, const std::string& key, const std::vector<std::string>& types,
                std::initializer_list<const char*> passed) {
  if (!config.has(key)) {
    config.pass({key.c_str()});
    return;
  }
  Config part = config.object(key);
  part.word("type", types.front(), types);
  part.pass(passed);
  part.finish();
}

std::vector<int64_t> first(std::vector<int64_t> list, size_t count) {
  list.resize(std::min(count, list.size()));
  return list;
}

std::vector<int64_t> positive(Config& config, const std::string& key, const std::vector<int64_t>& otherwise,
                              size_t size) {
  auto list = config.integers_or(key, otherwise, size);
  for (const int64_t element : list) {
    if (element < 1 || element > kMostAcross) throw UsageError(config.place_of(key), "must hold numbers of 1 to 1024");
  }
  return list;
}

/// What images and clips have in common.
void read_common(Config& config, ResNetOptions& options) {
  config.pass({"type", "pretrained", "torchvision_pretrain", "pretrained2d", "frozen_stages", "norm_eval", "partial_bn",
               "with_cp", "zero_init_residual", "init_cfg"});
  options.depth = config.integer("depth", 1, 1000);
  options.in_channels = config.integer_or("in_channels", options.in_channels, 1, kMostChannels);
  options.base_channels = config.integer_or("base_channels", options.base_channels, 1, kMostChannels);
  options.stride_first = config.word("style", "pytorch", {"pytorch", "caffe"}) == "caffe";
  const auto stages = static_cast<size_t>(config.integer_or("num_stages", 4, 1, 4));
  options.dilations = positive(config, "dilations", first(options.dilations, stages), stages);
  const auto last = static_cast<int64_t>(stages) - 1;
  if (config.integers_or("out_indices", {last}, 1) != std::vector<int64_t>{last})
    throw UsageError(config.place_of("out_indices"), "only the last stage's map can be given");
  check_part(config, "conv_cfg", {"Conv", "Conv2d", "Conv3d"}, {});
  check_part(config, "norm_cfg", {"BN", "BN2d", "BN3d", "SyncBN"}, {"requires_grad"});
  check_part(config, "act_cfg", {"ReLU"}, {"inplace"});
  options.strides.resize(stages);
}

void read_images(Config& config, ResNetOptions& options) {
  read_common(config, options);
  options.strides = positive(config, "strides", options.strides, options.strides.size());
}

/// Attention across positions is not part of these networks; the references write it as a list of zeros.
void refuse_non_local(Config& config, const char* key, const char* settings) {
  const auto list = config.integers_or(key, {0}, config.has(key) ? 4 : 0);
  if (std::any_of(list.begin(), list.end(), [](int64_t on) { return on != 0; }))
    throw UsageError(config.place_of(key), "non-local blocks are not known");
  config.pass({settings});
}

}  // namespace

std::unique_ptr<Backbone> build_resnet(Config config) {
  ResNetOptions options;
  read_images(config, options);
  config.finish();
  return std::make_unique<ResNet>(options, config.place());
}

std::unique_ptr<Backbone> build_resnet_tsm(Config config) {
  ResNetOptions options;
  read_images(config, options);
  refuse_non_local(config, "non_local", "non_local_cfg");
  options.segments = config.integer_or("num_segments", 8, 1, kMostAcross);
  options.divisor = config.integer_or("shift_div", 8, 2, kMostChannels);
  const std::string place = config.word("shift_place", "blockres", {"blockres", "block"});
  options.place = place == "block" ? ShiftPlace::kBlock : ShiftPlace::kBlockResidual;
  options.temporal_pool = config.flag_or("temporal_pool", false);
  if (!config.flag_or("is_shift", true)) options.place = ShiftPlace::kNone;
  config.finish();
  return std::make_unique<ResNet>(options, config.place());
}

std::unique_ptr<Backbone> build_resnet_slow_only(Config config) {
  ResNetOptions options;
  options.axes = 3;
  read_common(config, options);
  refuse_non_local(config, "non_local", "non_local_cfg");
  const size_t stages = options.strides.size();
  options.strides = positive(config, "spatial_strides", options.strides, stages);
  options.time_strides = positive(config, "temporal_strides", first({1, 1, 1, 1}, stages), stages);
  options.inflate = config.integers_or("inflate", first({0, 0, 1, 1}, stages), stages);
  options.inflate_middle = config.word("inflate_style", "3x1x1", {"3x1x1", "3x3x3"}) == "3x3x3";
  const auto kernel = positive(config, "conv1_kernel", {1, 7, 7}, 3);
  if (kernel[1] != kernel[2]) throw UsageError(config.place_of("conv1_kernel"), "height and width must be equal");
  options.stem_time = kernel[0];
  options.stem_space = kernel[1];
  options.stem_stride = config.integer_or("conv1_stride_s", 2, 1, kMostAcross);
  options.stem_time_stride = config.integer_or("conv1_stride_t", 1, 1, kMostAcross);
  options.pool_stride = config.integer_or("pool1_stride_s", 2, 1, kMostAcross);
  options.pool_time_stride = config.integer_or("pool1_stride_t", 1, 1, kMostAcross);
  options.pool = config.flag_or("with_pool1", true);
  options.pool_time = config.flag_or("with_pool2", false);
  if (config.flag_or("lateral", false))
    throw UsageError(config.place_of("lateral"), "must be false: there is no other pathway to be joined");
  config.pass({"speed_ratio", "channel_ratio", "fusion_kernel"});
  config.finish();
  return std::make_unique<ResNet>(options, config.place());
}

std::unique_ptr<Backbone> build_resnet50_sequence(Config config) {
  ResNetOptions options;
  options.names = ResNetNames::kSequence;
  options.average = true;
  config.pass({"type", "pretrained", "norm_eval", "frozen_stages", "freeze_all", "partial_bn", "init_cfg"});
  options.depth = config.integer_or("depth", 50, 1, 1000);
  options.base_channels = config.integer_or("base_channels", options.base_channels, 1, kMostChannels);
  config.finish();
  return std::make_unique<ResNet>(options, config.place());
}

}  // namespace vs::nn
