#include "lib/nn/patient_threads.h"

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::nn {
namespace {

/// Elements of which LibTorch gives every thread some: its grain is 2^15.
constexpr int64_t kShared = int64_t{1} << 18;

}  // namespace

PatientThreads::PatientThreads()
    : keeper_([this] {
        // An operation large enough for LibTorch to share out makes a team, of which libgomp keeps count until this
        // thread ends. at::parallel_for here would not: without OpenMP in our own flags it is a plain loop.
        at::zeros({kShared}).add_(1);
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
