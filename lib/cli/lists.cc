#include "lib/cli/lists.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::cli {

std::vector<std::string> listed_words(const ParsedOptions& options, const std::string& name) {
  std::vector<std::string> words;
  for (const std::string& text : options.texts(name)) {
    for (const auto part : split(text, ',')) {
      if (trim(part).empty()) throw UsageError(fmt::format("--{} {}", name, text), "an empty word in the list");
      words.emplace_back(trim(part));
    }
  }
  return words;
}

}  // namespace vs::cli
