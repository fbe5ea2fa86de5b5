// A data pipeline as recipes write it: which frames of a video, and how they become a network's input.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/random.h"
#include "lib/data/clip_reader.h"
#include "lib/data/pipeline_sample.h"
#include "lib/data/pipeline_samplers.h"
#include "lib/data/sample.h"
#include "lib/data/sample_maker.h"
#include "lib/data/transforms/course.h"
#include "lib/media/image.h"

namespace vs::data {

/// Steps in the names and with the keys of mmaction2's pipelines and AdaFocusV2's transforms, as JSON:
///
///     [{"type": "SampleFrames", "clip_len": 1, "num_clips": 8, "test_mode": true},
///      {"type": "Resize", "scale": [-1, 256]}, {"type": "CenterCrop", "crop_size": 224},
///      {"type": "Normalize", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
///      {"type": "FormatShape", "input_format": "NCHW"}]
///
/// One sampler at most (sampler_names()), then steps that move pixels (transform_names()), then Normalize or, for the
/// rules of mmaction2 1.x, ActionDataPreprocessor, and FormatShape. AdaFocusV2: Stack, ToTorchFormatTensor and
/// GroupNormalize. Steps that say how files are read or what is collected (RawFrameDecode, DecordDecode, Collect, ...)
/// are accepted and mean nothing here. A pipeline may end after the sampler: it then chooses frames only.
///
/// What it does depends on nothing but its arguments. Several threads may use one object.
class Pipeline final : public SampleMaker {
 public:
  /// `place` is what messages call it, such as "data.test". Throws UsageError for an unknown step or key, naming the
  /// nearest one, a bad value, or steps in an order that cannot be.
  explicit Pipeline(const nlohmann::ordered_json& steps, const std::string& place = "pipeline");

  bool chooses() const { return sampler_ != nullptr; }
  bool transforms() const { return normalize_.has_value(); }
  /// Frames are optical flow: of every frame of a plan an x and a y picture, in turn, one channel each.
  bool is_flow() const { return normalize_ && normalize_->flow; }
  /// How a reader best gives frames to this pipeline: with the short side of its first step, which changes no bit of
  /// the result; on a GPU only where works_on_device().
  ClipReaderOptions reading(ClipReaderOptions how) const;

  /// The frames to read. A plan of RetrievalSampleFrames may have fewer frames than num_clips * clip_len: the rest is
  /// black. Throws DataError for a video that the sampler cannot serve, UsageError if the pipeline has no sampler.
  FramePlan choose(const VideoFacts& facts, RandomSource& random) const override;

  /// Makes the draws of the transforms, in their order, for frames of `source` size; `label` is changed by mirrors with
  /// a label map. Throws DataError for frames that a step cannot be applied to, UsageError if the pipeline ends after
  /// the sampler.
  PipelineSample begin(const FramePlan& plan, sampling::Size source, RandomSource& random,
                       std::optional<int64_t> label = std::nullopt) const;

  /// The input made of RGB pictures, all of one size, one for each entry of plan.frames in its order (of flow two).
  /// Throws as begin() and PipelineSample::put(), and DataError for another number of pictures.
  Array apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random) const override;
  /// The same; a label that is given is changed by mirrors with a label map.
  Array apply(std::vector<media::Image> frames, const FramePlan& plan, RandomSource& random,
              std::optional<int64_t>& label) const override;
  /// On the GPU where PipelineSample::picture_plan() says how.
  Array apply(media::DevicePictures& pictures, std::span<const int64_t> order, const FramePlan& plan,
              RandomSource& random, std::optional<int64_t>& label) const override;
  /// Whether that is so for the usual video: else its frames are better decoded into the host's memory.
  bool works_on_device() const;

 private:
  void add(StepOptions& options);
  void add_transform(StepOptions& options, std::unique_ptr<Transform> transform);
  void check_whole(const std::string& place) const;

  std::unique_ptr<FrameSampler> sampler_;
  std::vector<std::unique_ptr<Transform>> steps_;
  std::optional<Normalize> normalize_;
  std::optional<Layout> layout_;
  std::optional<int64_t> first_short_side_;  ///< of a Resize by OpenCV's bilinear with which the pipeline begins
  bool divides_ = false;                     ///< ToTorchFormatTensor was there
};

}  // namespace vs::data
