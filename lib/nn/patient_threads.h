// How the threads of a forward wait for each other.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace vs::nn {

/// While it lives, OpenMP's threads soon sleep when they wait, instead of spinning for as long as there is a core for
/// each of them. Programs of vs read videos on other threads at the same time and machines are shared: a thread that
/// spins then keeps the one that it waits for from running (on two cores, one of them busy, a training step took 2.3 s
/// and takes 0.07 s so). On an idle machine it costs at most 1 %.
///
/// libgomp spins less once it manages more threads than there are cores, and reads its variables (GOMP_SPINCOUNT,
/// OMP_WAIT_POLICY, which still decide where they are set) before any code of a program runs. So this keeps one thread
/// with a team of its own, which does nothing.
class PatientThreads {
 public:
  PatientThreads();
  PatientThreads(const PatientThreads&) = delete;
  PatientThreads& operator=(const PatientThreads&) = delete;
  ~PatientThreads();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false, over_ = false;
  std::thread keeper_;
};

}  // namespace vs::nn
