// Flip of mmaction2: all frames of a sample or none, with the labels that change places.
#include <array>

#include <nlohmann/json.hpp>

#include "lib/annot/label_map.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/data/transforms/transforms_internal.h"

namespace vs::data {
namespace {

using Swaps = std::vector<std::pair<int64_t, int64_t>>;

/// {"86": 87, "87": 86}, or the name of a label map whose swaps count.
Swaps swaps_of(StepOptions& options, const std::string& key) {
  const auto* map = options.value(key);
  Swaps swaps;
  if (!map) return swaps;
  if (map->is_string()) {
    for (const auto& [a, b] : annot::load_label_map(map->get<std::string>()).flip_swaps) {
      swaps.emplace_back(a, b);
      swaps.emplace_back(b, a);
    }
    return swaps;
  }
  if (!map->is_object()) options.refuse(key, "is neither an object such as {\"86\": 87} nor a label map's name");
  for (const auto& entry : map->items()) {
    const auto from = parse_integer(entry.key());
    if (!from || *from < 0 || !entry.value().is_number_integer() || entry.value().get<int64_t>() < 0)
      options.refuse(key, "\"" + printable(entry.key()) + "\" or its value is no label");
    swaps.emplace_back(*from, entry.value().get<int64_t>());
  }
  return swaps;
}

class Flip final : public Transform {
 public:
  explicit Flip(StepOptions& options) {
    options.refuse_lazy();
    ratio_ = options.number_or("flip_ratio", 0.5, 0, 1);
    vertical_ = options.word("direction", {"horizontal", "vertical"}) == "vertical";
    swaps_ = swaps_of(options, "flip_label_map");
  }
  void plan(Course& course, RandomSource& random) const override {
    if (course.flow && vertical_) throw UsageError("Flip", "optical flow is mirrored left to right only");
    if (!(random.uniform() < ratio_)) return;
    if (course.label) course.label = mirrored_label(*course.label, swaps_);
    course.mirror(vertical_);
  }

 private:
  double ratio_;
  bool vertical_;
  Swaps swaps_;
};

std::unique_ptr<Transform> make_flip(StepOptions& options) { return std::make_unique<Flip>(options); }

}  // namespace

int64_t mirrored_label(int64_t label, const std::vector<std::pair<int64_t, int64_t>>& swaps) {
  for (const auto& [from, to] : swaps)
    if (from == label) return to;
  return label;
}

std::span<const NamedTransform> flip_transforms() {
  static constexpr std::array<NamedTransform, 1> kTable{{{"Flip", make_flip}}};
  return kTable;
}

}  // namespace vs::data
