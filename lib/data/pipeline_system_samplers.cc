// Samplers of MGSampler, AdaFocusV2 and DRCA's retrieval as pipeline steps.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/data/pipeline_samplers_internal.h"
#include "lib/sampling/adafocus_frames.h"
#include "lib/sampling/motion_guided.h"
#include "lib/sampling/retrieval_clips.h"

namespace vs::data {
namespace {

/// Equal shares of the video's motion; with "window" the clip variant.
class MGSampleFrames final : public FrameSampler {
 public:
  explicit MGSampleFrames(StepOptions& options) {
    num_segments_ = options.integer("num_segments", 1, kMostFrames);
    test_ = options.flag_or("test_mode", false);
    num_clips_ = options.integer_or("num_clips", 1, 1, kMostFrames);
    if (!test_ && num_clips_ != 1) options.refuse("num_clips", "must be 1 in training");
    if (num_segments_ * num_clips_ > kMostFrames) options.refuse("num_clips", "and num_segments make too many frames");
    mu_ = options.number_or("mu", sampling::kDefaultSmoothing, 0, 100);
    if (options.has("window")) window_ = options.integer("window", 1);
  }

  FramePlan choose(const VideoFacts& video, RandomSource& random) const override {
    check(video);
    return plan_of(window_ ? windowed(video, random) : whole(video, random), num_segments_);
  }

 private:
  void check(const VideoFacts& video) const {
    if (video.num_frames < 1) throw DataError(video.id, fmt::format("has {} frames", video.num_frames));
    const auto pairs = static_cast<int64_t>(video.motion.size());
    if (pairs == 0 && video.num_frames > 1)
      throw DataError(video.id, "has no motion, by which its frames would be chosen", "make it with vs-motion");
    if (pairs != video.num_frames - 1)
      throw DataError(video.id, fmt::format("has {} frames, but {} values of motion", video.num_frames, pairs),
                      "motion of other frames, or another frame count in the annotations");
    if (window_ && video.motion_is_curve)
      throw DataError(video.id, "windows need motion as it is, not a cumulative curve", "make it with vs-motion");
  }

  std::vector<int64_t> whole(const VideoFacts& video, RandomSource& random) const {
    if (video.motion_is_curve)
      return test_ ? sampling::curve_test_frames(video.motion, num_segments_, num_clips_)
                   : sampling::curve_train_frames(video.motion, num_segments_, random);
    return test_ ? sampling::guided_test_frames(video.motion, num_segments_, num_clips_, mu_)
                 : sampling::guided_train_frames(video.motion, num_segments_, random, mu_);
  }

  std::vector<int64_t> windowed(const VideoFacts& video, RandomSource& random) const {
    const sampling::GuidedWindow how{*window_, num_segments_, mu_};
    return test_ ? sampling::guided_window_test_frames(video.motion, num_clips_, how)
                 : sampling::guided_window_train_frames(video.motion, random, how);
  }

  int64_t num_segments_ = 8, num_clips_ = 1;
  double mu_;
  bool test_;
  std::optional<int64_t> window_;
};

const std::vector<std::string> kAdaFocusModes{"validation", "train", "test", "twice", "dense_train", "dense_test"};

std::vector<int64_t> segment_frames(const sampling::SegmentSampling& how, const std::string& mode, int64_t num_frames,
                                    RandomSource& random) {
  if (mode == "train") return sampling::segment_frames_train(how, num_frames, random);
  if (mode == "test") return sampling::segment_frames_test(how, num_frames);
  if (mode == "twice") return sampling::segment_frames_twice(how, num_frames);
  if (mode == "validation") return sampling::segment_frames_validation(how, num_frames);
  const sampling::DenseSampling dense = sampling::dense_segments(how.num_segments);
  return mode == "dense_train" ? sampling::sample_dense_train(dense, num_frames, random)
                               : sampling::sample_dense_test(dense, num_frames, random);
}

class AdaFocusSampleFrames final : public FrameSampler {
 public:
  explicit AdaFocusSampleFrames(StepOptions& options) {
    how_.num_segments = options.integer("num_segments", 1, kMostFrames);
    if (options.word("too_short", {"repeat_last", "first_frame"}) == "first_frame")
      how_.too_short = sampling::TooShort::kFirstFrame;
    mode_ = options.word("mode", kAdaFocusModes);
  }
  FramePlan choose(const VideoFacts& video, RandomSource& random) const override {
    return plan_of(segment_frames(how_, mode_, video.num_frames, random), how_.num_segments);
  }

 private:
  sampling::SegmentSampling how_;
  std::string mode_;
};

/// The glance clip, then the focus clip, half as long again; each is transformed by draws of its own.
class AdaFocusClipSampleFrames final : public FrameSampler {
 public:
  explicit AdaFocusClipSampleFrames(StepOptions& options) {
    glance_.num_segments = options.integer("num_segments", 1, kMostFrames);
    glance_.too_short = sampling::TooShort::kFirstFrame;
    focus_ = glance_;
    focus_.num_segments = sampling::focus_clip_len(glance_.num_segments);
    mode_ = options.word("mode", {"validation", "train", "test", "dense_train"});
  }
  FramePlan choose(const VideoFacts& video, RandomSource& random) const override {
    std::vector<int64_t> frames = segment_frames(glance_, mode_, video.num_frames, random);
    const std::vector<int64_t> focus = segment_frames(focus_, mode_, video.num_frames, random);
    frames.insert(frames.end(), focus.begin(), focus.end());
    const auto clip_len = static_cast<int64_t>(frames.size());
    return plan_of(std::move(frames), clip_len);
  }
  std::vector<int64_t> groups() const override { return {glance_.num_segments, focus_.num_segments}; }

 private:
  sampling::SegmentSampling glance_, focus_;
  std::string mode_;
};

/// One frame a second, in clips; the last clip may end in black frames, which the plan has no frame for.
class RetrievalSampleFrames final : public FrameSampler {
 public:
  explicit RetrievalSampleFrames(StepOptions& options) : clip_len_(options.integer_or("clip_len", 8, 1, kMostFrames)) {}
  FramePlan choose(const VideoFacts& video, RandomSource&) const override {
    FramePlan plan;
    plan.frames = sampling::one_frame_a_second(video.num_frames, video.frame_rate);
    const auto partition = sampling::partition_into_clips(static_cast<int64_t>(plan.frames.size()), clip_len_);
    plan.frames.resize(static_cast<size_t>(partition.used_frames));
    plan.clip_len = clip_len_;
    plan.num_clips = partition.num_clips;
    return plan;
  }

 private:
  int64_t clip_len_;
};

template <class T>
std::unique_ptr<FrameSampler> make(StepOptions& options) {
  return std::make_unique<T>(options);
}

}  // namespace

std::span<const NamedSampler> system_samplers() {
  static constexpr std::array<NamedSampler, 4> kTable{{{"MGSampleFrames", make<MGSampleFrames>},
                                                       {"AdaFocusSampleFrames", make<AdaFocusSampleFrames>},
                                                       {"AdaFocusClipSampleFrames", make<AdaFocusClipSampleFrames>},
                                                       {"RetrievalSampleFrames", make<RetrievalSampleFrames>}}};
  return kTable;
}

}  // namespace vs::data
