// mmaction2's samplers as pipeline steps.
#include <array>

#include <nlohmann/json.hpp>

#include "lib/data/pipeline_samplers_internal.h"
#include "lib/sampling/sample_frames.h"
#include "lib/sampling/uniform_frames.h"

namespace vs::data {
namespace {

using sampling::ClipSampling;
using sampling::Generation;

/// The keys that SampleFrames and DenseSampleFrames share. start_index is the data set's, and 0 here.
ClipSampling clip_sampling(StepOptions& options) {
  options.pass({"start_index"});
  ClipSampling how;
  how.clip_len = options.integer("clip_len", 1, kMostFrames);
  how.frame_interval = options.integer_or("frame_interval", 1, 1);
  how.num_clips = options.integer_or("num_clips", 1, 1, kMostFrames);
  how.temporal_jitter = options.flag_or("temporal_jitter", false);
  how.twice_sample = options.flag_or("twice_sample", false);
  how.keep_tail_frames = options.flag_or("keep_tail_frames", false);
  if (options.word("out_of_bound_opt", {"loop", "repeat_last"}) == "repeat_last")
    how.out_of_bound = sampling::OutOfBound::kRepeatLast;
  if (options.word("generation", {"0.x", "1.x"}) == "1.x") how.generation = Generation::k1x;
  if (how.clip_len * how.num_clips > kMostFrames) options.refuse("num_clips", "and clip_len make too many frames");
  return how;
}

class SampleFrames final : public FrameSampler {
 public:
  explicit SampleFrames(StepOptions& options) : how_(clip_sampling(options)) {
    test_ = options.flag_or("test_mode", false);
    if (options.has("target_fps")) {
      how_.target_fps = options.number_or("target_fps", 0, 1e-3, 1e6);
      if (!test_ || how_.generation == Generation::k0x)
        options.refuse("target_fps", "goes with \"generation\": \"1.x\" and \"test_mode\": true");
    }
    if (test_ && how_.generation == Generation::k1x && how_.twice_sample && how_.clip_len > 1 && how_.num_clips == 1)
      options.refuse("twice_sample", "has no meaning for one clip of several frames in 1.x");
  }
  FramePlan choose(const VideoFacts& video, RandomSource& random) const override {
    return plan_of(test_ ? sampling::sample_test(how_, video.num_frames, random, video.frame_rate)
                         : sampling::sample_train(how_, video.num_frames, random),
                   how_.clip_len);
  }

 private:
  ClipSampling how_;
  bool test_;
};

class DenseSampleFrames final : public FrameSampler {
 public:
  explicit DenseSampleFrames(StepOptions& options) {
    how_.clips = clip_sampling(options);
    how_.sample_range = options.integer_or("sample_range", 64, 1);
    how_.num_sample_positions = options.integer_or("num_sample_positions", 10, 1, kMostFrames);
    if (how_.num_sample_positions * how_.clips.num_clips * how_.clips.clip_len > kMostFrames)
      options.refuse("num_sample_positions", "and num_clips make too many frames");
    test_ = options.flag_or("test_mode", false);
  }
  FramePlan choose(const VideoFacts& video, RandomSource& random) const override {
    return plan_of(test_ ? sampling::sample_dense_test(how_, video.num_frames, random)
                         : sampling::sample_dense_train(how_, video.num_frames, random),
                   how_.clips.clip_len);
  }

 private:
  sampling::DenseSampling how_;
  bool test_;
};

sampling::UniformSampling uniform_sampling(StepOptions& options) {
  options.pass({"start_index"});
  sampling::UniformSampling how;
  how.clip_len = options.integer("clip_len", 1, kMostFrames);
  how.num_clips = options.integer_or("num_clips", 1, 1, kMostFrames);
  if (how.clip_len * how.num_clips > kMostFrames) options.refuse("num_clips", "and clip_len make too many frames");
  return how;
}

class UniformSampleFrames final : public FrameSampler {
 public:
  explicit UniformSampleFrames(StepOptions& options) : how_(uniform_sampling(options)) {
    test_ = options.flag_or("test_mode", false);
    seed_ = static_cast<uint32_t>(options.integer_or("seed", sampling::kUniformTestSeed, 0, UINT32_MAX));
  }
  FramePlan choose(const VideoFacts& video, RandomSource& random) const override {
    return plan_of(test_ ? sampling::uniform_frames_test(how_, video.num_frames, seed_)
                         : sampling::uniform_frames_train(how_, video.num_frames, random),
                   how_.clip_len);
  }

 private:
  sampling::UniformSampling how_;
  bool test_;
  uint32_t seed_;
};

class UniformSample final : public FrameSampler {
 public:
  explicit UniformSample(StepOptions& options) : how_(uniform_sampling(options)) {
    test_ = options.flag_or("test_mode", false);
    if (!test_ && how_.num_clips != 1) options.refuse("num_clips", "must be 1 in training");
  }
  FramePlan choose(const VideoFacts& video, RandomSource& random) const override {
    return plan_of(test_ ? sampling::uniform_sample_test(how_, video.num_frames)
                         : sampling::uniform_sample_train(how_, video.num_frames, random),
                   how_.clip_len);
  }

 private:
  sampling::UniformSampling how_;
  bool test_;
};

class UntrimmedSampleFrames final : public FrameSampler {
 public:
  explicit UntrimmedSampleFrames(StepOptions& options) {
    options.pass({"start_index", "test_mode"});
    how_.clip_len = options.integer_or("clip_len", 1, 1, kMostFrames);
    // The same argument changed its meaning between the generations.
    const bool later = options.word("generation", {"0.x", "1.x"}) == "1.x";
    if (later) {
      how_.clip_interval = options.integer_or("clip_interval", 16, 1);
      how_.frame_interval = options.integer_or("frame_interval", 1, 1);
    } else {
      how_.clip_interval = options.integer_or("frame_interval", 16, 1);
    }
  }
  FramePlan choose(const VideoFacts& video, RandomSource&) const override {
    return plan_of(sampling::untrimmed_frames(how_, video.num_frames), how_.clip_len);
  }

 private:
  sampling::UntrimmedSampling how_;
};

template <class T>
std::unique_ptr<FrameSampler> make(StepOptions& options) {
  return std::make_unique<T>(options);
}

}  // namespace

std::span<const NamedSampler> clip_samplers() {
  static constexpr std::array<NamedSampler, 5> kTable{{{"SampleFrames", make<SampleFrames>},
                                                       {"DenseSampleFrames", make<DenseSampleFrames>},
                                                       {"UniformSampleFrames", make<UniformSampleFrames>},
                                                       {"UniformSample", make<UniformSample>},
                                                       {"UntrimmedSampleFrames", make<UntrimmedSampleFrames>}}};
  return kTable;
}

}  // namespace vs::data
