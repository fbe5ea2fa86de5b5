#include "lib/train/loop/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/nn/noise.h"
#include "lib/train/loop/autocast.h"

namespace vs::train {
namespace {

uint64_t noise_seed(uint64_t seed, int64_t iteration, int rank) {
  return splitmix64(splitmix64(seed + static_cast<uint64_t>(iteration)) + static_cast<uint64_t>(rank));
}

}  // namespace

Trainer::Trainer(Task& task, Optimizer& optimizer, const LearningRateSchedule& schedule, Ranks& ranks,
                 const TrainerOptions& options)
    : task_(task),
      optimizer_(optimizer),
      schedule_(schedule),
      ranks_(ranks),
      options_(options),
      order_(fastest_order(options.device, options.dtype)),
      steps_(task, [this](const Batch& batch) { return compute(batch); },
             {.device = options.device, .order = order_, .records = options.records_steps, .log = options.log}) {
  lay_out(task_.module(), order_);
  if (options_.dtype != at::kHalf) return;
  scaler_.emplace();
  loss_scale_ = at::full({}, scaler_->scale(), at::device(options_.device).dtype(at::kFloat));
}

StepLosses Trainer::compute(const Batch& batch) {
  Losses losses;
  {
    const Autocast autocast(options_.device.type(), options_.dtype);
    losses = task_.forward(batch);
    if (options_.dtype != at::kFloat) losses.total = losses.total.to(at::kFloat);
  }
  // One tensor of all that is logged, so that a device is waited for once and ranks meet once.
  const at::Device device = losses.total.device();
  StepLosses result;
  std::vector<at::Tensor> values = {losses.total.detach().to(at::kDouble)};
  for (const auto& [name, value] : losses.parts) {
    values.push_back(value.detach().to(device, at::kDouble));
    result.names.push_back(name);
  }
  result.values = at::stack(values);
  const at::Tensor share = losses.total / static_cast<double>(options_.update_interval);
  (scaler_ ? share * loss_scale_ : share).backward();
  return result;
}

bool Trainer::tell(const StepLosses& losses, StepReport& report) {
  const at::Tensor logged = losses.values.to(at::kCPU);
  ranks_.sum({logged});
  report.parts.emplace_back("loss", logged[0].item<double>() / ranks_.size());
  for (size_t i = 0; i < losses.names.size(); ++i) {
    const double value = logged[static_cast<int64_t>(i) + 1].item<double>() / ranks_.size();
    if (losses.names[i] != "loss") report.parts.emplace_back(losses.names[i], value);
  }
  return std::isfinite(report.parts.front().second);
}

bool Trainer::update(StepReport& report) {
  const std::vector<at::Tensor> gradients = gradients_of(optimizer_).tensors;
  if (ranks_.size() > 1) {
    ranks_.sum(gradients);
    for (const at::Tensor& gradient : gradients) gradient.div_(ranks_.size());
  }
  if (scaler_) {
    const bool finite = scaler_->unscale(gradients);
    scaler_->update(finite, report.iteration);
    if (!finite) return false;
  }
  if (options_.clip_norm > 0)
    report.gradient_norm = clip_gradients(optimizer_, options_.clip_norm, options_.clip_norm_type);
  optimizer_.step();
  return true;
}

StepReport Trainer::step(const Batch& batch, int64_t iteration, const std::function<void()>& updated) {
  StepReport report;
  report.iteration = iteration;
  for (const auto& group : optimizer_.groups())
    report.learning_rates.push_back(schedule_.rate(group.learning_rate, iteration));
  optimizer_.set_learning_rates(report.learning_rates);
  if (scaler_) {
    report.loss_scale = scaler_->scale();
    loss_scale_.fill_(report.loss_scale);
  }
  nn::SeededNoise noise(noise_seed(options_.seed, iteration, ranks_.rank()));
  task_.set_noise(&noise);
  task_.begin_step(iteration, options_.epochs * options_.iterations_per_epoch, options_.iterations_per_epoch);
  if (iteration % options_.update_interval == 0) optimizer_.zero_gradients();

  const auto use = options_.update_interval > 1 ? GradientUse::kGather : GradientUse::kAtOnce;
  const StepLosses losses = steps_(task_.ready(batch), noise, use);
  // After the gradients: a device has work while this thread waits for the losses.
  if (!tell(losses, report)) {
    if (!scaler_)
      throw DataError(fmt::format("iteration {}", iteration),
                      fmt::format("the loss is {}", report.parts.front().second),
                      "a lower learning rate, a warm-up or clipping may help; the last checkpoint is as it was");
    report.parts.clear();
  }
  if ((iteration + 1) % options_.update_interval == 0 && update(report) && updated) updated();
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
