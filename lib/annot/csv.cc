#include "lib/annot/csv.h"

#include <algorithm>

#include "lib/annot/text_lines.h"

namespace vs::annot {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view bytes, ProblemList& problems) : rest_(bytes), problems_(&problems) {
    rest_.remove_prefix(byte_order_mark(rest_));
  }

  bool next(CsvRow& row) {
    row = CsvRow{line_, {}};
    if (rest_.empty()) return false;
    column_ = 1;
    for (;;) {
      CsvField field{{}, line_, column_};
      if (!read_field(field)) return false;
      row.fields.push_back(std::move(field));
      if (rest_.empty()) return true;
      const char separator = take();
      if (separator == '\n') return true;
    }
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++column_;
    }
    return c;
  }

  /// Up to the comma or line end behind the field. False at a quote that does not end.
  bool read_field(CsvField& field) {
    if (!rest_.empty() && rest_.front() == '"') {
      const int64_t line = line_, column = column_;
      take();
      for (;;) {
        if (rest_.empty()) {
          problems_->add(ProblemCode::kBadCsv, line, column, field.text, "a closing quote");
          return false;
        }
        const char c = take();
        if (c != '"') {
          field.text += c;
        } else if (!rest_.empty() && rest_.front() == '"') {
          field.text += take();
        } else {
          break;
        }
      }
    }
    while (!rest_.empty() && rest_.front() != ',' && rest_.front() != '\n') {
      const char c = take();
      const bool line_end = c == '\r' && (rest_.empty() || rest_.front() == '\n');
      if (!line_end) field.text += c;
    }
    return true;
  }

  std::string_view rest_;
  ProblemList* problems_;
  int64_t line_ = 1, column_ = 1;
};

bool is_blank_row(const CsvRow& row) { return row.fields.size() == 1 && trim_blanks(row.fields[0].text).empty(); }

/// Adds the first bad byte of a row to the problems.
bool has_bad_text(const CsvRow& row, ProblemList& problems) {
  for (const CsvField& field : row.fields) {
    if (const auto bad = first_bad_utf8(field.text)) {
      problems.add(ProblemCode::kBadUtf8, field.line, field.column, field.text, "UTF-8 text");
      return true;
    }
    std::string single_line = field.text;
    std::replace(single_line.begin(), single_line.end(), '\n', ' ');
    if (first_control(single_line)) {
      problems.add(ProblemCode::kControlCharacter, field.line, field.column, field.text,
                   "text without control characters");
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<CsvRow> csv_rows(std::string_view bytes, ProblemList& problems) {
  std::vector<CsvRow> rows;
  CsvReader reader(bytes, problems);
  CsvRow row;
  while (reader.next(row)) {
    if (is_blank_row(row) || has_bad_text(row, problems)) continue;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace vs::annot
