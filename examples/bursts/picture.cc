#include "examples/bursts/picture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vs::bursts {
namespace {

constexpr float kBlack = 16, kWhite = 235;
constexpr float kHalf = 0.5F;                                // before a fraction is cut off: gray levels are rounded
constexpr std::array<int64_t, 2> kTexturePitches = {24, 9};  // pixels between the random values that are blended

/// Adds random values on a grid, blended smoothly in between.
void add_value_noise(Plane& plane, int64_t pitch, RandomSource& random) {
  const int64_t columns = plane.width / pitch + 2, rows = plane.height / pitch + 2;
  Plane grid(columns, rows);
  for (float& value : grid.values) value = static_cast<float>(random.uniform());
  const auto blend = [&](int64_t at) {
    const float t = static_cast<float>(at % pitch) / static_cast<float>(pitch);
    return t * t * (3 - 2 * t);
  };
  for (int64_t y = 0; y < plane.height; ++y) {
    const float *above = grid.row(y / pitch), *below = grid.row(y / pitch + 1), down = blend(y);
    for (int64_t x = 0; x < plane.width; ++x) {
      const int64_t left = x / pitch;
      const float right = blend(x);
      const float upper = above[left] + (above[left + 1] - above[left]) * right;
      const float lower = below[left] + (below[left + 1] - below[left]) * right;
      plane.row(y)[x] += upper + (lower - upper) * down;
    }
  }
}

/// Brings the plane's mean and standard deviation to these.
void set_mean_and_deviation(Plane& plane, double mean, double deviation) {
  double sum = 0, squares = 0;
  for (const float value : plane.values) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(plane.values.size());
  const double old_mean = sum / count, variance = squares / count - old_mean * old_mean;
  const double factor = deviation / std::sqrt(std::max(variance, 1e-12));
  for (float& value : plane.values) value = static_cast<float>(mean + factor * (value - old_mean));
}

double normal_quantile(double share) {
  double low = -6, high = 6;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < share ? low : high) = middle;
  }
  return low;
}

Plane make_background(const SceneOptions& scene, const Story& story, uint64_t seed, int64_t border) {
  Plane plane(scene.width + 2 * border, scene.height + 2 * border);
  ItemRandom random(seed, 0, story.name + "/texture");
  for (const int64_t pitch : kTexturePitches) add_value_noise(plane, pitch, random);
  set_mean_and_deviation(plane, story.brightness, scene.texture);
  const double change = scene.look == DistractorLook::kDark ? -scene.contrast : scene.contrast;
  for (Glyph glyph : story.distractors) {
    glyph.center.x += static_cast<double>(border);
    glyph.center.y += static_cast<double>(border);
    draw_glyph(plane, glyph, static_cast<float>(story.brightness + change));
  }
  return plane;
}

}  // namespace

Painter::Painter(const SceneOptions& scene, const Story& story, uint64_t seed)
    : scene_(&scene),
      story_(&story),
      border_(static_cast<int64_t>(std::ceil(camera_reach(scene))) + 1),
      background_(make_background(scene, story, seed, border_)),
      picture_(scene.width, scene.height),
      luma_(picture_.values.size()),
      noise_bits_(seed, 0, story.name + "/noise") {
  for (size_t i = 0; i < noise_.size(); ++i) {
    noise_[i] = static_cast<float>(scene.noise * normal_quantile((static_cast<double>(i) + 0.5) / 256));
  }
}

std::span<const uint8_t> Painter::next_luma() {
  shift_background(story_->camera[static_cast<size_t>(frame_)]);
  draw_bursts();
  add_noise();
  ++frame_;
  return luma_;
}

void Painter::shift_background(const Point& camera) {
  const double left = static_cast<double>(border_) - camera.x, top = static_cast<double>(border_) - camera.y;
  const auto x0 = static_cast<int64_t>(std::floor(left)), y0 = static_cast<int64_t>(std::floor(top));
  const auto right = static_cast<float>(left - std::floor(left)), down = static_cast<float>(top - std::floor(top));
  for (int64_t y = 0; y < picture_.height; ++y) {
    const float *above = background_.row(y0 + y) + x0, *below = background_.row(y0 + y + 1) + x0;
    float* row = picture_.row(y);
    for (int64_t x = 0; x < picture_.width; ++x) {
      const float upper = above[x] + (above[x + 1] - above[x]) * right;
      const float lower = below[x] + (below[x + 1] - below[x]) * right;
      row[x] = upper + (lower - upper) * down;
    }
  }
}

void Painter::draw_bursts() {
  for (const Burst& burst : story_->bursts) {
    const int64_t at = frame_ - burst.start;
    if (at < 0 || at >= static_cast<int64_t>(burst.centers.size())) continue;
    draw_glyph(picture_, {burst.label, burst.centers[static_cast<size_t>(at)], burst.size, burst.angle},
               static_cast<float>(story_->brightness + scene_->contrast));
  }
}

void Painter::add_noise() {
  // Eight pixels share one random word.
  for (size_t i = 0; i < luma_.size();) {
    uint64_t bits = noise_bits_.bits();
    const size_t end = std::min(i + 8, luma_.size());
    for (; i < end; ++i, bits >>= 8) {
      const float value = picture_.values[i] + noise_[bits & 255];
      luma_[i] = static_cast<uint8_t>(kHalf + std::clamp(value, kBlack, kWhite));
    }
  }
}

}  // namespace vs::bursts
