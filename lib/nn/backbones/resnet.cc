#include "lib/nn/backbones/resnet.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "lib/core/error.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/temporal_shift.h"

namespace vs::nn {
namespace {

struct Architecture {
  bool bottleneck;
  std::array<int64_t, 4> blocks;
};

const std::map<int64_t, Architecture>& architectures() {
  static const std::map<int64_t, Architecture> table{{18, {false, {2, 2, 2, 2}}},
                                                     {34, {false, {3, 4, 6, 3}}},
                                                     {50, {true, {3, 4, 6, 3}}},
                                                     {101, {true, {3, 4, 23, 3}}},
                                                     {152, {true, {3, 8, 36, 3}}}};
  return table;
}

/// From this many blocks in the third stage on, TSM shifts every second block only.
constexpr int64_t kManyBlocks = 23;

/// A block whose whole input is shifted, its shortcut's too.
class ShiftedBlock : public Layer {
 public:
  explicit ShiftedBlock(const BlockOptions& options)
      : shift_(options.shift), net_(child<ResidualBlock>("net", plain(options))) {}
  std::string kind() const override { return "TemporalShift"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override { return net_(temporal_shift(x, shift_.segments, shift_.divisor)); }

 private:
  static BlockOptions plain(BlockOptions options) {
    options.shift = {};
    return options;
  }
  BlockShift shift_;
  ResidualBlock& net_;
};

/// Largest value over three neighbouring segments, every second one, before a stage.
class TemporalPool : public Layer {
 public:
  explicit TemporalPool(int64_t segments)
      : segments_(segments), net_(child<Sequence>("net")), pool_({3, 1, 1}, {2, 1, 1}, {1, 0, 0}) {}
  std::string kind() const override { return "TemporalPool"; }
  Sequence& net() { return net_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override {
    if (x.size(0) % segments_ != 0)
      throw DataError("temporal pool", fmt::format("{} images are no multiple of {} segments", x.size(0), segments_));
    const at::Tensor clips = x.unflatten(0, {x.size(0) / segments_, segments_}).transpose(1, 2);
    return net_(pool_(clips).transpose(1, 2).flatten(0, 1));
  }

 private:
  int64_t segments_;
  Sequence& net_;
  MaxPool pool_;
};

Axes axes_of(size_t axes, int64_t time, int64_t space) {
  return axes == 3 ? Axes{time, space, space} : Axes{space, space};
}

}  // namespace

ResNet::ResNet(ResNetOptions options, std::string place) : options_(std::move(options)), place_(std::move(place)) {
  check();
  Module& owner = options_.names == ResNetNames::kSequence ? child<Module>("model") : *this;
  add_stem(owner);
  int64_t channels = options_.base_channels;
  for (size_t stage = 0; stage < options_.strides.size(); ++stage) channels = add_stage(owner, stage, channels);
  out_channels_ = channels;
  if (options_.unused_classes > 0) child<Linear>("fc", out_channels_, options_.unused_classes);
}

void ResNet::check() const {
  const ResNetOptions& o = options_;
  if (!is_resnet_depth(o.depth))
    throw UsageError(place_ + ".depth", fmt::format("no ResNet has {} layers", o.depth), "18, 34, 50, 101 or 152");
  const size_t stages = o.strides.size();
  if (stages < 1 || stages > 4) throw UsageError(place_, fmt::format("has {} stages", stages), "one to four");
  for (const auto* list : {&o.time_strides, &o.dilations, &o.inflate}) {
    if (list->size() < stages)
      throw UsageError(place_, fmt::format("a list has {} elements, not {}", list->size(), stages),
                       "give one for each stage");
  }
  if (o.place == ShiftPlace::kNone) return;
  if (o.segments < 1) throw UsageError(place_ + ".num_segments", "must be at least 1");
  if (o.divisor < 2) throw UsageError(place_ + ".shift_div", "must be at least 2");
  if (o.temporal_pool && o.segments % 2 != 0)
    throw UsageError(place_ + ".temporal_pool", fmt::format("{} segments cannot be halved", o.segments));
}

void ResNet::add_stem(Module& owner) {
  const ResNetOptions& o = options_;
  const ConvOptions conv{.in_channels = o.in_channels,
                         .out_channels = o.base_channels,
                         .kernel = axes_of(o.axes, o.stem_time, o.stem_space),
                         .stride = axes_of(o.axes, o.stem_time_stride, o.stem_stride),
                         .padding = axes_of(o.axes, (o.stem_time - 1) / 2, (o.stem_space - 1) / 2),
                         .bias = false};
  const bool numbered = o.names == ResNetNames::kSequence;
  if (numbered) {
    Conv& made = owner.child<Conv>("0", conv);
    BatchNorm& norm = owner.child<BatchNorm>("1", conv.out_channels);
    stem_.emplace(made, &norm, Activation::kRelu);
  } else {
    stem_ = add_conv_and_norm(owner, o.names, "1", conv, Activation::kRelu);
  }
  if (!o.pool) return;
  pool_ = &owner.child<MaxPool>(numbered ? "3" : "maxpool", axes_of(o.axes, 1, 3),
                                axes_of(o.axes, o.pool_time_stride, o.pool_stride), axes_of(o.axes, 0, 1));
}

int64_t ResNet::add_stage(Module& owner, size_t stage, int64_t in_channels) {
  const ResNetOptions& o = options_;
  const Architecture& architecture = architectures().at(o.depth);
  BlockOptions block{.names = o.names,
                     .bottleneck = architecture.bottleneck,
                     .axes = o.axes,
                     .in_channels = in_channels,
                     .planes = o.base_channels << stage,
                     .stride = o.strides[stage],
                     .time_stride = o.time_strides[stage],
                     .dilation = o.dilations[stage],
                     .stride_first = o.stride_first,
                     .inflate = o.inflate[stage] != 0,
                     .inflate_middle = o.inflate_middle};
  const bool pooled = o.place != ShiftPlace::kNone && o.temporal_pool;
  const BlockShift shift{.segments = pooled && stage > 0 ? o.segments / 2 : o.segments, .divisor = o.divisor};
  const size_t every = architecture.blocks[2] >= kManyBlocks && o.strides.size() > 2 ? 2 : 1;

  const std::string name =
      o.names == ResNetNames::kSequence ? std::to_string(stage + 4) : fmt::format("layer{}", stage + 1);
  Sequence* blocks = nullptr;
  if (pooled && stage == 1) {
    TemporalPool& pool = owner.child<TemporalPool>(name, o.segments);
    stages_.push_back(&pool);
    blocks = &pool.net();
  } else {
    blocks = &owner.child<Sequence>(name);
    stages_.push_back(blocks);
  }
  for (size_t i = 0; i < static_cast<size_t>(architecture.blocks[stage]); ++i) {
    const bool shifts = o.place == ShiftPlace::kBlock || (o.place == ShiftPlace::kBlockResidual && i % every == 0);
    block.shift = shifts ? shift : BlockShift{};
    if (o.place == ShiftPlace::kBlock) {
      blocks->add<ShiftedBlock>(block);
    } else {
      blocks->add<ResidualBlock>(block);
    }
    block.in_channels = out_channels_of(block);
    block.stride = block.time_stride = 1;
  }
  if (stage == 0 && o.pool_time) pool_time_ = &child<MaxPool>("pool2", Axes{2, 1, 1}, Axes{2, 1, 1}, Axes{0, 0, 0});
  return block.in_channels;
}

at::Tensor ResNet::run(const at::Tensor& x, std::vector<at::Tensor>* maps) {
  if (static_cast<size_t>(x.dim()) != options_.axes + 2 || x.size(1) != options_.in_channels)
    throw DataError(place_, fmt::format("takes {} with {} channels, not a tensor of {} axes with {}",
                                        options_.axes == 3 ? "[N, C, T, H, W]" : "[N, C, H, W]", options_.in_channels,
                                        x.dim(), x.dim() > 1 ? x.size(1) : 0));
  const auto keep = [&](at::Tensor y) {
    if (maps) maps->push_back(y);
    return y;
  };
  at::Tensor y = keep((*stem_)(x));
  if (pool_) y = keep((*pool_)(y));
  for (Layer* stage : stages_) {
    y = keep((*stage)(y));
    if (stage == stages_.front() && pool_time_) y = (*pool_time_)(y);
  }
  return y;
}

std::vector<at::Tensor> ResNet::maps(const at::Tensor& x) {
  std::vector<at::Tensor> maps;
  run(x, &maps);
  return maps;
}

at::Tensor ResNet::forward(const at::Tensor& x) {
  at::Tensor y = run(x, nullptr);
  if (!options_.average) return y;
  Axes shape(static_cast<size_t>(y.dim()), 1);
  shape[0] = y.size(0);
  shape[1] = y.size(1);
  return mean_of_positions(y, y.scalar_type()).view(shape);
}

bool is_resnet_depth(int64_t depth) { return architectures().contains(depth); }

ResNetOptions torchvision_resnet50() {
  ResNetOptions options;
  options.names = ResNetNames::kTorchvision;
  options.unused_classes = 1000;
  return options;
}

}  // namespace vs::nn
