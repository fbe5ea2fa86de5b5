// One thing at a time from one thread to another.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace vs::train {

/// A place for one thing, between a thread that puts and one that takes.
template <class T>
class HandOver {
 public:
  /// Waits until the thing has been taken. False: nobody takes any more.
  bool put(T thing) {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    thing_ = std::move(thing);
    changed_.notify_all();
    changed_.wait(lock, [&] { return closed_ || !thing_; });
    return !closed_;
  }
  /// Nothing more will be put; `reason`, where there is one, is thrown to the taker.
  void end(std::exception_ptr reason = {}) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    reason_ = std::move(reason);
    changed_.notify_all();
  }
  /// The next thing, when it is there; nothing at the end.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return thing_ || ended_; });
    if (!thing_ && reason_) std::rethrow_exception(reason_);
    std::optional<T> taken = std::exchange(thing_, std::nullopt);
    changed_.notify_all();
    return taken;
  }
  /// Nothing more will be taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> thing_;
  std::exception_ptr reason_;
  bool ended_ = false, closed_ = false;
};

}  // namespace vs::train
