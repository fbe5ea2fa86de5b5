#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/evaluate/report/cells.h"
#include "lib/evaluate/report/document.h"

namespace vs::evaluate {
namespace {

/// A cell or heading: nothing in it ends the cell or begins HTML.
std::string inert(const std::string& text) {
  std::string out;
  for (const char letter : printable(text)) {
    if (letter == '|' || letter == '<' || letter == '`' || letter == '*' || letter == '_') out += '\\';
    out += letter;
  }
  return out;
}

std::string row_of(std::vector<std::string> cells, size_t left_out) {
  cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(left_out));
  std::string line = "|";
  for (const auto& cell : cells) line += ' ' + inert(cell) + " |";
  return line + '\n';
}

}  // namespace

std::string markdown_report(const Report& report) {
  std::string out = fmt::format("# {}\n\n", inert(report.title));
  if (!report.text.empty()) out += report.text + "\n\n";
  for (const auto& section : report.sections) {
    out += fmt::format("## {}\n\n", inert(section.title));
    if (!section.text.empty()) out += section.text + "\n\n";
    const ReportTable table = table_of(section);
    out += row_of(table.head, table.time_column);
    out += row_of(std::vector<std::string>(table.head.size(), "---"), table.time_column);
    for (const auto& row : table.rows) out += row_of(row, table.time_column);
    out += '\n';
  }
  return out;
}

}  // namespace vs::evaluate
