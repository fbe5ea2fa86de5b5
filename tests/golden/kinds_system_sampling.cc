// Golden kinds of frame sampling as the systems do it: AdaFocusV2's two programs, DRCA, ResKD.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/core/random.h"
#include "lib/sampling/adafocus_frames.h"
#include "lib/sampling/retrieval_clips.h"
#include "lib/sampling/sample_frames.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

using nlohmann::json;
using sampling::ClipSampling;
using sampling::SegmentSampling;

/// The numbers themselves that a case gives instead of draws. `highest`: real numbers lie below it.
class GivenNumbers final : public RandomSource {
 public:
  explicit GivenNumbers(std::vector<double> numbers, double highest = 1)
      : numbers_(std::move(numbers)), highest_(highest) {}

  double uniform() override { return take() / highest_; }
  int64_t below(int64_t count) override {
    const auto number = static_cast<int64_t>(take());
    if (number < 0 || number >= count) throw std::runtime_error("the case's draw is not one of the rule's");
    return number;
  }
  bool all_used() const { return next_ == numbers_.size(); }

 private:
  double take() {
    if (next_ == numbers_.size()) throw std::runtime_error("more random numbers drawn than the case gives");
    return numbers_[next_++];
  }
  std::vector<double> numbers_;
  double highest_;
  size_t next_ = 0;
};

/// Every draw is the same r in [0, 1): an integer below n is floor(r n).
class SameDraw final : public RandomSource {
 public:
  explicit SameDraw(double r) : r_(r) {}
  double uniform() override { return r_; }
  int64_t below(int64_t count) override { return static_cast<int64_t>(std::floor(r_ * static_cast<double>(count))); }

 private:
  double r_;
};

/// An integer below n is the given one, or n - 1 where that is less.
class CutInteger final : public RandomSource {
 public:
  explicit CutInteger(int64_t value) : value_(value) {}
  double uniform() override { throw std::runtime_error("no real number is drawn here"); }
  int64_t below(int64_t count) override { return std::min(value_, count - 1); }

 private:
  int64_t value_;
};

/// Rows of one length.
struct Rows {
  std::vector<int64_t> values;
  uint64_t count = 0;

  void add(const std::vector<int64_t>& row) {
    values.insert(values.end(), row.begin(), row.end());
    ++count;
  }
  void compare(const std::string& name, Report& report) const {
    report.compare(name, values, {count, count ? values.size() / count : 0});
  }
};

std::vector<double> row_of(const Case& c, const std::string& name, size_t row) {
  const std::vector<double> all = c.input<double>(name);
  const auto width = static_cast<std::ptrdiff_t>(c.input_shape(name).at(1)), begin = static_cast<std::ptrdiff_t>(row);
  return {all.begin() + begin * width, all.begin() + (begin + 1) * width};
}

/// val_<suffix>, test_<suffix> and train_<suffix> with noise_<suffix>, 1-based.
void check_segments(const Case& c, Report& report, const SegmentSampling& how, const std::string& suffix) {
  Rows validation, test, train;
  for (const int64_t num_frames : c.input<int64_t>("num_frames")) {
    validation.add(sampling::segment_frames_validation(how, num_frames));
    test.add(sampling::segment_frames_test(how, num_frames));
  }
  const std::vector<int64_t> train_lengths = c.input<int64_t>("train_num_frames");
  for (size_t i = 0; i < train_lengths.size(); ++i) {
    GivenNumbers draws(row_of(c, "noise_" + suffix, i));
    train.add(sampling::segment_frames_train(how, train_lengths[i], draws));
  }
  validation.compare("val_" + suffix, report);
  test.compare("test_" + suffix, report);
  train.compare("train_" + suffix, report);
}

void check_activitynet_program(const Case& c, Report& report) {
  for (const json& segments : c.parameters().at("segments")) {
    const SegmentSampling how{segments, sampling::TooShort::kRepeatLast, 1};
    check_segments(c, report, how, std::to_string(how.num_segments));
  }
}

void check_something_program(const Case& c, Report& report) {
  for (const json& segments : c.parameters().at("segments_glance")) {
    const int64_t glance = segments;
    const std::string suffix = std::to_string(glance);
    check_segments(c, report, {glance, sampling::TooShort::kFirstFrame, 1}, "glance_" + suffix);
    check_segments(c, report, {sampling::focus_clip_len(glance), sampling::TooShort::kFirstFrame, 1},
                   "focus_" + suffix);
  }
}

void check_dense_program(const Case& c, Report& report) {
  const int64_t glance = c.parameters().at("num_segments");
  const std::vector<int64_t> lengths = c.input<int64_t>("num_frames"), starts = c.input<int64_t>("start");
  const auto check = [&](int64_t num_segments, const std::string& clip) {
    const sampling::DenseSampling how = sampling::dense_segments(num_segments, 1);
    Rows dense, dense_test, twice;
    for (size_t i = 0; i < lengths.size(); ++i) {
      CutInteger start(starts.at(i));
      dense.add(sampling::sample_dense_train(how, lengths[i], start));
      dense_test.add(sampling::sample_dense_test(how, lengths[i], start));
      twice.add(sampling::segment_frames_twice({num_segments, sampling::TooShort::kFirstFrame, 1}, lengths[i]));
    }
    dense.compare("dense_" + clip, report);
    dense_test.compare("dense_test_" + clip, report);
    twice.compare("twice_" + clip, report);
  };
  check(glance, "glance");
  check(sampling::focus_clip_len(glance), "focus");
}

