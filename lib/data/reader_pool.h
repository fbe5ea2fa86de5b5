// Readers that threads share.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "lib/data/clip_reader.h"

namespace vs::data {

/// As many readers as are in use at a time; one that served keeps its last video open for the next use. Any thread.
class ReaderPool {
 public:
  explicit ReaderPool(ClipReaderOptions options) : options_(std::move(options)) {}

  /// work(reader), whose result it returns. A reader whose use ends with an exception is not used again.
  template <class Work>
  auto with_reader(Work work) {
    std::unique_ptr<ClipReader> reader = take();
    auto result = work(*reader);
    give_back(std::move(reader));
    return result;
  }

 private:
  std::unique_ptr<ClipReader> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<ClipReader>(options_);
    std::unique_ptr<ClipReader> reader = std::move(free_.back());
    free_.pop_back();
    return reader;
  }
  void give_back(std::unique_ptr<ClipReader> reader) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(reader));
  }

  ClipReaderOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ClipReader>> free_;
};

}  // namespace vs::data
