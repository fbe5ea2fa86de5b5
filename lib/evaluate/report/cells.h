// What stands in the cells of a report's tables: the same in every kind of document.
#pragma once

#include <string>
#include <vector>

#include "lib/evaluate/report/report.h"

namespace vs::evaluate {

/// A table as text, row by row. Cells of `time_column` differ from run to run.
struct ReportTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  size_t time_column = 0;
};

/// Name, metrics (mean and standard deviation over the runs), those of each run of the first metric, the first row's
/// lead over this one and that over its standard error, multiply-accumulates, time.
ReportTable table_of(const ReportSection& section);

}  // namespace vs::evaluate
