#include "lib/train/loop/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/nn/layers/matrix_conv.h"
#include "lib/nn/noise.h"
#include "lib/train/loop/autocast.h"

namespace vs::train {
namespace {

/// Large kernels in the order in which convolutions on the CPU are fastest; maps follow them, and where a matrix
/// product is faster it is taken (lib/nn/layers/matrix_conv.h). Values stay as they are. Small ones gain nothing, and
/// LibTorch's batch normalisation sums in single precision where channels are last, which shows where maps are tiny.
/// What is not trained, such as a teacher, has them all so: between kernels of two orders maps would be turned around.
void put_channels_last(nn::Module& module) {
  constexpr int64_t kAxesOfImages = 4, kAxesOfClips = 5;
  for (const nn::Entry& entry : module.entries()) {
    at::Tensor& tensor = *entry.tensor;
    const bool kernel = tensor.dim() == kAxesOfImages || tensor.dim() == kAxesOfClips;
    if (entry.kind != nn::EntryKind::kParameter || !kernel || tensor.scalar_type() != at::kFloat) continue;
    if (tensor.requires_grad() && tensor.size(0) * tensor.size(1) < nn::kManyWeights) continue;
    const auto format =
        tensor.dim() == kAxesOfImages ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
    // Kernels of one position too have strides that say so.
    tensor.set_data(at::empty(tensor.sizes(), tensor.options().requires_grad(false), format).copy_(tensor.detach()));
  }
}

uint64_t noise_seed(uint64_t seed, int64_t iteration, int rank) {
  return splitmix64(splitmix64(seed + static_cast<uint64_t>(iteration)) + static_cast<uint64_t>(rank));
}

}  // namespace

Trainer::Trainer(Task& task, Optimizer& optimizer, const LearningRateSchedule& schedule, Ranks& ranks,
                 const TrainerOptions& options)
    : task_(task), optimizer_(optimizer), schedule_(schedule), ranks_(ranks), options_(options) {
  put_channels_last(task_.module());
}

Losses Trainer::forward(const Batch& batch) {
  const Autocast autocast(options_.bfloat16);
  Losses losses = task_.losses(batch);
  if (options_.bfloat16) losses.total = losses.total.to(at::kFloat);
  return losses;
}

StepReport Trainer::step(const Batch& batch, int64_t iteration, const std::function<void()>& updated) {
  StepReport report;
  report.iteration = iteration;
  for (const auto& group : optimizer_.groups())
    report.learning_rates.push_back(schedule_.rate(group.learning_rate, iteration));
  optimizer_.set_learning_rates(report.learning_rates);
  nn::SeededNoise noise(noise_seed(options_.seed, iteration, ranks_.rank()));
  task_.set_noise(&noise);
  task_.begin_step(iteration, options_.epochs * options_.iterations_per_epoch, options_.iterations_per_epoch);
  if (iteration % options_.update_interval == 0) optimizer_.zero_gradients();

  const Losses losses = forward(batch);
  // One tensor of all that is logged, so that ranks meet once.
  std::vector<at::Tensor> values = {losses.total.detach().to(at::kDouble)};
  for (const auto& [name, value] : losses.parts) values.push_back(value.detach().to(at::kDouble));
  const at::Tensor logged = at::stack(values);
  ranks_.sum({logged});
  report.parts.emplace_back("loss", logged[0].item<double>() / ranks_.size());
  for (size_t i = 0; i < losses.parts.size(); ++i) {
    const double value = logged[static_cast<int64_t>(i) + 1].item<double>() / ranks_.size();
    if (losses.parts[i].first != "loss") report.parts.emplace_back(losses.parts[i].first, value);
  }
  if (!std::isfinite(report.parts.front().second))
    throw DataError(fmt::format("iteration {}", iteration), fmt::format("the loss is {}", report.parts.front().second),
                    "a lower learning rate, a warm-up or clipping may help; the last checkpoint is as it was");

  (losses.total / static_cast<double>(options_.update_interval)).backward();
  if ((iteration + 1) % options_.update_interval != 0) return report;
  if (ranks_.size() > 1) {
    const auto found = gradients_of(optimizer_).tensors;
    ranks_.sum(found);
    for (const at::Tensor& gradient : found) gradient.div_(ranks_.size());
  }
  if (options_.clip_norm > 0)
    report.gradient_norm = clip_gradients(optimizer_, options_.clip_norm, options_.clip_norm_type);
  optimizer_.step();
  if (updated) updated();
  return report;
}

std::vector<std::pair<std::string, at::Tensor>> Trainer::waiting_gradients(int64_t next_iteration) const {
  std::vector<std::pair<std::string, at::Tensor>> waiting;
  if (next_iteration % options_.update_interval == 0) return waiting;
  const Gradients found = gradients_of(optimizer_);
  for (size_t i = 0; i < found.names.size(); ++i) waiting.emplace_back(found.names[i], found.tensors[i]);
  return waiting;
}

void Trainer::restore_gradients(const std::vector<std::pair<std::string, at::Tensor>>& gradients) {
  std::map<std::string, at::Tensor> by_name(gradients.begin(), gradients.end());
  for (const auto& group : optimizer_.groups()) {
    for (const auto& parameter : group.parameters) {
      const auto found = by_name.find(parameter.name);
      if (found == by_name.end()) continue;
      // Laid out as a gradient of this run would be: the order of sums over it must not change.
      parameter.tensor->mutable_grad() = at::empty_like(*parameter.tensor).copy_(found->second);
    }
  }
}

}  // namespace vs::train
