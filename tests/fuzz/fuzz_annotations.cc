// Annotation lists of every format: detected, parsed, and what was parsed is in range.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/annot/format.h"
#include "lib/annot/read.h"
#include "lib/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vs;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)annot::detect_format(bytes, "input.txt");
  for (const auto& name : annot::format_names()) {
    const auto format = annot::format_of(name);
    if (!format || *format == annot::Format::kAnnotations) continue;
    for (const bool multi_class : {false, true}) {
      annot::ReadOptions options;
      options.multi_class = multi_class;
      options.num_classes = 5;
      options.classes = {"a", "b", "c", "d", "e"};
      try {
        for (const auto& item : annot::parse_annotations(bytes, "input", *format, options).items) {
          for (const int32_t label : item.labels) {
            if (label < 0 || label >= 5) std::abort();
          }
        }
      } catch (const Error&) {
        // A refusal is one of the two right answers.
      }
    }
  }
  return 0;
}
