#include "lib/core/parallel.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace vs {

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int thread_count(int jobs, uint64_t items) {
  const auto wanted = static_cast<uint64_t>(jobs > 0 ? jobs : available_cores());
  return static_cast<int>(std::max<uint64_t>(1, std::min(wanted, items)));
}

void give_way() {
  constexpr int kNicer = 13;
  // On Linux niceness is a thread's own.
  const auto self = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, self, std::min(getpriority(PRIO_PROCESS, self) + kNicer, 19));
}

}  // namespace vs