ClipSampling clips_of(const json& args, int64_t start_index) {
  ClipSampling how;
  how.clip_len = args.at("clip_len");
  how.frame_interval = args.value("frame_interval", 1);
  how.num_clips = args.value("num_clips", 1);
  how.temporal_jitter = args.value("temporal_jitter", false);
  how.twice_sample = args.value("twice_sample", false);
  how.keep_tail_frames = args.value("keep_tail_frames", false);
  if (args.value("out_of_bound_opt", "loop") == "repeat_last") how.out_of_bound = sampling::OutOfBound::kRepeatLast;
  how.start_index = start_index;
  return how;
}

void check_drca_frames(const Case& c, Report& report) {
  const json& params = c.parameters().at("params");
  for (const json& num_clips : params.at("num_clips")) {
    json args = params;
    args["num_clips"] = num_clips;
    const ClipSampling how = clips_of(args, params.at("start_index"));
    Rows test, train;
    for (const json& total : params.at("totals")) {
      SameDraw none(0);
      test.add(sampling::sample_test(how, total, none));
      for (const json& r : params.at("r")) {
        SameDraw draw(r.get<double>());
        train.add(sampling::sample_train(how, total, draw));
      }
    }
    const std::string suffix = "_clips" + std::to_string(how.num_clips);
    test.compare("test" + suffix, report);
    train.compare("train" + suffix, report);
  }
}

void check_clip_partition(const Case& c, Report& report) {
  const json& params = c.parameters().at("params");
  Rows partition, views;
  for (const json& count : params.at("counts")) {
    const auto got = sampling::partition_into_clips(count, params.at("clip_len"));
    partition.add({count, got.num_clips, got.zero_frames, got.dropped_frames});
  }
  for (const json& size : params.at("sizes")) {
    const auto view = sampling::retrieval_view({size.at(1), size.at(0)}, params.at("short"));
    views.add({view.resized.height, view.resized.width, view.crop.top, view.crop.left, view.crop.height(),
               view.crop.width()});
  }
  partition.compare("partition", report);
  views.compare("resize_crop", report);
}

void check_keep_frames(const Case& c, Report& report) {
  const json& cases = c.parameters().at("params").at("cases");
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto kept = sampling::one_frame_a_second(cases[i].at(1), cases[i].at(0).get<double>());
    report.compare("kept" + std::to_string(i), kept, {kept.size()});
  }
}

void check_reskd_test(const Case& c, Report& report) {
  const json& samplers = c.parameters().at("samplers");
  for (size_t i = 0; i < samplers.size(); ++i) {
    const ClipSampling how = clips_of(samplers[i], samplers[i].value("start_index", 0));
    const auto width = static_cast<size_t>(how.clip_len * how.num_clips * (how.twice_sample ? 2 : 1));
    Rows rows;
    for (const json& total : c.parameters().at("total_frames")) {
      GivenNumbers none({});
      std::vector<int64_t> frames = sampling::sample_test(how, total, none);
      frames.resize(width, -1);
      rows.add(frames);
    }
    rows.compare("test_" + std::to_string(i), report);
  }
}

void check_reskd_train(const Case& c, Report& report) {
  const json& cases = c.parameters().at("cases");
  for (size_t i = 0; i < cases.size(); ++i) {
    const json& entry = cases[i];
    const std::string number = std::to_string(i);
    const ClipSampling how = clips_of(entry.at("sampler"), entry.value("start_index", 0));
    const int64_t total = entry.at("total_frames");
    std::vector<double> numbers;
    bool real = false;
    for (size_t k = 0; k < entry.at("draws").size(); ++k) {
      const auto drawn = c.input<double>("draw_" + number + "_" + std::to_string(k));
      numbers.insert(numbers.end(), drawn.begin(), drawn.end());
      real = real || entry["draws"][k] == "uniform";
    }
    // Real numbers are stated in [0, length of a part), as the reference draws them.
    const double part =
        static_cast<double>(total - how.clip_len * how.frame_interval + 1) / static_cast<double>(how.num_clips);
    GivenNumbers draws(numbers, real ? part : 1);
    const std::vector<int64_t> frames = sampling::sample_train(how, total, draws);
    report.check("case " + number + ": draws are left over", draws.all_used());
    report.compare("inds_" + number, frames, {frames.size()});
  }
}

}  // namespace

KindTable system_sampling_kinds() {
  return {{{"adafocus.sampling", check_activitynet_program},
           {"adafocus.sth_sampling", check_something_program},
           {"adafocus.sth_dense", check_dense_program},
           {"drca.sample_frames", check_drca_frames},
           {"drca.clip_partition", check_clip_partition},
           {"drca.keep_frames", check_keep_frames},
           {"reskd.sample_frames", check_reskd_test},
           {"reskd.sample_frames_train", check_reskd_train}},
          {}};
}

}  // namespace vs::golden
