#include "lib/motion/codec.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace vs::motion {
namespace {

constexpr double kBidirectionalShare = 0.5;  // of the way to the level of forward frames
constexpr double kAnchorWeight = 0.3;
constexpr double kSigma = 0.8, kSigmaOfChanges = 1.0;
constexpr double kGroupShare = 0.3, kKeyShare = 0.2;
constexpr double kIntraOnly = 0.9;  // share of key frames from which sizes tell no motion

double log_size(double bytes) { return std::log(bytes + 1); }

// Fills the marked entries with the line between their unmarked neighbours; zeros if all are marked.
void fill_gaps(std::vector<double>& values, const std::vector<bool>& gap) {
  const auto count = static_cast<std::ptrdiff_t>(values.size());
  std::ptrdiff_t before = -1;
  for (std::ptrdiff_t i = 0; i <= count; ++i) {
    if (i < count && gap[static_cast<std::size_t>(i)]) continue;
    for (std::ptrdiff_t k = before + 1; k < i; ++k) {
      const double left = before >= 0 ? values[static_cast<std::size_t>(before)] : 0;
      const double right = i < count ? values[static_cast<std::size_t>(i)] : 0;
      double& value = values[static_cast<std::size_t>(k)];
      if (before < 0) {
        value = right;
      } else if (i == count) {
        value = left;
      } else {
        value = left + (right - left) * static_cast<double>(k - before) / static_cast<double>(i - before);
      }
    }
    before = i;
  }
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const std::size_t half = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Weighted mean under a Gaussian; near the ends only what is there.
std::vector<double> smoothed(const std::vector<double>& values, const std::vector<double>& weights, double sigma) {
  const auto count = static_cast<std::ptrdiff_t>(values.size());
  const auto radius = static_cast<std::ptrdiff_t>(3 * sigma + 1);
  std::vector<double> kernel(static_cast<std::size_t>(radius) + 1);
  for (std::ptrdiff_t d = 0; d <= radius; ++d) {
    const double z = static_cast<double>(d) / sigma;
    kernel[static_cast<std::size_t>(d)] = std::exp(-0.5 * z * z);
  }
  std::vector<double> result(values.size());
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    double sum = 0, total = 0;
    for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(0, i - radius); k <= std::min(count - 1, i + radius); ++k) {
      const double weight = weights[static_cast<std::size_t>(k)] * kernel[static_cast<std::size_t>(std::abs(k - i))];
      sum += weight * values[static_cast<std::size_t>(k)];
      total += weight;
    }
    result[static_cast<std::size_t>(i)] = sum / total;
  }
  return result;
}

bool is(const CompressedFrame& frame, FrameClass frame_class) { return frame.frame_class == frame_class; }

// Log of the mean size in the group of pictures that ends with the next frame that is not bidirectional; groups that
// end with a key frame are filled from their neighbours, its size being of another kind.
std::vector<double> group_levels(const std::vector<CompressedFrame>& frames) {
  std::vector<double> level(frames.size());
  std::vector<bool> gap(frames.size());
  std::size_t begin = 0;
  double sum = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    sum += static_cast<double>(frames[i].size_bytes);
    if (is(frames[i], FrameClass::kBidirectional) && i + 1 < frames.size()) continue;
    const double mean = log_size(sum / static_cast<double>(i + 1 - begin));
    for (std::size_t k = begin; k <= i; ++k) {
      level[k] = mean;
      gap[k] = is(frames[i], FrameClass::kKey);
    }
    begin = i + 1;
    sum = 0;
  }
  fill_gaps(level, gap);
  return level;
}

// Log of the size of the last key frame shown; before the first one, that one's.
std::vector<double> key_levels(const std::vector<CompressedFrame>& frames) {
  std::vector<double> level(frames.size(), 0.0);
  const auto first = std::find_if(frames.begin(), frames.end(), [](const auto& f) { return is(f, FrameClass::kKey); });
  if (first == frames.end()) return level;
  double current = log_size(static_cast<double>(first->size_bytes));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (is(frames[i], FrameClass::kKey)) current = log_size(static_cast<double>(frames[i].size_bytes));
    level[i] = current;
  }
  return level;
}

std::vector<double> intra_motion(const std::vector<CompressedFrame>& frames) {
  std::vector<double> change;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    change.push_back(log_size(static_cast<double>(std::abs(frames[i].size_bytes - frames[i - 1].size_bytes))));
  }
  return smoothed(change, std::vector<double>(change.size(), 1.0), kSigmaOfChanges);
}

