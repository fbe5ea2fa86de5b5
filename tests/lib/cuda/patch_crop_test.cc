#include "lib/cuda/kernels/patch_crop.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using testing::random_floats;

constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();

ImageStrides strides_of(int64_t channels, int64_t height, int64_t width, bool channels_last) {
  if (channels_last) return {channels * height * width, 1, width * channels, channels};
  return {channels * height * width, height * width, width, 1};
}

struct Case {
  CropShape shape;
  bool image_last = false, patch_last = false;
  std::vector<float> images, actions, gradients;

  ImageStrides image_strides() const { return strides_of(shape.channels, shape.height, shape.width, image_last); }
  ImageStrides patch_strides() const { return strides_of(shape.channels, shape.size, shape.size, patch_last); }
};

Case make_case(int64_t images, int64_t channels, int32_t height, int32_t width, int32_t size, bool image_last,
               bool patch_last) {
  Case made{{.images = images, .channels = channels, .height = height, .width = width, .size = size},
            image_last,
            patch_last,
            {},
            {},
            {}};
  made.images = random_floats(static_cast<std::size_t>(images * channels * height * width), 1);
  made.gradients = random_floats(static_cast<std::size_t>(images * channels * size * size), 2);
  // Places between pixels, and the ends.
  const std::vector<float> actions{0.37F, 0.81F, 0, 1, 1, 0, 0.5F, 0.123F, 0.999F, 0.001F};
  for (int64_t i = 0; i < 2 * images; ++i) made.actions.push_back(actions[static_cast<std::size_t>(i) % 10]);
  return made;
}

struct Wanted {
  std::vector<double> patches, action_gradients, image_gradients;
};

/// The definition in double, and its derivatives.
Wanted naive_crop(const Case& work) {
  const CropShape& shape = work.shape;
  const ImageStrides from = work.image_strides(), to = work.patch_strides();
  Wanted wanted;
  wanted.patches.resize(work.gradients.size());
  wanted.action_gradients.resize(static_cast<std::size_t>(2 * shape.images));
  wanted.image_gradients.resize(work.images.size());
  for (int64_t n = 0; n < shape.images; ++n) {
    const double y0 =
        double{work.actions[static_cast<std::size_t>(2 * n)]} * static_cast<double>(shape.height - shape.size);
    const double x0 =
        double{work.actions[static_cast<std::size_t>(2 * n + 1)]} * static_cast<double>(shape.width - shape.size);
    for (int64_t c = 0; c < shape.channels; ++c) {
      for (int64_t i = 0; i < shape.size; ++i) {
        for (int64_t j = 0; j < shape.size; ++j) {
          const auto at = static_cast<std::size_t>(n * to.image + c * to.channel + i * to.row + j * to.column);
          const double gradient = work.gradients[at], y = y0 + static_cast<double>(i), x = x0 + static_cast<double>(j);
          for (const int64_t down : {0, 1}) {
            for (const int64_t across : {0, 1}) {
              const int64_t row = static_cast<int64_t>(std::floor(y)) + down,
                            column = static_cast<int64_t>(std::floor(x)) + across;
              if (row < 0 || row >= shape.height || column < 0 || column >= shape.width) continue;
              const double weight_y = down ? y - std::floor(y) : 1 - (y - std::floor(y));
              const double weight_x = across ? x - std::floor(x) : 1 - (x - std::floor(x));
              const auto pixel =
                  static_cast<std::size_t>(n * from.image + c * from.channel + row * from.row + column * from.column);
              const double value = work.images[pixel];
              wanted.patches[at] += value * weight_y * weight_x;
              wanted.image_gradients[pixel] += gradient * weight_y * weight_x;
              wanted.action_gradients[static_cast<std::size_t>(2 * n)] +=
                  gradient * value * (down ? 1 : -1) * weight_x * static_cast<double>(shape.height - shape.size);
              wanted.action_gradients[static_cast<std::size_t>(2 * n + 1)] +=
                  gradient * value * weight_y * (across ? 1 : -1) * static_cast<double>(shape.width - shape.size);
            }
          }
        }
      }
    }
  }
  return wanted;
}

/// Whether all are near, within `error` times the largest.
bool near(const std::vector<float>& got, const std::vector<double>& want, double error) {
  double largest = 1;
  for (const double value : want) largest = std::max(largest, std::fabs(value));
  if (got.size() != want.size()) return false;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!(std::fabs(double{got[i]} - want[i]) <= error * largest)) return false;
  }
  return true;
}

