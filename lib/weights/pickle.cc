#include "lib/weights/pickle.h"

#include "lib/weights/unpickler.h"

namespace vs::weights {

std::string_view PickleDocument::text(const PickleValue& value) const {
  return {reinterpret_cast<const char*>(bytes.data()) + value.number, value.object};
}

std::optional<PickleValue> PickleDocument::find(const PickleValue& dict, std::string_view key) const {
  const auto& all = items(dict);
  std::optional<PickleValue> found;
  for (size_t i = 0; i + 1 < all.size(); i += 2) {
    if (all[i].kind == PickleKind::kText && text(all[i]) == key) found = all[i + 1];
  }
  return found;
}

std::string PickleDocument::class_of(const PickleValue& value) const {
  const bool named =
      (value.kind == PickleKind::kOpaque || value.kind == PickleKind::kGlobal) && value.object < globals.size();
  return named ? globals[value.object] : "an object";
}

std::optional<PickleDocument> read_pickle(std::span<const uint8_t> bytes, const std::string& path, PickleCalls calls) {
  try {
    return Unpickler(bytes, path, calls).run();
  } catch (const PickleEnds&) {
    return std::nullopt;
  }
}

}  // namespace vs::weights
