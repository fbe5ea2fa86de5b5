#include "lib/media/file_template.h"

#include <fmt/format.h>

#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::media {
namespace {

constexpr int kMaxDigits = 18;

struct Field {
  std::size_t text_position = 0;  // in the text with fields and doubled signs taken out
  bool number = false;            // false: a bare {}, which may stand for a direction too
  int width = 0;
};

struct Parts {
  std::string text;
  std::vector<Field> fields;
};

[[noreturn]] void refuse(const std::string& text, const std::string& option, const std::string& finding) {
  throw UsageError(option + " " + shell_quoted(printable(text)), finding,
                   "one number field, such as img_{:05}.jpg or img_%05d.jpg");
}

/// "", "5", "05", "05d", "d", "5d": the width of a field with zeros in front; nothing for any other kind of field.
std::optional<int> zero_padded_width(std::string_view format) {
  if (!format.empty() && format.back() == 'd') format.remove_suffix(1);
  if (format.empty()) return 0;
  const auto width = parse_integer(format);
  // A width without a leading zero would pad with blanks.
  if (!width || format[0] != '0' || *width < 0 || *width > kMaxDigits) return std::nullopt;
  return static_cast<int>(*width);
}

Parts parse_braces(const std::string& text, const std::string& option) {
  Parts parts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      parts.text += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string::npos) refuse(text, option, "has a { without its }");
      const std::string_view inside(text.data() + i + 1, end - i - 1);
      const std::size_t colon = inside.find(':');
      const std::string_view name = inside.substr(0, colon);
      if (!name.empty() && !(name.size() == 1 && name[0] >= '0' && name[0] <= '9')) {
        refuse(text, option, "has a named field");
      }
      const auto width = colon == std::string_view::npos ? 0 : zero_padded_width(inside.substr(colon + 1));
      if (!width) refuse(text, option, "has a field that is no number padded with zeros");
      parts.fields.push_back({parts.text.size(), colon != std::string_view::npos, *width});
      i = end;
    } else if (c == '}') {
      refuse(text, option, "has a } without its {");
    } else {
      parts.text += c;
    }
  }
  return parts;
}

Parts parse_percent(const std::string& text, const std::string& option) {
  Parts parts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      parts.text += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '%') {
      parts.text += '%';
      ++i;
    } else {
      const std::size_t end = text.find('d', i);
      if (end == std::string::npos) refuse(text, option, "has a field that is no number");
      const auto width = zero_padded_width(std::string_view(text).substr(i + 1, end - i));
      if (!width) refuse(text, option, "has a field that is no number padded with zeros");
      parts.fields.push_back({parts.text.size(), true, *width});
      i = end;
    }
  }
  return parts;
}

Parts parse_parts(const std::string& text, const std::string& option) {
  if (text.empty()) refuse(text, option, "is empty");
  const bool braces = text.find_first_of("{}") != std::string::npos;
  Parts parts = braces ? parse_braces(text, option) : parse_percent(text, option);
  if (parts.text.find('/') != std::string::npos || parts.text.find('\0') != std::string::npos) {
    refuse(text, option, "names more than a file in the video's folder");
  }
  return parts;
}

}  // namespace

FileTemplate FileTemplate::parse(const std::string& text, const std::string& option) {
  const Parts parts = parse_parts(text, option);
  if (parts.fields.size() != 1) {
    refuse(text, option, fmt::format("has {} number fields", parts.fields.empty() ? "no" : "several"));
  }
  FileTemplate result;
  result.text_ = text;
  result.before_ = parts.text.substr(0, parts.fields[0].text_position);
  result.after_ = parts.text.substr(parts.fields[0].text_position);
  result.width_ = parts.fields[0].width;
  return result;
}

FileTemplate FileTemplate::parse_flow(const std::string& text, const std::string& option) {
  const Parts parts = parse_parts(text, option);
  if (parts.fields.size() != 2 || parts.fields[0].number) {
    throw UsageError(option + " " + shell_quoted(printable(text)), "needs two fields", "such as flow_{}_{:05d}.jpg");
  }
  FileTemplate result;
  result.text_ = text;
  result.flow_ = true;
  result.before_ = parts.text.substr(0, parts.fields[0].text_position);
  result.between_ =
      parts.text.substr(parts.fields[0].text_position, parts.fields[1].text_position - parts.fields[0].text_position);
  result.after_ = parts.text.substr(parts.fields[1].text_position);
  result.width_ = parts.fields[1].width;
  return result;
}

std::string FileTemplate::format(int64_t number, char direction) const {
  std::string name = before_;
  if (flow_) name += direction;
  name += between_;
  name += fmt::format("{:0{}}", number, width_);
  return name += after_;
}

std::optional<int64_t> FileTemplate::match(const std::string& name) const {
  if (flow_ || name.size() <= before_.size() + after_.size()) return std::nullopt;
  const std::string_view digits =
      std::string_view(name).substr(before_.size(), name.size() - before_.size() - after_.size());
  const auto number = parse_integer(digits);
  if (!number || *number < 0 || format(*number) != name) return std::nullopt;
  return number;
}

std::string format_frame_name(const std::string& text, int64_t number, char direction) {
  return direction ? FileTemplate::parse_flow(text).format(number, direction)
                   : FileTemplate::parse(text).format(number);
}

}  // namespace vs::media
