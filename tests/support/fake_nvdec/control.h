// What the fake NVDEC does and what was asked of it, shared by its two libraries and the tests that load them.
//
// The fake is NVIDIA's libcuda.so.1 and libnvcuvid.so.1 as far as FFmpeg calls them: its code for `--hwaccel cuda` runs
// as it is, on a machine without a GPU. "Device memory" is the host's. It does not decode: it knows the pictures of
// given videos from FFmpeg's decoder on the CPU, and finds by the bytes of the slices which of them is meant.
//
// C++ tests use fake_nvdec.h. Programs are run with LD_LIBRARY_PATH on the folder of the two libraries and
//   VS_FAKE_NVDEC_VIDEOS    the videos it knows, paths with ':' between them; files that are no videos do not matter
//   VS_FAKE_NVDEC_SWITCHES  such as "devices=0" or "failing_decode=20": the switches below, with ' ' between them
#pragma once

#include <atomic>

namespace vs::fake_nvdec {

/// Calls are counted from 0; -1: none fails.
struct Control {
  // Switches.
  std::atomic<int> devices{2};
  std::atomic<int> takes_streams{1};      ///< 0: has a decoder for no stream
  std::atomic<int> failing_create{-1};    ///< this decoder is not made
  std::atomic<int> failing_decode{-1};    ///< this picture is refused
  std::atomic<int> failing_status{-1};    ///< this picture is taken, and what comes of it is damaged
  std::atomic<int> failing_map{-1};       ///< this picture is not given
  std::atomic<int> failing_download{-1};  ///< this copy of a plane to the host fails

  // What was asked since the counts were set to 0.
  std::atomic<int> creates{0}, decodes{0}, maps{0}, downloads{0};
  std::atomic<int> decodes_of_device[2]{};

  // What is there.
  std::atomic<int> decoders{0};
  std::atomic<int> mapped{0};  ///< pictures that someone holds

  /// Calls that a driver would punish: with no context, with a decoder or a picture that is gone, of a surface that is
  /// still held.
  std::atomic<int> misuses{0};
};

}  // namespace vs::fake_nvdec

extern "C" {
/// Of libcuda.so.1.
using FakeNvdecControl = vs::fake_nvdec::Control*();
/// Of libnvcuvid.so.1: makes a video known, and all unknown. Equal bytes in two of them may be two pictures.
using FakeNvdecKnow = void(const char* path);
using FakeNvdecForget = void();
}
