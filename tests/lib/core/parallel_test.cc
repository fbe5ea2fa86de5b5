#include "lib/core/parallel.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <stdexcept>
#include <system_error>
#include <vector>

using namespace vs;

TEST_CASE("results come in order for any number of threads") {
  for (const int threads : {1, 2, 4, 9}) {
    std::vector<uint64_t> seen;
    ordered_parallel(
        100, threads, [](uint64_t i) { return i * i; },
        [&](uint64_t i, uint64_t value) {
          CHECK(value == i * i);
          seen.push_back(i);
        });
    CHECK(seen.size() == 100);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
  }
}

TEST_CASE("no more than the window waits") {
  std::atomic<int64_t> produced{0}, consumed{0};
  std::atomic<int64_t> most{0};
  ordered_parallel(
      200, 4,
      [&](uint64_t i) {
        const int64_t ahead = ++produced - consumed.load();
        int64_t old = most.load();
        while (ahead > old && !most.compare_exchange_weak(old, ahead)) {
        }
        return i;
      },
      [&](uint64_t, uint64_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        ++consumed;
      },
      6);
  CHECK(most.load() <= 6 + 1);
}

TEST_CASE("the first failing item decides, those before it are consumed") {
  for (const int threads : {1, 4}) {
    uint64_t consumed = 0;
    const auto run = [&] {
      ordered_parallel(
          50, threads,
          [](uint64_t i) {
            if (i == 7 || i == 9) throw std::runtime_error(std::to_string(i));
            return i;
          },
          [&](uint64_t, uint64_t) { ++consumed; });
    };
    CHECK_THROWS_WITH(run(), "7");
    CHECK(consumed == 7);
  }
}

TEST_CASE("a failing consumer stops the rest") {
  std::atomic<int> produced{0};
  CHECK_THROWS(ordered_parallel(
      10000, 4, [&](uint64_t i) { return ++produced, i; },
      [](uint64_t i, uint64_t) {
        if (i == 3) throw std::runtime_error("full");
      }));
  CHECK(produced.load() < 100);
}

TEST_CASE("where threads cannot be made, those that there are do the work") {
  for (const int given : {0, 1, 3}) {
    CAPTURE(given);
    int started = 0;
    const auto start = [&](auto& work) {
      if (started == given) throw std::system_error(EAGAIN, std::generic_category());
      ++started;
      return std::jthread(std::ref(work));
    };
    std::vector<uint64_t> seen;
    ordered_parallel(
        50, 8, [](uint64_t i) { return i; }, [&](uint64_t i, uint64_t) { seen.push_back(i); }, 0, start);
    CHECK(seen.size() == 50);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    CHECK(started == given);
  }
}

TEST_CASE("another failure while threads are made ends the run, it does not hang") {
  int started = 0;
  const auto start = [&](auto& work) {
    if (started++ == 2) throw std::bad_alloc();
    return std::jthread(std::ref(work));
  };
  // More items than the window: threads wait for room.
  CHECK_THROWS_AS(ordered_parallel(
                      50, 4, [](uint64_t i) { return i; }, [](uint64_t, uint64_t) {}, 0, start),
                  std::bad_alloc);
}

TEST_CASE("no items, no work") {
  ordered_parallel(
      0, 4, [](uint64_t i) { return i; }, [](uint64_t, uint64_t) { CHECK(false); });
  CHECK(thread_count(0, 1) == 1);
  CHECK(thread_count(8, 3) == 3);
  CHECK(thread_count(2, 0) == 1);
  CHECK(available_cores() >= 1);
}

TEST_CASE("threads that give way are nicer than their maker, and it stays as it was") {
  const auto niceness = [] { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); };
  const int before = niceness();
  std::vector<int> found;
  ordered_parallel(
      4, 2, [&](uint64_t) { return niceness(); }, [&](uint64_t, int nice) { found.push_back(nice); }, 0,
      StartThread{.gives_way = true});
  CHECK(found == std::vector<int>(4, std::min(before + 13, 19)));
  CHECK(niceness() == before);
}
