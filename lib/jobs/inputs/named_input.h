// Files named by an option: one that cannot be read is wrong usage, not a bad item.
#pragma once

#include <string>
#include <utility>

#include "lib/core/error.h"

namespace vs::jobs {

/// What `read` returns. A DataError of it, such as a file that is damaged or of another format, becomes a UsageError
/// whose place begins with `option` ("--at"): the run cannot start without the file, and the command line can be
/// mended.
template <class Read>
auto read_named_input(const std::string& option, Read&& read) {
  try {
    return std::forward<Read>(read)();
  } catch (const DataError& error) {
    UsageError wrong(option + " " + error.place(), error.finding(), error.hint());
    const std::string text = error.what();
    // Each line of context stands two blanks in.
    if (const auto more = text.find("\n  "); more != std::string::npos) wrong.add_context(text.substr(more + 3));
    throw wrong;
  }
}

}  // namespace vs::jobs
