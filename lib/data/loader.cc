#include "lib/data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/core/random.h"
#include "lib/data/reader_pool.h"
#include "lib/data/training_label.h"

namespace vs::data {
namespace {

/// Ends the loading when the consumer has enough.
struct StopLoading {};

/// Lets samples be made while their bytes are within a limit. Samples are numbered in the order of their consumption.
class ByteGate {
 public:
  explicit ByteGate(int64_t limit) : limit_(limit) {}

  /// Waits for room and books the largest sample so far; returns what was booked. Throws what close() was given.
  int64_t enter(uint64_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reason_ || number == next_ || booked_ + largest_ <= limit_; });
    if (reason_) std::rethrow_exception(reason_);
    booked_ += largest_;
    return largest_;
  }
  /// The sample is made and takes `bytes`.
  void made(int64_t booked, int64_t bytes) {
    const std::lock_guard lock(mutex_);
    largest_ = std::max(largest_, bytes);
    booked_ += bytes - booked;
    changed_.notify_all();
  }
  /// Sample `number` has been handed over.
  void handed_over(uint64_t number, int64_t bytes) {
    const std::lock_guard lock(mutex_);
    booked_ -= bytes;
    next_ = number + 1;
    changed_.notify_all();
  }
  /// Nobody enters any more: whoever waits or comes throws `reason`, the first one given.
  void close(std::exception_ptr reason) {
    const std::lock_guard lock(mutex_);
    if (!reason_) reason_ = std::move(reason);
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t limit_, booked_ = 0, largest_ = 0;
  uint64_t next_ = 0;
  std::exception_ptr reason_;
};

/// Starts at most `limit` threads. ordered_parallel() makes do with those that it gets, and works in the caller's
/// thread only if it is asked for one or gets none: so one worker beside the caller is two asked for and one given.
/// They give way to the network that takes the samples.
struct StartSome {
  int limit;
  template <class Work>
  std::jthread operator()(Work& work) {
    if (limit-- <= 0) throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    return StartThread{.gives_way = true}(work);
  }
};

int64_t bytes_of(const Sample& sample) {
  std::size_t on_device = 0;
  if (sample.input.on_device.memory) {
    on_device = 1;
    for (const int64_t size : sample.input.shape) on_device *= static_cast<std::size_t>(size);
  }
  return static_cast<int64_t>((sample.input.values.capacity() + on_device) * sizeof(float) +
                              sample.plan.frames.capacity() * sizeof(int64_t) + sizeof(Sample));
}

/// From a stream of its own, so that frames and crops do not depend on how many labels there are.
std::optional<int64_t> chosen_label(const DataItem& item, const LoaderOptions& options) {
  if (options.labels == LabelChoice::kNone) return std::nullopt;
  ItemRandom random(options.seed, options.epoch, item.id + "\tlabel");
  if (options.labels == LabelChoice::kDrawn) return draw_label(item.labels, random);
  return draw_label_order(item.labels, random).front();
}

int64_t checked(const Dataset& data, int64_t item) {
  if (item < 0 || item >= static_cast<int64_t>(data.items.size()))
    throw std::logic_error("the dataset has no such item");
  return item;
}

}  // namespace

Sample make_sample(const Dataset& data, int64_t item, const SampleMaker& maker, const LoaderOptions& options,
                   ClipReader& reader) {
  const DataItem& from = data.items.at(static_cast<std::size_t>(item));
  Sample sample;
  sample.item = item;
  reader.open(from.place);
  VideoFacts facts;
  facts.id = from.id;
  facts.num_frames = sample.num_frames = reader.num_frames();
  facts.frame_rate = reader.frame_rate();
  std::vector<double> motion;
  if (options.motion) {
    motion = options.motion->values(from, facts.num_frames);
    facts.motion = motion;
    facts.motion_is_curve = options.motion->is_curve();
  }
  ItemRandom random(options.seed, options.epoch, from.id);
  sample.label = chosen_label(from, options);
  sample.plan = maker.choose(facts, random);
  Clip clip = reader.read(sample.plan.frames);
  sample.replaced_frames = clip.replaced;
  sample.jpeg_reduction = clip.jpeg_reduction;
  sample.warnings = std::move(clip.warnings);
  sample.input = clip.on_device ? maker.apply(*clip.on_device, clip.order, sample.plan, random, sample.label)
                                : maker.apply(std::move(clip.frames), sample.plan, random, sample.label);
  return sample;
}

bool load(const Dataset& data, std::span<const int64_t> order, const SampleMaker& maker, const LoaderOptions& options,
          const std::function<bool(Sample)>& consume) {
  for (const int64_t item : order) checked(data, item);
  return load(
      data, order.size(),
      [&](uint64_t number) {
        return LoadRequest{order[number], options.epoch};
      },
      maker, options, consume);
}

bool load(const Dataset& data, uint64_t count, const std::function<LoadRequest(uint64_t)>& nth,
          const SampleMaker& maker, const LoaderOptions& options, const std::function<bool(Sample)>& consume) {
  const int workers = std::max(options.workers, 0);
  LoaderOptions settled = options;
  settled.reader.video.threads = media::decoder_threads(std::max(workers, 1));
  ReaderPool readers(settled.reader);
  ByteGate gate(options.max_bytes);

  const auto produce = [&](uint64_t number) {
    try {
      throw_if_cancelled();
      const LoadRequest request = nth(number);
      LoaderOptions own = settled;
      own.epoch = request.epoch;
      const int64_t item = checked(data, request.item);
      const int64_t booked = gate.enter(number);
      Sample sample;
      try {
        sample = readers.with_reader([&](ClipReader& reader) { return make_sample(data, item, maker, own, reader); });
      } catch (const DataError& error) {
        sample = Sample{};
        sample.item = item;
        sample.failure = error.what();
      }
      gate.made(booked, bytes_of(sample));
      return sample;
    } catch (...) {
      gate.close(std::current_exception());
      throw;
    }
  };
  const auto hand_over = [&](uint64_t number, Sample sample) {
    gate.handed_over(number, bytes_of(sample));
    try {
      throw_if_cancelled();
      if (!consume(std::move(sample))) throw StopLoading{};
    } catch (...) {
      gate.close(std::current_exception());
      throw;
    }
  };
  const auto window = static_cast<uint64_t>(std::max<int64_t>(options.prefetch, 0));
  try {
    ordered_parallel(count, workers == 1 ? 2 : workers, produce, hand_over,
                     window > 0 ? window : 2 * static_cast<uint64_t>(workers), StartSome{workers});
  } catch (const StopLoading&) {
    return false;
  }
  return true;
}

}  // namespace vs::data
