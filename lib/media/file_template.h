// Names of frame files from a template and a frame number, and numbers back from names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vs::media {

/// A file name with one number in it: a Python format field (`{}`, `{:d}`, `{:05}`, `{:05d}`, `{0:05d}`; `{{` and `}}`
/// are braces) or a printf field (`%d`, `%05d`; `%%` is a percent sign). Zero padding or none; a number wider than the
/// field is written in full.
class FileTemplate {
 public:
  /// Throws UsageError with `option` as the place for anything but exactly one number field.
  static FileTemplate parse(const std::string& text, const std::string& option = "--template");
  /// As above with a first field `{}` for the direction of flow, `x` or `y`, and then the number: `flow_{}_{:05d}.jpg`.
  static FileTemplate parse_flow(const std::string& text, const std::string& option = "--flow-template");

  /// The name of frame `number` (at least 0); direction: 'x' or 'y' for flow templates, 0 otherwise.
  std::string format(int64_t number, char direction = 0) const;
  /// The number in `name` if format() gives exactly this name for it. Not for flow templates.
  std::optional<int64_t> match(const std::string& name) const;

  const std::string& text() const { return text_; }

 private:
  std::string text_, before_, between_, after_;
  bool flow_ = false;
  int width_ = 0;  // digits, padded with zeros; 0: none
};

/// FileTemplate::parse(text).format(number); with a direction FileTemplate::parse_flow.
std::string format_frame_name(const std::string& text, int64_t number, char direction = 0);

}  // namespace vs::media
