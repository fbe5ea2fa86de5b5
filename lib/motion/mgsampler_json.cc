#include "lib/motion/mgsampler_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <istream>
#include <nlohmann/json.hpp>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::motion {
namespace {

using Sax = nlohmann::json_sax<nlohmann::json>;

constexpr const char* kExpected = "a motion file is one object of lists: {\"name\": [0.1, 0.2]}";

// Takes one object of lists of numbers; anything else stops the parse with a finding.
class MotionHandler : public Sax {
 public:
  explicit MotionHandler(std::vector<NamedMotion>& out) : out_(out) {}

  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("a boolean"); }
  bool number_integer(number_integer_t value) override { return number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return number(value); }
  bool string(string_t&) override { return refuse("a text"); }
  bool binary(binary_t&) override { return refuse("binary data"); }
  bool start_object(std::size_t) override {
    if (in_object_) return refuse("an object");
    return in_object_ = true;
  }
  bool key(string_t& name) override {
    out_.push_back({std::move(name), {}});
    return true;
  }
  bool end_object() override {
    in_object_ = false;
    return true;
  }
  bool start_array(std::size_t) override {
    if (!in_object_ || in_list_) return refuse("a list");
    return in_list_ = true;
  }
  bool end_array() override {
    in_list_ = false;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception& error) override {
    position_ = position;
    const std::string what = error.what();
    const bool not_a_number = token.find('N') != std::string::npos || token.find('I') != std::string::npos;
    finding = not_a_number ? fmt::format("\"{}\" is no JSON value", printable(token)) : printable(short_reason(what));
    return false;
  }

  std::string finding;
  std::size_t position() const { return position_; }

 private:
  // nlohmann's text is "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ... - reason".
  static std::string short_reason(const std::string& what) {
    const auto colon = what.find(": ");
    return colon == std::string::npos ? what : what.substr(colon + 2);
  }
  std::string where() const {
    return out_.empty() ? "" : fmt::format(" in the entry \"{}\"", printable(out_.back().name));
  }
  bool refuse(const std::string& found) {
    finding = found + where();
    return false;
  }
  bool number(double value) {
    if (!in_list_) return refuse("a number");
    auto& entry = out_.back();
    if (!std::isfinite(value) || value < 0) {
      finding = fmt::format("value {} of \"{}\" is {}", entry.values.size(), printable(entry.name), value);
      return false;
    }
    entry.values.push_back(value);
    return true;
  }

  std::vector<NamedMotion>& out_;
  bool in_object_ = false, in_list_ = false;
  std::size_t position_ = 0;
};

// A stream over borrowed text that knows where it stands.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // never written to: there is no put area
    setg(begin, begin, begin + text.size());
  }
  std::size_t position() const { return static_cast<std::size_t>(gptr() - eback()); }
};

void check_curve(const std::string& file, const NamedMotion& video) {
  constexpr double kTolerance = 1e-6;
  for (std::size_t i = 1; i < video.values.size(); ++i) {
    if (video.values[i] < video.values[i - 1]) {
      throw DataError(file, fmt::format("the curve of \"{}\" falls at value {}", printable(video.name), i),
                      "raw motion is no curve");
    }
  }
  if (!video.values.empty() && std::abs(video.values.back() - 1) > kTolerance) {
    throw DataError(file,
                    fmt::format("the curve of \"{}\" ends at {}, not at 1", printable(video.name), video.values.back()),
                    "raw motion is no curve");
  }
}

// Keeps the last entry of each name, at the place of the first.
std::size_t drop_repeated(std::vector<NamedMotion>& videos) {
  std::unordered_map<std::string_view, std::size_t> place;
  std::vector<std::size_t> target(videos.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const auto [at, is_new] = place.try_emplace(videos[i].name, kept);
    if (is_new) ++kept;
    target[i] = at->second;
  }
  if (kept == videos.size()) return 0;
  std::vector<NamedMotion> result(kept);
  for (std::size_t i = 0; i < videos.size(); ++i) result[target[i]] = std::move(videos[i]);
  const std::size_t dropped = videos.size() - kept;
  videos = std::move(result);
  return dropped;
}

}  // namespace

std::string video_name(const std::string& path, NameRule rule) {
  const auto slash = path.find_last_of('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (rule == NameRule::kFirstDot) return name.substr(0, name.find('.'));
  const auto dot = name.find_last_of('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

MgsamplerMotion read_mgsampler_json(const std::string& name, std::string_view text, Values values) {
  MgsamplerMotion result;
  std::size_t objects = 0;
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  while ((stream >> std::ws).good() && stream.peek() != std::istream::traits_type::eof()) {
    const std::size_t begin = buffer.position();
    MotionHandler handler(result.videos);
    const bool ok = nlohmann::json::sax_parse(stream, &handler, nlohmann::json::input_format_t::json, false);
    if (!ok) {
      const std::size_t at = handler.position() > 0 ? begin + handler.position() - 1 : buffer.position();
      const store::JsonText places(name, std::string(text));
      throw DataError(places.place_of_byte(std::min(at, text.size())), handler.finding, kExpected);
    }
    ++objects;
  }
  if (objects == 0) throw DataError(name, "no JSON object in it", kExpected);
  if (objects > 1) {
    result.warnings.push_back(fmt::format(
        "{}: {} JSON objects follow each other, as appending runs leave them; all are read", name, objects));
  }
  const std::size_t dropped = drop_repeated(result.videos);
  if (dropped > 0) {
    result.warnings.push_back(
        fmt::format("{}: {} entries have a name that comes again; the last one counts", name, dropped));
  }
  if (values == Values::kCurve) {
    for (const auto& video : result.videos) check_curve(name, video);
  }
  return result;
}

std::string python_number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

MgsamplerJsonWriter::MgsamplerJsonWriter(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

void MgsamplerJsonWriter::add(const std::string& name, const std::vector<double>& values) {
  std::string text = first_ ? "{" : ", ";
  first_ = false;
  text += nlohmann::json(store::utf8_or_replaced(name)).dump(-1, ' ', true);
  text += ": [";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) throw DataError(name, fmt::format("motion value {} is not finite", i));
    if (i > 0) text += ", ";
    text += python_number(values[i]);
  }
  text += "]";
  write_(text);
}

void MgsamplerJsonWriter::finish() { write_(first_ ? "{}" : "}"); }

}  // namespace vs::motion
