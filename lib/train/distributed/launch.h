// Several processes of this program on this machine, as torchrun would start them.
#pragma once

#include <string>
#include <vector>

namespace vs::train {

/// Runs this program with `command` (program name first) `count` times, with RANK, WORLD_SIZE, LOCAL_RANK,
/// LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT set, and waits for all. Signals go on to all of them. If one fails,
/// the others get a while to notice and are ended then. They end when this process does. Returns 0, or the exit code of
/// the first that failed (128 + the signal that killed it). Throws RunError if they cannot be started.
int launch_processes(int count, const std::vector<std::string>& command);

/// Ends this process, by SIGTERM, with the one that launched it; does nothing in one that was not.
void end_with_launcher();

}  // namespace vs::train
