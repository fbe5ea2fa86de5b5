// The steps of a pipeline that choose frames.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/core/random.h"
#include "lib/data/sample.h"
#include "lib/data/transforms/step_options.h"

namespace vs::data {

/// Chooses the frames of a sample.
class FrameSampler {
 public:
  virtual ~FrameSampler() = default;
  /// Draws as the original program does. Throws DataError for a video that has too little for the rule.
  virtual FramePlan choose(const VideoFacts& video, RandomSource& random) const = 0;
  /// Numbers of frames, one after the other, whose transforms are drawn apart; empty: all are drawn together.
  virtual std::vector<int64_t> groups() const { return {}; }
};

/// Names of all of them: SampleFrames, DenseSampleFrames, UniformSampleFrames, UniformSample, UntrimmedSampleFrames (of
/// mmaction2; "generation": "1.x" for its later rules), MGSampleFrames (MGSampler), AdaFocusSampleFrames and
/// AdaFocusClipSampleFrames (AdaFocusV2; the second gives the glance clip and then the focus clip of its
/// Something-Something program), RetrievalSampleFrames (DRCA's retrieval evaluation).
std::vector<std::string> sampler_names();

/// The sampler of this type, null if the type is none of them. Reads every key that it knows; the caller calls
/// finish(). Throws UsageError for bad values.
std::unique_ptr<FrameSampler> make_sampler(StepOptions& options);

}  // namespace vs::data
