#include "lib/train/checkpoints/moving_average.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::train {
namespace {

constexpr const char* kValues = "values.";
constexpr const char* kUpdates = "updates";
constexpr const char* kSwapped = "swapped";
constexpr const char* kPlace = "moving average";

at::Tensor scalar_of(int64_t value) { return at::full({}, value, at::device(at::kCPU).dtype(at::kLong)); }

}  // namespace

WeightAverage::WeightAverage(nn::Module& module, const AverageOptions& options, const std::string& place)
    : decay_(options.decay), warm_up_(options.warm_up) {
  if (!(decay_ >= 0 && decay_ < 1))
    throw UsageError(place + ".decay", fmt::format("{} is out of range", decay_), "give a number in [0, 1)");
  for (nn::Entry& entry : module.entries()) {
    if (entry.tensor->is_meta()) throw std::logic_error("a network without weights has no average");
    at::Tensor value = entry.tensor->detach().clone();
    slots_.push_back({std::move(entry), std::move(value)});
  }
}

void WeightAverage::update() {
  if (swapped_) throw std::logic_error("the network holds its average while it is to be averaged");
  const auto n = static_cast<double>(updates_++);
  const double decay = warm_up_ ? std::min(decay_, (1 + n) / (10 + n)) : decay_;
  const at::NoGradGuard no_gradients;
  for (Slot& slot : slots_) {
    if (slot.value.is_floating_point()) {
      slot.value.lerp_(*slot.entry.tensor, 1 - decay);
    } else {
      slot.value.copy_(*slot.entry.tensor);
    }
  }
}

void WeightAverage::swap() {
  const at::NoGradGuard no_gradients;
  for (Slot& slot : slots_) {
    const at::Tensor other = slot.value.clone();
    slot.value.copy_(*slot.entry.tensor);
    slot.entry.tensor->copy_(other);
  }
  swapped_ = !swapped_;
}

std::vector<std::pair<std::string, at::Tensor>> WeightAverage::state() const {
  std::vector<std::pair<std::string, at::Tensor>> state;
  for (const Slot& slot : slots_) state.emplace_back(kValues + slot.entry.name, slot.value);
  state.emplace_back(kUpdates, scalar_of(updates_));
  state.emplace_back(kSwapped, scalar_of(swapped_ ? 1 : 0));
  return state;
}

void WeightAverage::restore(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  std::unordered_map<std::string, at::Tensor> given(state.begin(), state.end());
  const auto take = [&](const std::string& name, const at::Tensor& like) {
    const auto found = given.find(name);
    if (found == given.end()) throw DataError(kPlace, printable(name) + " is missing");
    at::Tensor value = found->second;
    given.erase(found);
    if (value.sizes() != like.sizes() || value.scalar_type() != like.scalar_type())
      throw DataError(kPlace, printable(name) + " has another shape or type than in this network");
    return value;
  };
  std::vector<at::Tensor> values;
  for (const Slot& slot : slots_) values.push_back(take(kValues + slot.entry.name, slot.value));
  const int64_t updates = take(kUpdates, scalar_of(0)).item<int64_t>();
  const bool swapped = take(kSwapped, scalar_of(0)).item<int64_t>() != 0;
  if (updates < 0) throw DataError(kPlace, fmt::format("{} updates cannot be", updates));
  if (!given.empty()) throw DataError(kPlace, printable(given.begin()->first) + " belongs to no entry of this network");
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < slots_.size(); ++i) slots_[i].value.copy_(values[i]);
  updates_ = updates;
  swapped_ = swapped;
}

}  // namespace vs::train
