// A small check that text is well-formed XML as the charts use it: elements, quoted attributes, the five named
// entities.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vs::plot::test {

/// What is wrong, empty if nothing.
inline std::string xml_fault(std::string_view xml) {
  std::vector<std::string_view> open;
  bool seen_root = false;
  const auto bad_text = [](std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte < 0x20 && text[i] != '\n') return true;
      if (text[i] != '&') continue;
      const std::string_view rest = text.substr(i);
      bool known = false;
      for (const std::string_view name : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) known |= rest.starts_with(name);
      if (!known) return true;
    }
    return false;
  };
  for (size_t i = 0; i < xml.size();) {
    if (xml[i] != '<') {
      const size_t end = std::min(xml.find('<', i), xml.size());
      const std::string_view text = xml.substr(i, end - i);
      if (bad_text(text) || text.find('>') != std::string_view::npos) return "bad text";
      if (open.empty() && text.find_first_not_of('\n') != std::string_view::npos) return "text outside the root";
      i = end;
      continue;
    }
    size_t end = i + 1;
    for (bool quoted = false; end < xml.size() && (quoted || xml[end] != '>'); ++end) {
      if (xml[end] == '"') quoted = !quoted;
      if (xml[end] == '<') return "< inside a tag";
    }
    if (end >= xml.size()) return "tag without end";
    std::string_view tag = xml.substr(i + 1, end - i - 1);
    i = end + 1;
    if (bad_text(tag)) return "bad attribute";
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return "tags cross: " + std::string(tag);
      open.pop_back();
      continue;
    }
    if (open.empty() && seen_root) return "two roots";
    seen_root = true;
    const bool closed = tag.ends_with('/');
    if (!closed) open.push_back(tag.substr(0, tag.find(' ')));
  }
  if (!open.empty()) return "not closed: " + std::string(open.back());
  return seen_root ? "" : "no root";
}

/// Occurrences of a text.
inline size_t count_of(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

}  // namespace vs::plot::test
