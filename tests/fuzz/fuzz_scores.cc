// Score exports of other programs: pickles and JSON. What is read is whole, and no larger than the file justifies.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "lib/core/error.h"
#include "lib/weights/score_export.h"
#include "tests/fuzz/scratch_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const vs::weights::ScoreExport& scores, size_t size) {
  require(scores.num_classes > 0 && scores.num_videos() > 0 && scores.scores.size() <= size);
  require(static_cast<int64_t>(scores.scores.size()) == scores.offsets.back() * scores.num_classes);
  for (size_t v = 0; v + 1 < scores.offsets.size(); ++v) require(scores.offsets[v] < scores.offsets[v + 1]);
  const auto videos = static_cast<size_t>(scores.num_videos());
  require(scores.labels.empty() || scores.labels.size() == videos);
  require(scores.video_ids.empty() || scores.video_ids.size() == videos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const vs::fuzz::ScratchFile file(data, size);
  try {
    check(vs::weights::read_score_export(file.path()), size);
  } catch (const vs::Error&) {
    // A refusal is one of the two right answers.
  }
  return 0;
}
