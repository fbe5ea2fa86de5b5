#include "lib/nn/patient_threads.h"

#include <ATen/Parallel.h>

#include <cstdint>

namespace vs::nn {

PatientThreads::PatientThreads()
    : keeper_([this] {
        // A team of two threads at least, of which libgomp keeps count until this thread ends.
        at::parallel_for(0, 2, 1, [](int64_t, int64_t) {});
        std::unique_lock lock(mutex_);
        ready_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return over_; });
      }) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_; });
}

PatientThreads::~PatientThreads() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  keeper_.join();
}

}  // namespace vs::nn
