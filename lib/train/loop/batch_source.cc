#include "lib/train/loop/batch_source.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/evaluate/experiment.h"

namespace vs::train {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

data::LabelChoice label_choice(LabelUse use) {
  switch (use) {
    case LabelUse::kDrawn:
      return data::LabelChoice::kDrawn;
    case LabelUse::kFirstOfOrder:
      return data::LabelChoice::kFirstOfOrder;
    case LabelUse::kAll:
    case LabelUse::kVideo:
      break;
  }
  return data::LabelChoice::kNone;
}

BatchSource::BatchSource(const data::Dataset& data, const data::SampleMaker& maker, data::LoaderOptions loading,
                         systems::InputLayout layout, LabelUse use, int64_t num_classes, int64_t batch_size, Log& log)
    : data_(data),
      maker_(maker),
      loading_(std::move(loading)),
      layout_(layout),
      use_(use),
      num_classes_(num_classes),
      batch_size_(batch_size),
      log_(log) {
  loading_.labels = label_choice(use);
}

void BatchSource::run(std::span<const int64_t> order, uint64_t epoch, bool strict,
                      const std::function<bool(LoadedBatch)>& consume) {
  loading_.epoch = epoch;
  std::vector<data::Sample> waiting;
  auto began = std::chrono::steady_clock::now();
  data::load(data_, order, maker_, loading_, [&](data::Sample sample) {
    const auto& item = data_.items[static_cast<size_t>(sample.item)];
    if (!sample.failure.empty()) {
      if (strict) throw DataError(item.id, sample.failure, "leave out --strict to train without it");
      if (unreadable_.insert(sample.item).second) log_.warning(sample.failure);
    }
    waiting.push_back(std::move(sample));
    if (static_cast<int64_t>(waiting.size()) < batch_size_) return true;
    LoadedBatch loaded{make_batch(waiting)};
    waiting.clear();
    loaded.waited = seconds_since(began);
    const bool more = consume(std::move(loaded));
    began = std::chrono::steady_clock::now();
    return more;
  });
}

Batch BatchSource::make_batch(std::vector<data::Sample>& samples) const {
  std::vector<data::Sample*> readable;
  for (auto& sample : samples) {
    if (sample.failure.empty()) readable.push_back(&sample);
  }
  if (readable.empty())
    throw DataError(data_.annotations,
                    fmt::format("no video of a batch of {} can be read, such as {}", samples.size(),
                                data_.items[static_cast<size_t>(samples.front().item)].id),
                    "vs-annot check lists the bad ones");
  std::vector<at::Tensor> inputs;
  std::vector<const data::Sample*> used;
  size_t next = 0;
  for (auto& sample : samples) {
    data::Sample* const from = sample.failure.empty() ? &sample : readable[next++ % readable.size()];
    used.push_back(from);
    inputs.push_back(evaluate::input_of(from->input, layout_));
    if (inputs.back().sizes() == inputs.front().sizes()) continue;
    throw DataError(data_.items[static_cast<size_t>(from->item)].id,
                    "gives an input of another shape than the videos before it",
                    "the training pipeline must end in one size");
  }
  return {at::stack(inputs), labels_of(used)};
}

at::Tensor BatchSource::labels_of(const std::vector<const data::Sample*>& samples) const {
  const auto count = static_cast<int64_t>(samples.size());
  if (use_ == LabelUse::kAll) {
    at::Tensor rows = at::zeros({count, num_classes_});
    for (int64_t i = 0; i < count; ++i) {
      const auto& item = data_.items[static_cast<size_t>(samples[static_cast<size_t>(i)]->item)];
      for (const int32_t label : item.labels) rows[i][label] = 1;
    }
    return rows;
  }
  std::vector<int64_t> labels;
  labels.reserve(samples.size());
  for (const auto* sample : samples)
    labels.push_back(use_ == LabelUse::kVideo ? sample->item : sample->label.value_or(-1));
  return at::tensor(labels);
}

}  // namespace vs::train
