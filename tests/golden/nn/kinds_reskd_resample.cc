// Golden kind of ResKD's resizing: frames for the student, and its maps on the teacher's grid.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/systems/distillation.h"
#include "tests/golden/golden.h"
#include "tests/golden/nn/described.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

void check_resample(const Case& c, Report& report) {
  std::string prefix = stated_key(c.parameters().at("inputs").get<std::string>());
  prefix.resize(prefix.find(".down"));
  for (const std::string direction : {"down", "up"}) {
    const auto& pairs = c.parameters().at(direction + "_shape_size");
    for (size_t i = 0; i < pairs.size(); ++i) {
      const at::Tensor x =
          fill_tensor(c, pairs[i].at(0).get<std::vector<int64_t>>(), fmt::format("{}.{}.{}", prefix, direction, i));
      compare(report, fmt::format("{}_{}", direction, i),
              systems::resize_frames(x, pairs[i].at(1).get<std::vector<int64_t>>()));
    }
  }
}

}  // namespace

KindTable reskd_resample_kinds() {
  KindTable table;
  table.kinds = {{"reskd.rkd_resample", check_resample}};
  return table;
}

}  // namespace vs::golden
