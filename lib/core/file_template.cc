#include "lib/core/file_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "lib/core/error.h"

namespace vs {
namespace {

constexpr int kMaxWidth = 18;  // digits of the largest frame number that fits 64 bits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[noreturn]] void refuse(const std::string& text, const std::string& finding) {
  throw UsageError(fmt::format("template \"{}\"", text), finding, "write it like img_{:05}.jpg or img_%05d.jpg");
}

/// Width of a padding specification: "" and "0" are 0, "05" is 5. Nothing for others ("5" pads with blanks).
std::optional<int> padding_width(std::string_view digits) {
  if (digits.empty()) return 0;
  if (digits[0] != '0' || digits.size() > 8) return std::nullopt;
  int width = 0;
  for (char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    width = width * 10 + (c - '0');
  }
  if (width > kMaxWidth) return std::nullopt;
  return width;
}

}  // namespace

/// One field of a template, as written.
struct FileTemplateParser {
  struct Field {
    bool plain = false;  ///< `{}`, `{0}`, `%s`: may be the axis
    bool number = false;
    int width = 0;
    int position = -1;  ///< the number before the colon, -1 if none
  };

  /// Pieces of literal text with a field between each two.
  std::vector<std::string> literals{""};
  std::vector<Field> fields;
  std::string text;

  void add(Field field) {
    fields.push_back(field);
    literals.emplace_back();
  }

  void scan_braces() {
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
        literals.back() += c;
        ++i;
      } else if (c == '}') {
        refuse(text, "a } without its {");
      } else if (c == '{') {
        const size_t end = text.find('}', i);
        if (end == std::string::npos) refuse(text, "a { without its }");
        add(brace_field(std::string_view(text).substr(i + 1, end - i - 1)));
        i = end;
      } else {
        literals.back() += c;
      }
    }
  }

  Field brace_field(std::string_view inside) const {
    Field field;
    const size_t colon = inside.find(':');
    const std::string_view position = inside.substr(0, colon);
    if (position.size() > 1 || (position.size() == 1 && position[0] != '0' && position[0] != '1')) {
      refuse(text, fmt::format("field {{{}}} has a name", inside));
    }
    if (!position.empty()) field.position = position[0] - '0';
    std::string_view format = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
    field.plain = format.empty();
    if (!format.empty() && format.back() == 'd') format.remove_suffix(1);
    const auto width = padding_width(format);
    if (!width) refuse(text, fmt::format("field {{{}}} is not a number padded with zeros", inside));
    field.number = true;
    field.width = *width;
    return field;
  }

  void scan_percent() {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        literals.back() += text[i];
        continue;
      }
      if (i + 1 < text.size() && text[i + 1] == '%') {
        literals.back() += '%';
        ++i;
        continue;
      }
      size_t end = i + 1;
      while (end < text.size() && is_digit(text[end])) ++end;
      const std::string_view digits = std::string_view(text).substr(i + 1, end - i - 1);
      const char conversion = end < text.size() ? text[end] : '\0';
      Field field;
      if (conversion == 's' && digits.empty()) {
        field.plain = true;
      } else {
        const auto width = padding_width(digits);
        if (conversion != 'd' || !width) {
          refuse(text, fmt::format("{} is not a number padded with zeros", text.substr(i, end - i + 1)));
        }
        field.number = true;
        field.width = *width;
      }
      add(field);
      i = end;
    }
  }

  /// Whether C number fields stand in a text, for templates that mix both styles.
  bool has_percent_number() const {
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      if (text[i] != '%') continue;
      if (text[i + 1] == '%') {
        ++i;
        continue;
      }
      size_t end = i + 1;
      while (end < text.size() && is_digit(text[end])) ++end;
      if (end < text.size() && text[end] == 'd') return true;
    }
    return false;
  }
};

