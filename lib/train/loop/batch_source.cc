#include "lib/train/loop/batch_source.h"

#include <c10/core/StreamGuard.h>

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/train/loop/batch_builder.h"

namespace vs::train {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Tells the thread that fills, however the one that takes ends.
template <class Place>
class ClosedAtEnd {
 public:
  explicit ClosedAtEnd(Place& place) : place_(place) {}
  ClosedAtEnd(const ClosedAtEnd&) = delete;
  ClosedAtEnd& operator=(const ClosedAtEnd&) = delete;
  ~ClosedAtEnd() { place_.close(); }

 private:
  Place& place_;
};

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
                         systems::InputLayout layout, LabelUse use, int64_t num_classes, int64_t batch_size, Log& log,
                         at::Device device)
    : data_(data),
      maker_(maker),
      loading_(std::move(loading)),
      layout_(layout),
      use_(use),
      num_classes_(num_classes),
      batch_size_(batch_size),
      log_(log),
      device_(device) {
  loading_.labels = label_choice(use);
}

void BatchSource::run(const RunOrder& order, bool strict, const std::function<bool(LoadedBatch)>& consume) {
  HandOver<Filled> ready;
  const std::jthread filler([&] {
    try {
      fill(order, ready);
      ready.end();
    } catch (...) {
      ready.end(std::current_exception());
    }
  });
  const ClosedAtEnd closed(ready);
  for (;;) {
    const auto began = std::chrono::steady_clock::now();
    std::optional<Filled> filled = ready.take();
    if (!filled) return;
    // Ranks agree on the iteration after which they stop: a batch that is ready already must not go on beyond it.
    throw_if_cancelled();
    tell(*filled, strict);
    if (filled->error) std::rethrow_exception(filled->error);
    filled->batch.imgs = filled->imgs.take();
    LoadedBatch loaded{std::move(filled->batch), seconds_since(began)};
    filled.reset();
    if (!consume(std::move(loaded))) return;
  }
}

void BatchSource::fill(const RunOrder& order, HandOver<Filled>& ready) const {
  const DeviceCopier copier(device_);
  const c10::OptionalStreamGuard in_order(copier.stream());
  BatchBuilder builder(data_, layout_, use_, num_classes_, batch_size_, copier.host_memory(), device_);
  Filled filled;
  const auto take_sample = [&](data::Sample sample) {
    if (ready.closed()) return false;
    if (!sample.failure.empty()) filled.failures.emplace_back(sample.item, sample.failure);
    if (!sample.warnings.empty()) filled.warnings.emplace_back(sample.item, sample.warnings);
    builder.add(std::move(sample));
    if (!builder.full()) return true;
    try {
      filled.batch = builder.take();
      filled.imgs = copier.copy(std::exchange(filled.batch.imgs, at::Tensor()));
    } catch (...) {
      filled.error = std::current_exception();
    }
    return ready.put(std::exchange(filled, Filled()));
  };
  data::load(
      data_, order.size(), [&](uint64_t number) { return order.at(number); }, maker_, loading_, take_sample);
}

void BatchSource::tell(const Filled& filled, bool strict) {
  for (const auto& [item, reason] : filled.failures) {
    if (strict)
      throw DataError(data_.items[static_cast<size_t>(item)].id, reason, "leave out --strict to train without it");
    if (unreadable_.insert(item).second) log_.warning(reason);
  }
  for (const auto& [item, lines] : filled.warnings) {
    if (!warned_of_.insert(item).second) continue;
    for (const auto& line : lines) log_.warning(data_.items[static_cast<size_t>(item)].place.path + ": " + line);
  }
}

}  // namespace vs::train
