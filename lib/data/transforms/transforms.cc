#include "lib/data/transforms/transforms.h"

#include <array>

#include "lib/data/transforms/transforms_internal.h"

namespace vs::data {
namespace {

std::array<std::span<const NamedTransform>, 4> tables() {
  return {resize_transforms(), crop_transforms(), flip_transforms(), group_transforms()};
}

}  // namespace

std::vector<std::string> transform_names() {
  std::vector<std::string> names;
  for (const auto& table : tables())
    for (const NamedTransform& named : table) names.emplace_back(named.type);
  return names;
}

std::unique_ptr<Transform> make_transform(StepOptions& options) {
  for (const auto& table : tables())
    for (const NamedTransform& named : table)
      if (options.type() == named.type) return named.make(options);
  return nullptr;
}

}  // namespace vs::data
