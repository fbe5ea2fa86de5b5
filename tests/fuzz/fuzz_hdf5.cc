// HDF5 packs of every schema: opened, and everything in them read.
#include <cstddef>
#include <cstdint>

#include "lib/core/error.h"
#include "lib/store/annotations_file.h"
#include "lib/store/frames_file.h"
#include "lib/store/motion_file.h"
#include "lib/store/scores_file.h"
#include "tests/fuzz/scratch_file.h"

namespace {

template <class Read>
void attempt(Read read) {
  try {
    read();
  } catch (const vs::Error&) {
    // A refusal is one of the two right answers.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vs;
  const fuzz::ScratchFile file(data, size);
  attempt([&] {
    const store::MotionFile motion(file.path());
    for (int64_t video = 0; video < motion.num_videos(); ++video) (void)motion.video(video);
  });
  attempt([&] {
    const store::FramesFile frames(file.path());
    for (int64_t video = 0; video < frames.num_videos(); ++video) {
      for (int64_t k = 0; k < frames.num_frames(video); ++k) (void)frames.frame(video, k);
    }
  });
  attempt([&] {
    const store::ScoresFile scores(file.path());
    for (int64_t video = 0; video < scores.num_videos(); ++video) (void)scores.video(video);
    (void)scores.scores();
    (void)scores.labels();
    (void)scores.stage_logits();
  });
  attempt([&] { (void)store::read_annotations(file.path()); });
  return 0;
}
