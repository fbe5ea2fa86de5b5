// Tables of transforms by name; one a file.
#pragma once

#include <memory>
#include <span>

#include "lib/data/transforms/transforms.h"

namespace vs::data {

struct NamedTransform {
  const char* type;
  std::unique_ptr<Transform> (*make)(StepOptions&);
};

std::span<const NamedTransform> resize_transforms();
std::span<const NamedTransform> crop_transforms();
std::span<const NamedTransform> flip_transforms();
std::span<const NamedTransform> group_transforms();

}  // namespace vs::data
