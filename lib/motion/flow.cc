#include "lib/motion/flow.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/video/tracking.hpp>
#include <utility>

#if __has_include(<opencv2/optflow.hpp>)
#include <opencv2/optflow.hpp>
#define VS_HAVE_OPTFLOW 1
#endif

#include "lib/core/error.h"

namespace vs::motion {
namespace {

constexpr int kSmallestSide = 16;

// Parameters of the Farneback method as OpenCV's own sample programs and denseflow-like tools use them.
constexpr int kFarnebackLevels = 5, kFarnebackWindow = 13, kFarnebackIterations = 10, kFarnebackNeighbourhood = 5;
constexpr double kFarnebackScale = 0.5, kFarnebackSigma = 1.1;

[[noreturn]] void throw_no_tvl1(const std::string& reason) {
  throw UsageError("--flow-algorithm tvl1", reason, "install libopencv-contrib, or choose dis or farneback");
}

#ifdef VS_HAVE_OPTFLOW
// The optflow library drags in OpenCV's whole input and output (0.06 s at every start), so it is loaded when asked for.
cv::Ptr<cv::DenseOpticalFlow> create_tvl1() {
  using Create = cv::Ptr<cv::optflow::DualTVL1OpticalFlow> (*)();
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::string name = fmt::format("libopencv_optflow.so.{}{:02}", CV_VERSION_MAJOR, CV_VERSION_MINOR);
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays open: its code is in use until the end
  if (library == nullptr) throw_no_tvl1(fmt::format("{} cannot be loaded", name));
  // C++ name of cv::optflow::createOptFlow_DualTVL1().
  const auto create = reinterpret_cast<Create>(dlsym(library, "_ZN2cv7optflow22createOptFlow_DualTVL1Ev"));
  if (create == nullptr) throw_no_tvl1(fmt::format("{} has no TV-L1", name));
  return create();
}
#else
cv::Ptr<cv::DenseOpticalFlow> create_tvl1() { throw_no_tvl1("this build's OpenCV has no optflow module"); }
#endif

cv::Ptr<cv::DenseOpticalFlow> create(FlowAlgorithm algorithm) {
  switch (algorithm) {
    case FlowAlgorithm::kDis:
      return cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
    case FlowAlgorithm::kFarneback:
      return cv::FarnebackOpticalFlow::create(kFarnebackLevels, kFarnebackScale, false, kFarnebackWindow,
                                              kFarnebackIterations, kFarnebackNeighbourhood, kFarnebackSigma, 0);
    case FlowAlgorithm::kTvl1:
      return create_tvl1();
  }
  throw std::logic_error("unknown flow algorithm");
}

// OpenCV reads these pictures only.
cv::Mat as_mat(const media::ImageView& view) {
  return cv::Mat(view.height, view.width, CV_8UC1, const_cast<uint8_t*>(view.data),
                 static_cast<std::size_t>(view.stride));
}

uint8_t level_of(float value, double bound) {
  const double v = value;
  if (v > bound) return 255;
  if (!(v >= -bound)) return 0;  // also what is no number
  return static_cast<uint8_t>(std::nearbyint(255 * (v + bound) / (2 * bound)));
}

}  // namespace

struct OpticalFlow::Impl {
  cv::Ptr<cv::DenseOpticalFlow> engine;
  cv::Mat field;
  FlowField result;
};

OpticalFlow::OpticalFlow(FlowAlgorithm algorithm) : impl_(std::make_unique<Impl>()) {
  static std::once_flag one_thread;
  std::call_once(one_thread, [] { cv::setNumThreads(1); });
  impl_->engine = create(algorithm);
}
OpticalFlow::OpticalFlow(OpticalFlow&&) noexcept = default;
OpticalFlow& OpticalFlow::operator=(OpticalFlow&&) noexcept = default;
OpticalFlow::~OpticalFlow() = default;

const FlowField& OpticalFlow::compute(const media::ImageView& a, const media::ImageView& b) {
  if (a.channels != 1 || b.channels != 1) throw std::logic_error("flow wants gray pictures");
  if (a.width != b.width || a.height != b.height) {
    throw DataError("flow", fmt::format("pictures of {}x{} and {}x{}", a.width, a.height, b.width, b.height),
                    "compare frames of one size");
  }
  if (std::min(a.width, a.height) < kSmallestSide) {
    throw DataError("flow", fmt::format("picture of {}x{} is too small", a.width, a.height),
                    "both sides must be at least 16");
  }
  impl_->field.release();  // DIS would start from the flow it finds there, and results depend on what came before
  try {
    impl_->engine->calc(as_mat(a), as_mat(b), impl_->field);
  } catch (const cv::Exception& failure) {
    throw DataError("flow", fmt::format("OpenCV: {}", failure.err));
  }
  FlowField& result = impl_->result;
  result.width = a.width;
  result.height = a.height;
  const auto count = static_cast<std::size_t>(a.width) * static_cast<std::size_t>(a.height);
  result.x.resize(count);
  result.y.resize(count);
  for (int y = 0; y < a.height; ++y) {
    const auto* row = impl_->field.ptr<cv::Vec2f>(y);
    const std::size_t begin = static_cast<std::size_t>(y) * static_cast<std::size_t>(a.width);
    for (int x = 0; x < a.width; ++x) {
      result.x[begin + static_cast<std::size_t>(x)] = row[x][0];
      result.y[begin + static_cast<std::size_t>(x)] = row[x][1];
    }
  }
  return result;
}

double mean_magnitude(const FlowField& flow) {
  if (flow.x.empty()) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < flow.x.size(); ++i) {
    const double x = flow.x[i], y = flow.y[i];
    sum += std::sqrt(x * x + y * y);
  }
  return sum / static_cast<double>(flow.x.size());
}

FlowImages flow_images(const FlowField& flow, double bound) {
  FlowImages images{media::Image(flow.width, flow.height, 1), media::Image(flow.width, flow.height, 1)};
  for (std::size_t i = 0; i < flow.x.size(); ++i) {
    images.x.pixels[i] = level_of(flow.x[i], bound);
    images.y.pixels[i] = level_of(flow.y[i], bound);
  }
  return images;
}

std::string opencv_version() { return cv::getVersionString(); }

}  // namespace vs::motion
