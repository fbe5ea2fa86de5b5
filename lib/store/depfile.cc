// Make rules for --depfile.
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/manifest.h"

namespace vs::store {
namespace {

/// A name as GNU make reads it back. '%' is special in targets only.
std::string make_name(std::string_view name, bool target) {
  if (name.find_first_of("\n\r\t;") != std::string_view::npos)
    throw DataError(printable(name), "this name cannot be written for make", "rename it, or leave out --depfile");
  std::string out;
  // A leading '~' would be a home folder.
  if (name.starts_with('~')) out += "./";
  size_t backslashes = 0;
  for (const char c : name) {
    const bool special = std::string_view(" #:;*?[").find(c) != std::string_view::npos || (c == '%' && target);
    if (special) {
      // Backslashes before a special character count for it; elsewhere they stand for themselves.
      out.append(backslashes, '\\');
      out += '\\';
    }
    backslashes = c == '\\' ? backslashes + 1 : 0;
    if (c == '$') out += '$';
    // An equals sign would make an assignment of the rule; inside a call make does not see it.
    if (c == '=') {
      out += "$(if ,,=)";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string make_rules(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  std::string text;
  for (const auto& output : outputs) text += (text.empty() ? "" : " ") + make_name(output, true);
  text += ":";
  for (const auto& input : inputs) text += " \\\n " + make_name(input, false);
  text += "\n";
  for (const auto& input : inputs) text += "\n" + make_name(input, true) + ":\n";
  return text;
}

void write_depfile(const std::string& path, const std::vector<std::string>& outputs,
                   const std::vector<std::string>& inputs) {
  write_file_atomically(path, make_rules(outputs, inputs));
}

}  // namespace vs::store
