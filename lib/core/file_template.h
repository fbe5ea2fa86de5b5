// File names of numbered frames: one number field, written as in Python ({:05}) or as in C (%05d).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vs {

/// A parsed template such as `img_{:05}.jpg`, `%06d.jpg` or, for the two parts of optical flow, `flow_{}_{:05d}.jpg`.
///
/// Number fields: `{}`, `{:d}`, `{:05}`, `{:05d}`, each also with `0` before the colon; or `%d`, `%05d`. Padding is
/// with zeros or none; a number wider than its field is written in full. In a Python template `{{` and `}}` are braces,
/// in a C template `%%` is a percent sign.
class FileTemplate {
 public:
  enum class Kind {
    kFrame,  ///< exactly one number
    kFlow,   ///< a first field `{}` (or `%s`) for x or y, then one number
  };

  /// Throws UsageError for a template without exactly these fields, with another kind of field, or with a control
  /// character.
  static FileTemplate parse(const std::string& text, Kind kind = Kind::kFrame);

  /// File name of frame `number` (>= 0, else UsageError); start_index is already added. For kFlow use flow_name.
  std::string name(int64_t number) const;
  /// File name of flow image `number`; axis is 'x' or 'y'. Only for kFlow.
  std::string flow_name(char axis, int64_t number) const;

  /// The number that a file name carries, or nothing if the name is not one that this template writes.
  std::optional<int64_t> number_of(std::string_view file_name) const;
  /// The same for a flow template and one axis.
  std::optional<int64_t> flow_number_of(char axis, std::string_view file_name) const;

  const std::string& text() const { return text_; }
  Kind kind() const { return kind_; }

 private:
  FileTemplate() = default;

  std::string text_;
  Kind kind_ = Kind::kFrame;
  std::string before_axis_;  ///< kFlow: text before the axis
  std::string before_, after_;
  int width_ = 0;
};

/// Name of one frame: FileTemplate::parse(text).name(number).
std::string format_frame_name(const std::string& text, int64_t number);

/// What a folder's file names say about their template and first number.
struct FoundTemplate {
  std::string text;          ///< such as `img_{:05}.jpg`
  int64_t first_number = 0;  ///< smallest number found, usually 0 or 1
  int64_t count = 0;         ///< how many of the names the template writes
};

/// Reads the template off file names: the last run of digits of the first numbered name (in sorted order) is the
/// number; it is padded if some name has a leading zero. Names without digits are passed over; nothing if no name is
/// numbered.
std::optional<FoundTemplate> find_template(std::vector<std::string> file_names);

}  // namespace vs
