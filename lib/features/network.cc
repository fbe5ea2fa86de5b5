#include "lib/features/network.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/features/layer_output.h"
#include "lib/nn/loading.h"
#include "lib/weights/name_map.h"

namespace vs::features {
namespace {

using Json = nlohmann::ordered_json;
using plugin::FeatureUnit;
constexpr int64_t kColours = 3;

std::string layer_place(const std::string& layer) { return "--layer " + printable(layer); }

bool in_backbone(const std::string& layer) {
  return layer.empty() || layer == "backbone" || layer.starts_with("backbone.");
}

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

Json frame_recognizer(const Json& model) {
  if (!model.is_object() || !model.contains("type") || !model["type"].is_string())
    throw UsageError("model.type", "is missing");
  const auto type = model["type"].get<std::string>();
  const bool distils = model.contains("backbone") && model["backbone"].is_object() &&
                       model["backbone"].value("type", Json()) == Json("RKD");
  if (!distils && (type == "Recognizer2D" || type == "Recognizer3D" || type == "SimilarityRecognizer3D")) return model;
  if (type == "Sampler2DRecognizer2D") {
    Json plain{{"type", "Recognizer2D"}};
    for (const char* key : {"backbone", "cls_head", "train_cfg", "test_cfg"}) {
      if (model.contains(key)) plain[key] = model[key];
    }
    return plain;
  }
  throw UsageError(distils ? "model.backbone.type" : "model.type",
                   fmt::format("features are not taken of {}", printable(distils ? "RKD" : type)),
                   "give the recipe of a recognizer, such as that of its backbone");
}

struct Network::Instance {
  std::unique_ptr<nn::Recognizer> recognizer;
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
  instance->recognizer = nn::build_recognizer(frame_recognizer(Json::parse(request_.model)));
  return instance;
}

void Network::load(Instance& instance) {
  nn::Recognizer& recognizer = *instance.recognizer;
  if (request_.weights.empty()) {
    nn::initialise(recognizer, request_.seed);
    summary_ = fmt::format("start values of seed {}", request_.seed);
    return;
  }
  nn::LoadOptions options;
  options.names = {weights::parse_name_map_choice(request_.name_map)};
  options.match.partial = request_.partial;
  options.inflate = request_.inflate;
  options.new_head = in_backbone(request_.layer);  // a head that does not run may be any
  options.seed = request_.seed;
  summary_ = nn::summary_of(nn::load_weights(recognizer, request_.weights, options));
}

std::unique_ptr<Network::Instance> Network::build_sharing(Instance& weights) const {
  auto instance = build();
  const auto from = weights.recognizer->entries(), to = instance->recognizer->entries();
  for (size_t i = 0; i < to.size(); ++i) *to[i].tensor = *from[i].tensor;
  if (!request_.layer.empty()) instance->layer = find_module(*instance->recognizer, request_.layer);
  // What is folded into its neighbours when a network is prepared gives nothing of its own then.
  instance->prepared = !instance->layer || !instance->layer->children().empty();
  if (instance->prepared) instance->recognizer->prepare({});
  return instance;
}

void Network::forward(nn::Recognizer& recognizer, const at::Tensor& input) const {
  // The head runs only if the layer is in it.
  (void)(in_backbone(request_.layer) ? recognizer.pooled_features(input) : recognizer.logits(input));
}

/// Finds out what goes in at once, what comes out of it and where the layer is.
void Network::measure(Instance& instance) {
  nn::Recognizer& recognizer = *instance.recognizer;
  const int64_t height = shape_.height, width = shape_.width;
  const auto runs = [&](const at::Tensor& input) {
    return try_shapes(input.sizes().vec(), [&](const at::Tensor& x) { return recognizer.pooled_features(x); });
  };
  if (clips_) {
    shape_.unit = FeatureUnit::kClip;
    shape_.frames = request_.shape[2];
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
        recognizer, [&] { try_shapes(input_of(1), [&](const at::Tensor& x) { return recognizer.logits(x); }); });
    nn::Module& layer = layer_named(running, recognizer, request_.layer, place);
    instance.layer = &layer;
    const auto outputs_for = [&](int64_t count) {
      return try_shapes(input_of(count),
                        [&](const at::Tensor& x) { return outputs_of(layer, [&] { forward(recognizer, x); }); });
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

/// output: of `rows` rows, or of one input where the layer has another first axis.
at::Tensor Network::rows_of(const Instance& instance, const at::Tensor& output, int64_t rows) const {
  at::Tensor y = output.scalar_type() == at::kFloat ? output : output.to(at::kFloat);
  const bool by_row = y.size(0) == rows;
  const int64_t axis = instance.layer ? channel_axis(*instance.layer, y, layer_place(request_.layer)) : 1;
  if (!request_.mean_of_positions) return by_row ? y : y.unsqueeze(0);
  y = y.movedim(axis, -1);
  // Positions: what is neither the row nor the channel.
  if (by_row) return y.dim() == 2 ? y : y.flatten(1, -2).mean(1);
  return y.flatten(0, -2).mean(0, true);
}

std::vector<at::Tensor> Network::layer_outputs(Instance& instance, const at::Tensor& input) const {
  auto outputs = outputs_of(*instance.layer, [&] { forward(*instance.recognizer, input); });
  if (outputs.empty() && instance.prepared) {
    instance.recognizer->unprepare();
    instance.prepared = false;
    outputs = outputs_of(*instance.layer, [&] { forward(*instance.recognizer, input); });
  }
  return outputs;
}

at::Tensor Network::features_of(Instance& instance, const at::Tensor& pixels) const {
  if (!instance.layer) return instance.recognizer->pooled_features(input(pixels));
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
