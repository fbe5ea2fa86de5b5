// Tables for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vs::jobs {

/// Columns in line, two blanks apart; cells that are numbers (`right` marks their columns) stand right. Control
/// characters are escaped. A final line end after each row; empty without rows.
std::string text_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                       const std::vector<bool>& right = {});

/// "1 file", "3 files".
std::string counted(int64_t number, std::string_view what);

}  // namespace vs::jobs
