#include "lib/jobs/annot/text_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/core/text.h"

namespace vs::jobs {
namespace {

size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string text_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                       const std::vector<bool>& right) {
  std::vector<std::vector<std::string>> cells{header};
  for (const auto& row : rows) {
    std::vector<std::string> shown;
    shown.reserve(row.size());
    for (const std::string& cell : row) shown.push_back(printable(cell));
    shown.resize(header.size());
    cells.push_back(std::move(shown));
  }
  if (rows.empty()) return {};
  std::vector<size_t> widths(header.size());
  for (const auto& row : cells) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  std::string out;
  for (const auto& row : cells) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - width_of(row[c]), ' ');
      if (c > 0) line += "  ";
      line += c < right.size() && right[c] ? pad + row[c] : row[c] + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string counted(int64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace vs::jobs
