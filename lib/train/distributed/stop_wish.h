// Wishes to save and stop: SIGINT, SIGTERM, SIGHUP, and SIGUSR1, which schedulers send before they end a job.
#pragma once

#include "lib/train/distributed/ranks.h"

namespace vs::train {

/// Makes SIGUSR1 a wish to stop too. One process alone stops as soon as it can (lib/core/cancel.h). With several, a
/// signal that one of them gets is only noted: all must stop after the same iteration, or they would wait for each
/// other. Call it once, before the first step.
void watch_stop_signals(bool several);

/// After every iteration of several processes: whether any of them was asked to stop. If so, sets the flag of
/// lib/core/cancel.h in all of them. For one alone it does nothing.
void agree_to_stop(Ranks& ranks);

}  // namespace vs::train
