// JSON documents: parsing, places, the schemas of everything vs reads.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/store/json.h"
#include "lib/store/plan_file.h"
#include "tests/fuzz/scratch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vs;
  const store::JsonText text("input.json", std::string(reinterpret_cast<const char*>(data), size));
  try {
    const store::Json document = store::parse_json(text);
    for (const char* kind : {"manifest", "plan"}) {
      try {
        store::validate_json(document, kind, &text);
      } catch (const Error&) {
        // A refusal is one of the two right answers.
      }
    }
    const fuzz::ScratchFile file(data, size);
    (void)store::read_plan(file.path());
  } catch (const Error&) {
    return 0;
  }
  return 0;
}
