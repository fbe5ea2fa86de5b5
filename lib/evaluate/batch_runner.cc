#include "lib/evaluate/batch_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/random.h"

namespace vs::evaluate {

at::Tensor stacked(at::ArrayRef<at::Tensor> inputs, const at::Device& device) {
  if (device.is_cpu()) return at::stack(inputs);
  if (std::any_of(inputs.begin(), inputs.end(), [](const at::Tensor& input) { return !input.is_cpu(); })) {
    std::vector<at::Tensor> there;
    there.reserve(inputs.size());
    for (const at::Tensor& input : inputs) there.push_back(input.to(device));
    return at::stack(there);
  }
  std::vector<int64_t> shape = inputs.front().sizes().vec();
  shape.insert(shape.begin(), static_cast<int64_t>(inputs.size()));
  at::Tensor batch = at::empty(shape, inputs.front().options().pinned_memory(true));
  return at::stack_out(batch, inputs);
}

BatchRunner::BatchRunner(Experiment& experiment, int64_t batch, std::function<void(const FinishedVideo&)> take)
    : experiment_(experiment), batch_(static_cast<size_t>(batch)), take_(std::move(take)) {}

void BatchRunner::add(WaitingVideo video) {
  at::Tensor input;
  try {
    input = experiment_.input_of(video.sample.input);
    const bool frames = experiment_.system().layout() == systems::InputLayout::kFrames;
    if (auto refusal = experiment_.system().refusal(frames ? input.size(0) : input.size(2)); !refusal.empty())
      throw DataError(video.outcome.item->id, std::move(refusal));
  } catch (const DataError& error) {
    flush();
    take_({.video = &video, .failure = error.what()});
    return;
  }
  if (!inputs_.empty() && inputs_.front().sizes() != input.sizes()) flush();
  // Moving the sample moves its values, not where they lie.
  waiting_.push_back(std::move(video));
  inputs_.push_back(std::move(input));
  if (waiting_.size() == batch_) flush();
}

void BatchRunner::flush() {
  const auto waiting = std::exchange(waiting_, {});
  const auto inputs = std::exchange(inputs_, {});
  if (waiting.empty()) return;
  const auto run = [&](size_t begin, size_t end) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<uint64_t> keys;
    for (size_t i = begin; i < end; ++i) keys.push_back(fnv1a64(waiting[i].outcome.item->id));
    const at::Tensor batch = stacked({inputs.data() + begin, end - begin}, experiment_.system().device());
    systems::Result result = experiment_.system().run(batch, std::move(keys));
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  };
  const auto give = [&](size_t i, const systems::Result& result, size_t begin) {
    take_({.video = &waiting[i],
           .result = &result,
           .row = static_cast<int64_t>(i - begin),
           .input = inputs[i].sizes().vec()});
  };
  std::optional<systems::Result> together;
  try {
    together = run(0, waiting.size());
  } catch (const DataError& error) {
    if (waiting.size() == 1) return take_({.video = &waiting.front(), .failure = error.what()});
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (together) {
      give(i, *together, 0);
      continue;
    }
    // One of them is bad: alone, each tells for itself.
    try {
      give(i, run(i, i + 1), i);
    } catch (const DataError& error) {
      take_({.video = &waiting[i], .failure = error.what()});
    }
  }
}

}  // namespace vs::evaluate
