// Work on many items at once, results in order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace vs {

/// Cores this process may use (affinity, not the machine's count), at least 1.
int available_cores();
/// The number of threads for --jobs: 0 means all cores; never more than items, at least 1.
int thread_count(int jobs, uint64_t items);

/// From here on this thread, and those that it starts, give way to others of the process where cores are short: a
/// niceness 13 higher. For readers beside a network: the threads of a forward wait for each other many times, and each
/// time for the one whose core a reader has (TSN-R50 from videos on two cores: 8 % of the time). Not more, so that
/// beside strangers' work as much as ours, a reader still has a twentieth of a core. Does nothing where the system
/// refuses.
void give_way();

/// Starts a thread that calls `work`; std::system_error if the machine gives none.
struct StartThread {
  bool gives_way = false;  ///< see give_way()
  template <class Work>
  std::jthread operator()(Work& work) const {
    return std::jthread([&work, gives_way = gives_way] {
      if (gives_way) give_way();
      work();
    });
  }
};

/// Calls produce(i) for i in [0, count) on `threads` threads and consume(i, result) in the caller's thread in the order
/// of i.
///
/// At most `window` results (0: twice the threads) wait at a time, so memory is bounded. With one thread everything
/// runs in the caller's. An exception of produce or consume stops the handing out of further items, waits for those in
/// flight and is thrown on; of several, that of the smallest i. Results before it have been consumed. Where the machine
/// gives fewer threads than asked for, those do the work; where it gives none, the caller's does. start: how a thread
/// is started.
template <class Produce, class Consume, class Start = StartThread>
void ordered_parallel(uint64_t count, int threads, Produce produce, Consume consume, uint64_t window = 0,
                      Start start = {}) {
  using Result = decltype(produce(uint64_t{0}));
  const auto work_alone = [&] {
    for (uint64_t i = 0; i < count; ++i) consume(i, produce(i));
  };
  if (threads <= 1 || count <= 1) return work_alone();
  struct Slot {
    std::optional<Result> result;
    std::exception_ptr failure;
    bool ready = false;
  };
  const auto number = static_cast<uint64_t>(threads);
  const uint64_t limit = std::max(window ? window : 2 * number, number);
  std::vector<Slot> slots(limit);
  std::mutex mutex;
  std::condition_variable room, ready;
  uint64_t next = 0, consumed = 0;
  bool stop = false;

  auto work = [&] {
    for (;;) {
      uint64_t i = 0;
      {
        std::unique_lock lock(mutex);
        room.wait(lock, [&] { return stop || next >= count || next < consumed + limit; });
        if (stop || next >= count) return;
        i = next++;
      }
      Slot slot;
      try {
        slot.result.emplace(produce(i));
      } catch (...) {
        slot.failure = std::current_exception();
      }
      slot.ready = true;
      std::lock_guard lock(mutex);
      slots[i % limit] = std::move(slot);
      ready.notify_one();
    }
  };
  std::vector<std::jthread> workers;
  workers.reserve(number);
  auto end_early = [&] {
    {
      std::lock_guard lock(mutex);
      stop = true;
    }
    room.notify_all();
  };
  try {
    try {
      while (workers.size() < number) workers.push_back(start(work));
    } catch (const std::system_error&) {
      if (workers.empty()) return work_alone();
    }
    for (uint64_t i = 0; i < count; ++i) {
      Slot slot;
      {
        std::unique_lock lock(mutex);
        ready.wait(lock, [&] { return slots[i % limit].ready; });
        slot = std::move(slots[i % limit]);
        slots[i % limit] = Slot{};
      }
      if (slot.failure) std::rethrow_exception(slot.failure);
      consume(i, std::move(*slot.result));
      {
        std::lock_guard lock(mutex);
        consumed = i + 1;
      }
      room.notify_all();
    }
  } catch (...) {
    end_early();
    workers.clear();
    throw;
  }
}

}  // namespace vs