std::vector<double> inter_motion(const std::vector<CompressedFrame>& frames) {
  const std::size_t count = frames.size();
  std::vector<double> level(count), weights(count, 1.0);
  std::vector<bool> not_forward(count);
  bool any_bidirectional = false, any_forward = false;
  for (std::size_t i = 0; i < count; ++i) {
    level[i] = log_size(static_cast<double>(frames[i].size_bytes));
    not_forward[i] = !is(frames[i], FrameClass::kForward);
    any_forward |= !not_forward[i];
    any_bidirectional |= is(frames[i], FrameClass::kBidirectional);
  }
  if (any_bidirectional && any_forward) {
    std::vector<double> forward = level, gaps;
    fill_gaps(forward, not_forward);
    for (std::size_t i = 0; i < count; ++i) {
      if (is(frames[i], FrameClass::kBidirectional)) gaps.push_back(forward[i] - level[i]);
    }
    const double shift = kBidirectionalShare * median(std::move(gaps));
    for (std::size_t i = 0; i < count; ++i) {
      if (is(frames[i], FrameClass::kBidirectional)) level[i] += shift;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const bool weak = is(frames[i], FrameClass::kKey) || (any_bidirectional && is(frames[i], FrameClass::kForward));
    if (weak) weights[i] = kAnchorWeight;
  }
  std::vector<double> result = smoothed(level, weights, kSigma);
  const std::vector<double> group = group_levels(frames), key = key_levels(frames);
  for (std::size_t i = 0; i < count; ++i) result[i] += kGroupShare * group[i] - kKeyShare * key[i];
  result.erase(result.begin());  // entry i is about the step from frame i to frame i + 1
  return result;
}

}  // namespace

CompressedFrames compressed_frames(const media::VideoIndex& index) {
  CompressedFrames result;
  std::vector<FrameClass> classes(index.packets.size(), FrameClass::kForward);
  int64_t latest = media::kNoTime;
  bool all_timed = true;
  for (std::size_t p = 0; p < index.packets.size(); ++p) {
    const media::PacketInfo& packet = index.packets[p];
    if (packet.pts == media::kNoTime) all_timed = false;
    if (packet.key) {
      classes[p] = FrameClass::kKey;
    } else if (packet.pts != media::kNoTime && packet.pts < latest) {
      classes[p] = FrameClass::kBidirectional;
    }
    latest = std::max(latest, packet.pts);
  }
  const auto add = [&](std::size_t p) { result.frames.push_back({index.packets[p].size_bytes, classes[p]}); };
  result.exact = index.knowledge == media::FrameKnowledge::kPackets;
  if (result.exact) {
    for (const auto& frame : index.frames) add(static_cast<std::size_t>(frame.packet));
    return result;
  }
  std::vector<std::size_t> order;
  for (std::size_t p = 0; p < index.packets.size(); ++p) {
    if (!index.packets[p].hidden && !index.packets[p].discard) order.push_back(p);
  }
  if (all_timed) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return index.packets[a].pts < index.packets[b].pts; });
  }
  for (const std::size_t p : order) add(p);
  return result;
}

std::vector<double> packet_motion(const std::vector<CompressedFrame>& frames) {
  if (frames.size() < 2) return {};
  const auto keys = std::count_if(frames.begin(), frames.end(), [](const auto& f) { return is(f, FrameClass::kKey); });
  const bool intra = static_cast<double>(keys) > kIntraOnly * static_cast<double>(frames.size());
  std::vector<double> result = intra ? intra_motion(frames) : inter_motion(frames);
  for (double& value : result) value = static_cast<float>(std::exp(value));
  return result;
}

VectorSums sum_vectors(const std::vector<media::MotionVector>& vectors, char picture_type) {
  VectorSums sums;
  sums.anchor = picture_type != 'B';
  for (const auto& vector : vectors) {
    const double area = static_cast<double>(vector.width) * vector.height;
    const double length = area * std::sqrt(vector.dx * vector.dx + vector.dy * vector.dy);
    (vector.source < 0 ? sums.forward_area : sums.backward_area) += area;
    (vector.source < 0 ? sums.forward_length : sums.backward_length) += length;
  }
  return sums;
}

std::vector<double> vector_motion(const std::vector<VectorSums>& frames) {
  if (frames.size() < 2) return {};
  const auto count = static_cast<std::ptrdiff_t>(frames.size());
  std::vector<std::ptrdiff_t> next_anchor(frames.size(), count);
  for (std::ptrdiff_t i = count - 2; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    next_anchor[at] = frames[at + 1].anchor ? i + 1 : next_anchor[at + 1];
  }
  std::vector<double> speed(frames.size());
  std::vector<bool> gap(frames.size());
  std::ptrdiff_t anchor = -1;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const VectorSums& frame = frames[at];
    const double area = frame.forward_area + frame.backward_area;
    gap[at] = !(area > 0);
    if (!gap[at]) {
      const double back = anchor >= 0 ? static_cast<double>(i - anchor) : 1.0;
      const double ahead = next_anchor[at] < count ? static_cast<double>(next_anchor[at] - i) : 1.0;
      speed[at] = (frame.forward_length / back + frame.backward_length / ahead) / area;
    }
    if (frame.anchor) anchor = i;
  }
  fill_gaps(speed, gap);
  speed.erase(speed.begin());
  return speed;
}

}  // namespace vs::motion
