#include "lib/features/network.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/features/feature_source.h"
#include "lib/features/layer_output.h"
#include "lib/nn/loading.h"
#include "lib/weights/name_map.h"

namespace vs::features {
namespace {

using Json = nlohmann::ordered_json;
using plugin::FeatureUnit;
constexpr int64_t kColours = 3;

std::string layer_place(const std::string& layer) { return "--layer " + printable(layer); }

/// LibTorch's words in one line.
std::string words_of(const c10::Error& error) {
  const std::string words = error.what_without_backtrace();
  return printable(words.substr(0, words.find('\n')));
}

at::Tensor shape_only(const std::vector<int64_t>& shape) {
  return at::empty(shape, at::device(at::kMeta).dtype(at::kFloat));
}

/// Runs on tensors without values; what fails then does not fit together.
template <class Run>
auto try_shapes(const std::vector<int64_t>& shape, Run run) {
  const at::NoGradGuard no_gradients;
  try {
    return run(shape_only(shape));
  } catch (const c10::Error& error) {
    throw UsageError("network", fmt::format("cannot look at {}: {}", fmt::join(shape, "x"), words_of(error)),
                     "does the crop fit the recipe?");
  } catch (const DataError& error) {
    throw UsageError(error.place(), error.finding(), "does the crop fit the recipe?");
  }
}

/// Sums differ in their last bits with the number of threads that add them up.
void compute_with_one_thread() {
  thread_local const bool done = [] {
    at::set_num_threads(1);
    return true;
  }();
  (void)done;
}

}  // namespace

struct Network::Instance {
  std::unique_ptr<FeatureSource> source;
  const nn::Module* layer = nullptr;  ///< null: the pooled features
  bool prepared = false;
};

class Network::Lease {
 public:
  explicit Lease(Network& network) : network_(network) {
    {
      const std::lock_guard lock(network.mutex_);
      if (!network.idle_.empty()) {
        instance_ = std::move(network.idle_.back());
        network.idle_.pop_back();
      }
    }
    if (!instance_) instance_ = network.build_sharing(*network.first_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    const std::lock_guard lock(network_.mutex_);
    network_.idle_.push_back(std::move(instance_));
  }
  Instance& operator*() const { return *instance_; }

 private:
  Network& network_;
  std::unique_ptr<Instance> instance_;
};

Network::Network(const plugin::FeatureRequest& request) : request_(request) {
  compute_with_one_thread();
  const size_t axes = request.shape.size();
  if (axes != 4 && axes != 5)
    throw UsageError("input shape", fmt::format("has {} axes", axes), "images,3,H,W or clips,3,T,H,W");
  clips_ = axes == 5;
  shape_.height = request.shape[axes - 2];
  shape_.width = request.shape[axes - 1];
  if (request.shape[1] != kColours)
    throw UsageError("input shape", fmt::format("has {} channels", request.shape[1]), "frames have 3");
  first_ = build();
  measure(*first_);
  load(*first_);
}

Network::~Network() = default;

std::unique_ptr<Network::Instance> Network::build() const {
  auto instance = std::make_unique<Instance>();
  instance->source = build_feature_source(Json::parse(request_.model), request_.layer);
  return instance;
}

void Network::load(Instance& instance) {
  nn::Module& network = instance.source->module();
  if (request_.weights.empty()) {
    nn::initialise(network, request_.seed);
    summary_ = fmt::format("start values of seed {}", request_.seed);
    return;
  }
  nn::LoadOptions options;
  options.names = {weights::parse_name_map_choice(request_.name_map)};
  options.match.partial = request_.partial;
  options.inflate = request_.inflate;
  options.new_head = !instance.source->needs_head();
  options.seed = request_.seed;
  summary_ = nn::summary_of(nn::load_weights(network, request_.weights, options));
}

std::unique_ptr<Network::Instance> Network::build_sharing(Instance& weights) const {
  auto instance = build();
  nn::Module& network = instance->source->module();
  const auto from = weights.source->module().entries(), to = network.entries();
  for (size_t i = 0; i < to.size(); ++i) *to[i].tensor = *from[i].tensor;
  if (!request_.layer.empty()) instance->layer = find_module(network, request_.layer);
  // What is folded into its neighbours when a network is prepared gives nothing of its own then.
  instance->prepared = !instance->layer || !instance->layer->children().empty();
  if (instance->prepared) network.prepare({});
  return instance;
}

/// Finds out what goes in at once, what comes out of it and where the layer is.
void Network::measure(Instance& instance) {
  FeatureSource& source = *instance.source;
  const int64_t height = shape_.height, width = shape_.width;
  const auto runs = [&](const at::Tensor& input) {
    return try_shapes(input.sizes().vec(), [&](const at::Tensor& x) { return source.pooled(x); });
  };
  if (clips_) {
    shape_.unit = FeatureUnit::kClip;
    shape_.frames = request_.shape[2];
  } else if (source.group() > 0) {
    shape_.unit = FeatureUnit::kFrameGroup;
    shape_.frames = source.group();
  } else {
    // Networks that shift or pool over time refuse a single frame.
    try {
      (void)runs(shape_only({1, 1, kColours, height, width}));
    } catch (const UsageError&) {
      shape_.unit = FeatureUnit::kFrameGroup;
      shape_.frames = request_.shape[0];
    }
  }
  const auto input_of = [&](int64_t count) {
    return clips_ ? std::vector<int64_t>{count, 1, kColours, shape_.frames, height, width}
                  : std::vector<int64_t>{count, shape_.frames, kColours, height, width};
  };
  const at::Tensor pooled = runs(shape_only(input_of(1)));
  std::vector<at::Tensor> outputs{pooled}, of_two;
  if (!request_.layer.empty()) {
    const std::string place = layer_place(request_.layer);
    const auto running = running_layers(
        source.module(), [&] { try_shapes(input_of(1), [&](const at::Tensor& x) { source.run_all(x); }); });
    nn::Module& layer = layer_named(running, source.module(), request_.layer, place);
    instance.layer = &layer;
    const auto outputs_for = [&](int64_t count) {
      return try_shapes(input_of(count),
                        [&](const at::Tensor& x) { return outputs_of(layer, [&] { source.run(x); }); });
    };
    outputs = outputs_for(1);
    if (outputs.empty()) throw UsageError(place, "hands on what it is given", "take the layer before it");
    if (outputs.size() > 1) throw UsageError(place, fmt::format("runs {} times for one input", outputs.size()));
    of_two = outputs_for(2);
  }
  const at::Tensor& output = outputs[0];
  const int64_t first = output.size(0);
  shape_.rows = shape_.unit == FeatureUnit::kFrameGroup && first == shape_.frames ? first : 1;
  whole_batches_ = first == shape_.rows;
  if (shape_.rows > 1) {
    const auto order = source.order();
    frame_rows_.resize(order.size());
    for (size_t row = 0; row < order.size(); ++row)
      frame_rows_.at(static_cast<size_t>(order[row])) = static_cast<int64_t>(row);
  }
  int64_t rows_of_two = 0;
  for (const at::Tensor& part : of_two) {
    rows_of_two += part.size(0);
    whole_batches_ = whole_batches_ && part.sizes().slice(1) == output.sizes().slice(1);
  }
  if (!of_two.empty()) whole_batches_ = whole_batches_ && rows_of_two == 2 * shape_.rows;
  const at::Tensor rows = rows_of(instance, output, shape_.rows);
  shape_.row_shape.assign(rows.sizes().begin() + 1, rows.sizes().end());
  if (rows.numel() == 0) throw UsageError("network", "gives no features");
}

at::Tensor Network::input(const at::Tensor& pixels) const {
  // [count, frames, 3, H, W]
  return clips_ ? pixels.transpose(1, 2).unsqueeze(1).contiguous() : pixels;
}

/// rows: of whole groups.
at::Tensor Network::in_frame_order(const at::Tensor& rows) const {
  if (frame_rows_.empty()) return rows;
  const at::Tensor index = at::tensor(frame_rows_, rows.options().dtype(at::kLong));
  return rows.unflatten(0, {-1, shape_.rows}).index_select(1, index).flatten(0, 1);
}

/// output: of `rows` rows, or of one input where the layer has another first axis.
at::Tensor Network::rows_of(const Instance& instance, const at::Tensor& output, int64_t rows) const {
  at::Tensor y = output.scalar_type() == at::kFloat ? output : output.to(at::kFloat);
  const bool by_row = y.size(0) == rows;
  if (by_row) y = in_frame_order(y);
  const int64_t axis = instance.layer ? channel_axis(*instance.layer, y, layer_place(request_.layer)) : 1;
  if (!request_.mean_of_positions) return by_row ? y : y.unsqueeze(0);
  y = y.movedim(axis, -1);
  // Positions: what is neither the row nor the channel.
  if (by_row) return y.dim() == 2 ? y : y.flatten(1, -2).mean(1);
  return y.flatten(0, -2).mean(0, true);
}

std::vector<at::Tensor> Network::layer_outputs(Instance& instance, const at::Tensor& input) const {
  auto outputs = outputs_of(*instance.layer, [&] { instance.source->run(input); });
  if (outputs.empty() && instance.prepared) {
    instance.source->module().unprepare();
    instance.prepared = false;
    outputs = outputs_of(*instance.layer, [&] { instance.source->run(input); });
  }
  return outputs;
}

at::Tensor Network::features_of(Instance& instance, const at::Tensor& pixels) const {
  if (!instance.layer) return in_frame_order(instance.source->pooled(input(pixels)));
  std::vector<at::Tensor> rows;
  const int64_t count = pixels.size(0), step = whole_batches_ ? count : 1;
  for (int64_t begin = 0; begin < count; begin += step) {
    // A recognizer that takes a few clips at a time runs the layer once for each few.
    const auto outputs = layer_outputs(instance, input(pixels.narrow(0, begin, step)));
    rows.push_back(rows_of(instance, outputs.size() == 1 ? outputs[0] : at::cat(outputs), step * shape_.rows));
  }
  return rows.size() == 1 ? rows[0] : at::cat(rows);
}

std::vector<float> Network::run(std::span<const float> pixels, int64_t count) {
  compute_with_one_thread();
  const c10::InferenceMode inference;
  const std::vector<int64_t> sizes{count, shape_.frames, kColours, shape_.height, shape_.width};
  try {
    at::Tensor x = at::empty(sizes, at::device(at::kCPU).dtype(at::kFloat));
    if (static_cast<size_t>(x.numel()) != pixels.size()) throw std::logic_error("pixels of another number of frames");
    std::memcpy(x.data_ptr<float>(), pixels.data(), pixels.size_bytes());
    const Lease lease(*this);
    const at::Tensor features = features_of(*lease, x).to(at::kFloat).contiguous();
    const float* values = features.data_ptr<float>();
    return {values, values + features.numel()};
  } catch (const c10::Error& error) {
    throw RunError("network", words_of(error), "does memory suffice? try a smaller --batch");
  }
}

std::unique_ptr<plugin::FeatureNetwork> Plugin::open(const plugin::FeatureRequest& request) const {
  try {
    return std::make_unique<Network>(request);
  } catch (const c10::Error& error) {
    throw RunError("network", words_of(error));
  }
}

}  // namespace vs::features
