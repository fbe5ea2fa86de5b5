#include "lib/train/distributed/stop_wish.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>

#include "lib/core/cancel.h"

namespace vs::train {
namespace {

constexpr std::array<int, 4> kSignals{SIGINT, SIGTERM, SIGUSR1, SIGHUP};

// A signal handler reaches nothing but a static.
std::atomic<int> noted_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void note_signal(int signal_number) {
  int none = 0;
  noted_signal.compare_exchange_strong(none, signal_number);
}

extern "C" void cancel_by_signal(int signal_number) { set_cancel_signal(signal_number); }

void handle(int signal_number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;
  struct sigaction before {};
  if (signal_number == SIGHUP && sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) return;
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void watch_stop_signals(bool several) {
  if (!several) return handle(SIGUSR1, cancel_by_signal);
  for (const int signal_number : kSignals) handle(signal_number, note_signal);
}

void agree_to_stop(Ranks& ranks) {
  if (ranks.size() == 1) return;
  const at::Tensor wishes = at::zeros({static_cast<int64_t>(kSignals.size())}, at::kInt);
  const auto noted = std::find(kSignals.begin(), kSignals.end(), noted_signal.load());
  if (noted != kSignals.end()) wishes[noted - kSignals.begin()] = 1;
  ranks.sum({wishes});
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (wishes[static_cast<int64_t>(i)].item<int>() > 0) return set_cancel_signal(kSignals[i]);
  }
}

}  // namespace vs::train
