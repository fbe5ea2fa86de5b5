#include "tests/golden/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "lib/core/error.h"

namespace vs::golden {
namespace {

uint64_t fnv1a64(const std::string& key) {
  uint64_t h = 14695981039346656037ULL;
  for (const unsigned char byte : key) h = (h ^ byte) * 1099511628211ULL;
  return h;
}

uint64_t splitmix64(uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
  return z ^ z >> 31;
}

double u_of_hash(uint64_t hash, uint64_t index) {
  return static_cast<double>(splitmix64(hash + index) >> 40) / 8388608.0 - 1.0;
}

std::string show(const std::vector<uint64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

}  // namespace

double deterministic_u(const std::string& key, uint64_t index) { return u_of_hash(fnv1a64(key), index); }

std::vector<float> fill(uint64_t count, const std::string& key, double scale, double shift) {
  std::vector<float> values(count);
  const uint64_t hash = fnv1a64(key);
  for (uint64_t i = 0; i < count; ++i) values[i] = static_cast<float>(shift + scale * u_of_hash(hash, i));
  return values;
}

std::vector<uint8_t> image(uint64_t count, const std::string& key) {
  std::vector<uint8_t> values(count);
  const uint64_t hash = fnv1a64(key);
  for (uint64_t i = 0; i < count; ++i) values[i] = static_cast<uint8_t>(std::floor((u_of_hash(hash, i) + 1) * 128));
  return values;
}

std::vector<uint8_t> smooth_video(int64_t frames, int64_t height, int64_t width, const std::string& key) {
  std::vector<uint8_t> values;
  values.reserve(static_cast<size_t>(frames * height * width * 3));
  const uint64_t hash = fnv1a64(key);
  int64_t step = 0;
  for (int64_t f = 0; f < frames; ++f) {
    step += static_cast<int64_t>(std::floor((u_of_hash(hash, static_cast<uint64_t>(f)) + 1) * 8));
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        for (int64_t c = 0; c < 3; ++c) {
          const int64_t phase = (x * (3 + c) + y * (5 - c) + step * 7) % 128;
          values.push_back(static_cast<uint8_t>(std::min<int64_t>(255, 4 * std::abs(phase - 64))));
        }
      }
    }
  }
  return values;
}

std::vector<double> uniform_draws(const std::string& key, uint64_t count) {
  std::vector<double> values(count);
  const uint64_t hash = fnv1a64(key);
  for (uint64_t i = 0; i < count; ++i) values[i] = (u_of_hash(hash, i) + 1) / 2;
  return values;
}

Case::Case(const std::string& path) : path_(path), content_(open_content(path)) {
  kind_ = content_->text("kind");
  if (!content_->has_text("case")) return;  // video.truth keeps its parameters in attributes of their own
  parameters_ = nlohmann::json::parse(content_->text("case"), nullptr, false);
  if (parameters_.is_discarded()) throw DataError(path, "attribute \"case\" is not JSON");
}

bool Case::has_input(const std::string& name) const { return content_->has_dataset("input/" + name); }
bool Case::has_output(const std::string& name) const { return content_->has_dataset("output/" + name); }
std::vector<uint64_t> Case::input_shape(const std::string& name) const {
  return content_->dataset("input/" + name).shape;
}
std::vector<uint64_t> Case::output_shape(const std::string& name) const {
  return content_->dataset("output/" + name).shape;
}
std::vector<std::string> Case::output_names() const { return content_->dataset_names("output"); }

Report::Tolerance Report::tolerance_of(const std::string& name) const {
  const auto& parameters = case_->parameters();
  Tolerance tolerance{parameters.value("rtol", 0.0), parameters.value("atol", 0.0)};
  const auto read = [&](const nlohmann::json& value) {
    if (value.is_number()) tolerance = {value.get<double>(), value.get<double>()};
    if (value.is_object() && value.contains("rtol")) tolerance.rtol = value["rtol"];
    if (value.is_object() && value.contains("atol")) tolerance.atol = value["atol"];
  };
  const auto own = parameters.find("tolerance");
  if (own != parameters.end() && own->is_object()) {
    read(*own);
    if (own->contains(name)) read((*own)[name]);
  }
  tolerance.rtol = std::max(tolerance.rtol, case_->least_rtol());
  return tolerance;
}