/// The three kernels in the type T, whose values to(float) makes and from(T) reads.
template <class T, class To, class From>
void compare(Case work, FloatType type, double error, To to, From from) {
  work.shape.type = type;
  const auto rounded = [&](std::vector<float>& values) {
    std::vector<T> small;
    for (float& value : values) {
      small.push_back(to(value));
      value = from(small.back());
    }
    return small;
  };
  const auto widened = [&](const std::vector<T>& values) {
    std::vector<float> wide;
    for (const T& value : values) wide.push_back(from(value));
    return wide;
  };
  const std::vector<T> images = rounded(work.images), gradients = rounded(work.gradients);
  const Wanted wanted = naive_crop(work);
  std::vector<T> patches(gradients.size(), to(kNoNumber)), image_gradients(images.size(), to(kNoNumber));
  std::vector<float> action_gradients(work.actions.size(), kNoNumber), again = action_gradients;
  patch_crop(images.data(), work.image_strides(), work.actions.data(), patches.data(), work.patch_strides(), work.shape,
             nullptr);
  for (auto* result : {&action_gradients, &again})
    patch_crop_backward_actions(gradients.data(), work.patch_strides(), images.data(), work.image_strides(),
                                work.actions.data(), result->data(), work.shape, nullptr);
  patch_crop_backward_images(gradients.data(), work.patch_strides(), work.actions.data(), image_gradients.data(),
                             work.image_strides(), work.shape, nullptr);
  CHECK(near(widened(patches), wanted.patches, error));
  // Sums of many, of values that are the type's own: as exact as for float.
  CHECK(near(action_gradients, wanted.action_gradients, 1e-5));
  CHECK(near(widened(image_gradients), wanted.image_gradients, error));
  CHECK(action_gradients == again);
}

void compare_all(const Case& work) {
  const auto same = [](float value) { return value; };
  compare<float>(work, FloatType::kFloat32, 1e-5, same, same);
  compare<__half>(work, FloatType::kFloat16, 1e-3, __float2half, __half2float);
  compare<__nv_bfloat16>(work, FloatType::kBfloat16, 8e-3, __float2bfloat16, __bfloat162float);
}

TEST_CASE("patch crop and its gradients equal the definition") {
  for (const bool image_last : {false, true}) {
    for (const bool patch_last : {false, true}) {
      compare_all(make_case(5, 3, 11, 14, 6, image_last, patch_last));
      compare_all(make_case(4, 1, 9, 7, 1, image_last, patch_last));
      compare_all(make_case(2, 5, 40, 31, 23, image_last, patch_last));
    }
  }
}

TEST_CASE("a patch as large as the image is the image, and nothing depends on the action") {
  Case work = make_case(5, 2, 8, 8, 8, false, false);
  compare_all(work);
  std::vector<float> patches(work.images.size()), action_gradients(10, kNoNumber);
  patch_crop(work.images.data(), work.image_strides(), work.actions.data(), patches.data(), work.patch_strides(),
             work.shape, nullptr);
  CHECK(patches == work.images);
  patch_crop_backward_actions(work.gradients.data(), work.patch_strides(), work.images.data(), work.image_strides(),
                              work.actions.data(), action_gradients.data(), work.shape, nullptr);
  for (const float gradient : action_gradients) CHECK(gradient == 0);
  // One side equal, the other not.
  compare_all(make_case(5, 2, 8, 13, 8, false, true));
}

TEST_CASE("patches far outside and at no place are zero") {
  Case work = make_case(4, 2, 6, 7, 3, false, false);
  work.actions = {kNoNumber, 0.5F, 1e30F, 0, -1e30F, 0, 0, std::numeric_limits<float>::infinity()};
  std::vector<float> patches(work.gradients.size(), 1), action_gradients(8, 1), image_gradients(work.images.size(), 1);
  patch_crop(work.images.data(), work.image_strides(), work.actions.data(), patches.data(), work.patch_strides(),
             work.shape, nullptr);
  patch_crop_backward_actions(work.gradients.data(), work.patch_strides(), work.images.data(), work.image_strides(),
                              work.actions.data(), action_gradients.data(), work.shape, nullptr);
  patch_crop_backward_images(work.gradients.data(), work.patch_strides(), work.actions.data(), image_gradients.data(),
                             work.image_strides(), work.shape, nullptr);
  for (const auto* values : {&patches, &action_gradients, &image_gradients}) {
    for (const float value : *values) CHECK(value == 0);
  }
}

TEST_CASE("a patch partly outside has zeros there") {
  Case work = make_case(2, 2, 6, 7, 3, false, true);
  work.actions = {-0.4F, 1.3F, 1.45F, -0.2F};
  compare_all(work);
}

TEST_CASE("patch crop of nothing, and of patches that do not fit") {
  patch_crop(nullptr, {}, nullptr, nullptr, {}, {.images = 0, .channels = 3, .height = 4, .width = 4}, nullptr);
  std::vector<float> action(2), gradient(2, 1);
  patch_crop_backward_actions(nullptr, {}, nullptr, {}, action.data(), gradient.data(),
                              {.images = 1, .channels = 0, .height = 4, .width = 4}, nullptr);
  CHECK(gradient == std::vector<float>(2, 0));
  CHECK_THROWS_AS(patch_crop(nullptr, {}, nullptr, nullptr, {}, {.height = 4, .width = 4, .size = 5}, nullptr),
                  std::logic_error);
  CHECK_THROWS_AS(patch_crop(nullptr, {}, nullptr, nullptr, {}, {.height = 4, .width = 4, .size = 0}, nullptr),
                  std::logic_error);
  CHECK_THROWS_AS(patch_crop(nullptr, {}, nullptr, nullptr, {}, {.height = 1 << 30, .width = 4}, nullptr),
                  std::logic_error);
}

}  // namespace
}  // namespace vs::cuda
