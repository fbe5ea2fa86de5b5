// SIGINT, SIGTERM and SIGHUP as a flag that long work looks at.
#pragma once

namespace vs {

/// Installs the handlers: the first SIGINT, SIGTERM or SIGHUP sets the flag, a second one leaves at once with 130, 143
/// or 129. SIGHUP stays ignored where it is (nohup). Ignores SIGPIPE.
void install_signal_handlers();
/// The signal seen so far, 0 if none. Safe from any thread.
int cancel_signal() noexcept;
/// Throws Interrupted if a signal was seen. Call it between items and between frames.
void throw_if_cancelled();
/// Sets the flag as a signal would (tests, and a worker that must stop the others); 0 clears it.
void set_cancel_signal(int signal_number) noexcept;

}  // namespace vs