void Report::compare_numbers(const std::string& name, const std::vector<double>& got,
                             const std::vector<uint64_t>& shape, bool exact, const Tolerance* own) {
  compared_.push_back(name);
  if (!case_->has_output(name)) {
    failures_.push_back(name + ": no such output in the case");
    return;
  }
  const auto want_shape = case_->output_shape(name);
  if (!shape.empty() && shape != want_shape) {
    failures_.push_back(fmt::format("{}: shape {} for {}", name, show(shape), show(want_shape)));
    return;
  }
  const auto want = case_->output<double>(name);
  if (got.size() != want.size()) {
    failures_.push_back(fmt::format("{}: {} values for {}", name, got.size(), want.size()));
    return;
  }
  double largest = 0;
  for (const double value : want)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  const Tolerance tolerance = exact ? Tolerance{0, 0} : own ? *own : tolerance_of(name);
  const double allowed = tolerance.atol + tolerance.rtol * largest;
  size_t wrong = 0, first = 0;
  double worst = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const bool same = got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]));
    const double distance = same ? 0 : std::abs(got[i] - want[i]);
    if (!std::isnan(distance)) worst = std::max(worst, distance);
    if (distance <= allowed) continue;
    if (wrong++ == 0) first = i;
  }
  largest_ = std::max(largest_, largest > 0 ? worst / largest : worst);
  if (wrong)
    failures_.push_back(fmt::format("{}: {} of {} values differ, the first at {}: {} for {} (allowed {:.3g})", name,
                                    wrong, want.size(), first, got[first], want[first], allowed));
}

namespace {

template <class T>
std::vector<double> widened(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

void Report::compare(const std::string& name, const std::vector<double>& got, const std::vector<uint64_t>& shape) {
  compare_numbers(name, got, shape, false, nullptr);
}

void Report::compare(const std::string& name, const std::vector<float>& got, const std::vector<uint64_t>& shape) {
  compare_numbers(name, widened(got), shape, false, nullptr);
}

void Report::compare(const std::string& name, const std::vector<int64_t>& got, const std::vector<uint64_t>& shape) {
  compare_numbers(name, widened(got), shape, true, nullptr);
}

void Report::compare(const std::string& name, const std::vector<uint8_t>& got, const std::vector<uint64_t>& shape) {
  // Pixels may differ by what the case allows (interpolation), so its tolerance decides here too.
  compare_numbers(name, widened(got), shape, false, nullptr);
}

void Report::compare(const std::string& name, const std::vector<std::string>& got) {
  compared_.push_back(name);
  if (!case_->has_output(name)) {
    failures_.push_back(name + ": no such output in the case");
    return;
  }
  const auto want = case_->output_strings(name);
  for (size_t i = 0; i < std::max(got.size(), want.size()); ++i) {
    if (i < got.size() && i < want.size() && got[i] == want[i]) continue;
    failures_.push_back(fmt::format("{}: text {} is \"{}\" for \"{}\"", name, i, i < got.size() ? got[i] : "(none)",
                                    i < want.size() ? want[i] : "(none)"));
    return;
  }
}

void Report::compare_within(const std::string& name, const std::vector<double>& got, double rtol, double atol) {
  const Tolerance own{std::max(rtol, case_->least_rtol()), atol};
  compare_numbers(name, got, {}, false, &own);
}

void Report::check(const std::string& what, bool ok, double relative_error) {
  if (std::isfinite(relative_error)) largest_ = std::max(largest_, relative_error);
  if (!ok) failures_.push_back(what);
}

void Report::skip(const std::string& name, const std::string& reason) {
  compared_.push_back(name);
  skips_.push_back(name + ": " + reason);
}

}  // namespace vs::golden
