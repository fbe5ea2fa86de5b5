// Samples of a dataset, made by several threads, handed over in order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/data/clip_reader.h"
#include "lib/data/dataset.h"
#include "lib/data/motion_source.h"
#include "lib/data/sample.h"
#include "lib/data/sample_maker.h"

namespace vs::data {

/// Which of an item's labels a sample carries.
enum class LabelChoice {
  kNone,
  kDrawn,         ///< draw_label()
  kFirstOfOrder,  ///< the first of draw_label_order()
};

/// How samples are loaded. Nothing here changes a sample but `seed`, `epoch`, `labels`, `motion` and `reader`.
struct LoaderOptions {
  /// Threads that make samples, beside the caller's, which uses them; 0: the caller's makes them too.
  int workers = 1;
  int64_t prefetch = 0;                  ///< samples that may wait for the caller or be in the making, 0: two a worker
  int64_t max_bytes = int64_t{1} << 30;  ///< of inputs that wait or are in the making; see load()
  uint64_t seed = 0, epoch = 0;          ///< with an item's id they give its stream of random numbers
  LabelChoice labels = LabelChoice::kNone;
  const MotionProvider* motion = nullptr;  ///< facts for the sampler, null: none; must outlive the call
  ClipReaderOptions reader;                ///< video.threads is set so that all workers together use the cores
};

/// One item's input, or why there is none.
struct Sample {
  int64_t item = 0;                   ///< position in Dataset::items
  std::string failure;                ///< what is wrong with the video; empty: nothing, the rest is there
  Array input;                        ///< as the maker gives it
  std::optional<int64_t> label;       ///< as LoaderOptions::labels asks, after mirrors with a label map
  FramePlan plan;                     ///< the frames that were asked for
  int64_t num_frames = 0;             ///< as the sampler was told
  int64_t replaced_frames = 0;        ///< given for frames that are not there (ShortVideo)
  int jpeg_reduction = 1;             ///< Clip::jpeg_reduction
  std::vector<std::string> warnings;  ///< of the decoder
};

/// One sample to make.
struct LoadRequest {
  int64_t item = 0;    ///< position in Dataset::items
  uint64_t epoch = 0;  ///< takes the place of LoaderOptions::epoch
};

/// Makes one sample with a reader. Throws DataError for a bad video, Interrupted, and what `maker` throws.
Sample make_sample(const Dataset& data, int64_t item, const SampleMaker& maker, const LoaderOptions& options,
                   ClipReader& reader);

/// Makes a sample of each item of `order` (positions in data.items, in any order, also several times) and calls
/// consume(sample) in the caller's thread, in that order. Samples are the same for any number of workers.
///
/// A DataError makes a sample with `failure`; anything else ends the loading and is thrown on, after the samples made
/// before it were consumed. If consume gives false, or throws, the workers stop after the sample they are at. SIGINT
/// and SIGTERM (lib/core/cancel.h) end it with Interrupted. Returns true if all were consumed.
///
/// Memory: a worker starts a sample only while inputs that wait and those in the making (each taken to be as large as
/// the largest so far) are within max_bytes; the sample that is consumed next is always made. Each worker holds the
/// frames of its sample beside that.
bool load(const Dataset& data, std::span<const int64_t> order, const SampleMaker& maker, const LoaderOptions& options,
          const std::function<bool(Sample)>& consume);

/// The same for `count` samples of any epochs, however many: nth(i) says what the i-th is. It is called by several
/// threads at once, about in the order of i and at most once for each.
bool load(const Dataset& data, uint64_t count, const std::function<LoadRequest(uint64_t)>& nth,
          const SampleMaker& maker, const LoaderOptions& options, const std::function<bool(Sample)>& consume);

}  // namespace vs::data
