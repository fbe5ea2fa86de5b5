// Comma-separated values with quoting, as the Kinetics files use it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/annot/problem.h"

namespace vs::annot {

/// One field, quotes taken off.
struct CsvField {
  std::string text;
  int64_t line = 0, column = 0;  ///< where it begins
};

/// One row; a quoted field may hold line ends.
struct CsvRow {
  int64_t line = 0;  ///< 1-based line it begins on
  std::vector<CsvField> fields;
};

/// Rows of `bytes`: a field that begins with `"` ends at the next single `"` ("" is one quote), what follows up to the
/// comma belongs to it. A byte-order mark and blank lines are skipped. An unterminated quote is kBadCsv at its line and
/// ends the reading; bad UTF-8 and control characters (other than tab and a line end inside quotes) leave out their
/// row.
std::vector<CsvRow> csv_rows(std::string_view bytes, ProblemList& problems);

}  // namespace vs::annot
