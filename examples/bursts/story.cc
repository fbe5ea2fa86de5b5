#include "examples/bursts/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "lib/core/random.h"

namespace vs::bursts {
namespace {

constexpr int64_t kGap = 3;        // frames at least between two bursts
constexpr double kPull = 0.9;      // how much of its way the camera keeps from frame to frame
constexpr double kMaxTilt = 0.26;  // radians: a square stays one
constexpr int kPlacesTried = 60;   // for a distractor that touches no other

double between(RandomSource& random, double low, double high) { return low + (high - low) * random.uniform(); }

int64_t pick(RandomSource& random, const Range& range) { return range.min + random.below(range.max - range.min + 1); }

/// Standard normal, by Box and Muller.
double normal(RandomSource& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

std::vector<int> draw_labels(const SceneOptions& scene, uint64_t seed, std::string_view split, int64_t index,
                             RandomSource& random) {
  ItemRandom order(seed, 0, fmt::format("labels/{}/{}", split, index / scene.classes));
  std::vector<int> round(static_cast<size_t>(scene.classes));
  std::iota(round.begin(), round.end(), 0);
  shuffle(round, order);
  std::vector<int> labels{round[static_cast<size_t>(index % scene.classes)]};
  if (scene.labels == 2) {
    const int step = 1 + static_cast<int>(random.below(scene.classes - 1));
    labels.push_back((labels[0] + step) % scene.classes);
    shuffle(labels, random);
  }
  return labels;
}

std::vector<Point> walk_camera(const SceneOptions& scene, RandomSource& random) {
  const double reach = camera_reach(scene);
  std::vector<Point> way(static_cast<size_t>(scene.frames));
  Point at;
  for (Point& place : way) {
    place = at;
    at.x = std::clamp(kPull * at.x + scene.shake * normal(random), -reach, reach);
    at.y = std::clamp(kPull * at.y + scene.shake * normal(random), -reach, reach);
  }
  return way;
}

/// Moves by one step between two walls; at a wall it turns back.
void step_between(double& at, double& speed, double low, double high) {
  at += speed;
  while (at < low || at > high) {
    at = at < low ? 2 * low - at : 2 * high - at;
    speed = -speed;
  }
}

Burst draw_burst(const SceneOptions& scene, int label, int64_t start, int64_t length, const std::vector<Point>& camera,
                 RandomSource& random) {
  Burst burst{label, start, static_cast<double>(pick(random, scene.glyph_size)), between(random, -kMaxTilt, kMaxTilt),
              std::vector<Point>(static_cast<size_t>(length))};
  const double margin = burst.size / 2 + camera_reach(scene);
  const auto width = static_cast<double>(scene.width), height = static_cast<double>(scene.height);
  Point at{between(random, margin, width - margin), between(random, margin, height - margin)};
  const double direction = between(random, 0, 2 * std::numbers::pi);
  const double speed = between(random, static_cast<double>(scene.speed.min), static_cast<double>(scene.speed.max));
  Point step{speed * std::cos(direction), speed * std::sin(direction)};
  for (size_t i = 0; i < burst.centers.size(); ++i) {
    const Point& shift = camera[static_cast<size_t>(start) + i];
    burst.centers[i] = {at.x + shift.x, at.y + shift.y};
    step_between(at.x, step.x, margin, width - margin);
    step_between(at.y, step.y, margin, height - margin);
  }
  return burst;
}

std::vector<Burst> draw_bursts(const SceneOptions& scene, const std::vector<int>& labels,
                               const std::vector<Point>& camera, RandomSource& random) {
  std::vector<int64_t> lengths(labels.size()), starts(labels.size());
  for (int64_t& length : lengths) length = pick(random, scene.burst);
  const int64_t gaps = kGap * (static_cast<int64_t>(labels.size()) - 1);
  const int64_t free = scene.frames - gaps - std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  for (int64_t& start : starts) start = random.below(free + 1);
  std::sort(starts.begin(), starts.end());
  std::vector<Burst> bursts;
  int64_t taken = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    bursts.push_back(draw_burst(scene, labels[i], starts[i] + taken, lengths[i], camera, random));
    taken += lengths[i] + kGap;
  }
  return bursts;
}

std::vector<Glyph> draw_distractors(const SceneOptions& scene, RandomSource& random) {
  std::vector<Glyph> glyphs;
  for (int64_t i = 0; i < scene.distractors; ++i) {
    Glyph glyph;
    glyph.label = static_cast<int>(random.below(scene.classes));
    glyph.size = static_cast<double>(pick(random, scene.glyph_size));
    glyph.angle = between(random, -kMaxTilt, kMaxTilt);
    const double margin = glyph.size / 2;
    for (int tried = 0; tried < kPlacesTried; ++tried) {
      glyph.center = {between(random, margin, static_cast<double>(scene.width) - margin),
                      between(random, margin, static_cast<double>(scene.height) - margin)};
      const bool free = std::none_of(glyphs.begin(), glyphs.end(), [&](const Glyph& other) {
        return std::hypot(glyph.center.x - other.center.x, glyph.center.y - other.center.y) <
               (glyph.size + other.size) / 2;
      });
      if (free) break;
    }
    glyphs.push_back(glyph);
  }
  return glyphs;
}

}  // namespace

int64_t frames_for_bursts(int64_t longest, int labels) { return longest * labels + kGap * (labels - 1); }

double camera_reach(const SceneOptions& scene) {
  return std::min(5 * scene.shake, static_cast<double>(std::min(scene.width, scene.height)) / 8);
}

Story make_story(const SceneOptions& scene, uint64_t seed, std::string_view split, int64_t index) {
  Story story;
  story.name = fmt::format("{}_{:05}", split, index);
  ItemRandom random(seed, 0, story.name + "/story");
  story.labels = draw_labels(scene, seed, split, index, random);
  story.camera = walk_camera(scene, random);
  story.bursts = draw_bursts(scene, story.labels, story.camera, random);
  story.distractors = draw_distractors(scene, random);
  story.brightness = between(random, 110, 130);
  story.blue = between(random, 116, 140);
  story.red = between(random, 116, 140);
  return story;
}

}  // namespace vs::bursts
