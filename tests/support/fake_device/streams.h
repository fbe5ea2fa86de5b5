// Streams of the fake device. Everything is done at once; but a stream may be recorded.
#pragma once

#include <c10/core/Stream.h>

#include <memory>

#include "tests/support/fake_device/capture.h"

namespace vs::test::fake {

/// That on which this thread computes.
c10::Stream current_stream();
c10::Stream new_stream();

/// From now on what the stream is given is recorded.
std::shared_ptr<Capture> begin_capture(const c10::Stream& stream);
/// Its stream, and those that joined it, are not recorded any more.
void end_capture(const std::shared_ptr<Capture>& capture);

/// Waits until the device has done everything: not while this thread's stream is recorded.
void wait_for_device();

}  // namespace vs::test::fake
