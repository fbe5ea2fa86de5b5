#include "lib/train/loop/batch_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/core/error.h"
#include "lib/evaluate/experiment.h"
#include "lib/train/loop/device_copy.h"

namespace vs::train {

BatchBuilder::BatchBuilder(const data::Dataset& data, systems::InputLayout layout, LabelUse use, int64_t num_classes,
                           int64_t batch_size, const at::TensorOptions& memory, at::Device device)
    : data_(data),
      layout_(layout),
      use_(use),
      num_classes_(num_classes),
      batch_size_(batch_size),
      memory_(memory),
      device_(device) {}

void BatchBuilder::add(data::Sample sample) {
  const auto row = static_cast<int64_t>(places_.size());
  places_.push_back({sample.item, sample.label, sample.failure.empty()});
  if (!places_.back().readable) return;
  const at::Tensor input = evaluate::input_of(sample.input, layout_, device_);
  if (!imgs_.defined()) {
    std::vector<int64_t> shape = input.sizes().vec();
    shape.insert(shape.begin(), batch_size_);
    imgs_ = at::empty(shape, input.is_cpu() ? memory_ : input.options());
  }
  if (input.sizes() != imgs_.sizes().slice(1))
    throw DataError(data_.items[static_cast<size_t>(sample.item)].id,
                    "gives an input of another shape than the videos before it",
                    "the training pipeline must end in one size");
  if (!input.is_cpu()) on_device_.push_back(input);
  if (!input.is_contiguous() || !input.is_cpu() || !imgs_.is_cpu()) {
    imgs_[row].copy_(input);
    return;
  }
  // By this thread alone: LibTorch's threads are at the step before.
  std::copy_n(input.const_data_ptr<float>(), input.numel(), imgs_.mutable_data_ptr<float>() + row * input.numel());
}

Batch BatchBuilder::take() {
  fill_gaps();
  if (!on_device_.empty()) wait_for_own_work(device_);
  on_device_.clear();
  Batch batch{std::exchange(imgs_, at::Tensor()), labels()};
  for (const Place& place : places_) batch.items.push_back(place.item);
  places_.clear();
  return batch;
}

void BatchBuilder::fill_gaps() {
  std::vector<size_t> readable;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].readable) readable.push_back(i);
  }
  if (readable.empty())
    throw DataError(data_.annotations,
                    fmt::format("no video of a batch of {} can be read, such as {}", places_.size(),
                                data_.items[static_cast<size_t>(places_.front().item)].id),
                    "vs-annot check lists the bad ones");
  size_t next = 0;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].readable) continue;
    const size_t from = readable[next++ % readable.size()];
    places_[i] = places_[from];
    imgs_[static_cast<int64_t>(i)].copy_(imgs_[static_cast<int64_t>(from)]);
  }
}

at::Tensor BatchBuilder::labels() const {
  const auto count = static_cast<int64_t>(places_.size());
  if (use_ == LabelUse::kAll) {
    at::Tensor rows = at::zeros({count, num_classes_});
    for (int64_t i = 0; i < count; ++i) {
      const auto& item = data_.items[static_cast<size_t>(places_[static_cast<size_t>(i)].item)];
      for (const int32_t label : item.labels) rows[i][label] = 1;
    }
    return rows;
  }
  std::vector<int64_t> labels;
  labels.reserve(places_.size());
  for (const Place& place : places_) labels.push_back(use_ == LabelUse::kVideo ? place.item : place.label.value_or(-1));
  return at::tensor(labels);
}

}  // namespace vs::train