FileTemplate FileTemplate::parse(const std::string& text, Kind kind) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) refuse(text, "a control character");
  }
  FileTemplateParser parser;
  parser.text = text;
  const bool braces = text.find_first_of("{}") != std::string::npos;
  if (braces) {
    parser.scan_braces();
    if (parser.has_percent_number()) refuse(text, "fields of two styles, {} and %");
  } else {
    parser.scan_percent();
  }
  const auto& fields = parser.fields;
  const size_t wanted = kind == Kind::kFlow ? 2 : 1;
  if (fields.size() != wanted) {
    refuse(text, fmt::format("{} fields, {} needed", fields.size(),
                             wanted == 2 ? "one for x or y and one number" : "one number"));
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    const bool same_style = (fields[i].position < 0) == (fields[0].position < 0);
    if (!same_style || (fields[i].position >= 0 && fields[i].position != static_cast<int>(i))) {
      refuse(text, "fields are numbered out of order");
    }
  }
  if (kind == Kind::kFlow && !fields[0].plain) refuse(text, "the first field, for x or y, must be {}");
  if (!fields.back().number) refuse(text, "no number");
  FileTemplate result;
  result.text_ = text;
  result.kind_ = kind;
  if (kind == Kind::kFlow) result.before_axis_ = parser.literals[0];
  result.before_ = parser.literals[wanted - 1];
  result.after_ = parser.literals[wanted];
  result.width_ = fields.back().width;
  return result;
}

std::string FileTemplate::name(int64_t number) const {
  if (kind_ == Kind::kFlow) refuse(text_, "a flow template needs x or y");
  if (number < 0) refuse(text_, fmt::format("frame number {} is below 0", number));
  return fmt::format("{}{:0{}}{}", before_, number, width_, after_);
}

std::string FileTemplate::flow_name(char axis, int64_t number) const {
  if (kind_ != Kind::kFlow) refuse(text_, "not a flow template");
  if (number < 0) refuse(text_, fmt::format("frame number {} is below 0", number));
  return fmt::format("{}{}{}{:0{}}{}", before_axis_, axis, before_, number, width_, after_);
}

namespace {

std::optional<int64_t> number_between(std::string_view name, std::string_view before, std::string_view after,
                                      int width) {
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(before.size(), name.size() - before.size() - after.size());
  if (digits.size() > static_cast<size_t>(kMaxWidth) || static_cast<int>(digits.size()) < width) return std::nullopt;
  // Longer than the field means that the number needs it: no leading zero.
  if (static_cast<int>(digits.size()) > std::max(width, 1) && digits[0] == '0') return std::nullopt;
  int64_t number = 0;
  for (char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<int64_t> FileTemplate::number_of(std::string_view file_name) const {
  if (kind_ == Kind::kFlow) return std::nullopt;
  return number_between(file_name, before_, after_, width_);
}

std::optional<int64_t> FileTemplate::flow_number_of(char axis, std::string_view file_name) const {
  if (kind_ != Kind::kFlow) return std::nullopt;
  const std::string before = fmt::format("{}{}{}", before_axis_, axis, before_);
  return number_between(file_name, before, after_, width_);
}

std::string format_frame_name(const std::string& text, int64_t number) {
  return FileTemplate::parse(text).name(number);
}

std::optional<FoundTemplate> find_template(std::vector<std::string> file_names) {
  std::sort(file_names.begin(), file_names.end());
  for (const std::string& first : file_names) {
    const size_t dot = first.rfind('.');
    const size_t stem_end = dot == std::string::npos || dot == 0 ? first.size() : dot;
    size_t end = stem_end;
    while (end > 0 && !is_digit(first[end - 1])) --end;
    size_t begin = end;
    while (begin > 0 && is_digit(first[begin - 1])) --begin;
    if (begin == end || end - begin > static_cast<size_t>(kMaxWidth)) continue;
    // A brace in a name would read as a field.
    const auto escaped = [](std::string_view part) {
      std::string out;
      for (char c : part) out.append(c == '{' || c == '}' ? 2 : 1, c);
      return out;
    };
    const std::string before = escaped(std::string_view(first).substr(0, begin));
    const std::string after = escaped(std::string_view(first).substr(end));
    const bool padded = first[begin] == '0' && end - begin > 1;
    const std::string field = padded ? fmt::format("{{:0{}}}", end - begin) : "{}";
    FoundTemplate found;
    found.text = fmt::format("{}{}{}", before, field, after);
    FileTemplate parsed = [&] {
      // "a%d_001.jpg" cannot be written as a template: pass over such names.
      try {
        return FileTemplate::parse(found.text);
      } catch (const UsageError&) {
        return FileTemplate::parse("{}");
      }
    }();
    if (parsed.text() != found.text) continue;
    found.first_number = std::numeric_limits<int64_t>::max();
    for (const std::string& name : file_names) {
      if (const auto number = parsed.number_of(name)) {
        found.first_number = std::min(found.first_number, *number);
        ++found.count;
      }
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace vs
