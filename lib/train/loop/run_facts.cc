#include "lib/train/loop/run_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "lib/core/parallel.h"
#include "lib/core/sha256.h"
#include "lib/core/text.h"
#include "lib/systems/distillation.h"
#include "lib/train/tasks/taught_task.h"

namespace vs::train {

std::string dataset_hash(const data::Dataset& data) {
  std::string lines;
  for (const auto& item : data.items) {
    lines += fmt::format("{}\t{}\t{}\t{}", printable(item.id), printable(item.name), item.place.offset,
                         item.place.num_frames);
    for (const int32_t label : item.labels) lines += fmt::format("\t{}", label);
    lines += '\n';
  }
  return sha256_of_bytes({reinterpret_cast<const uint8_t*>(lines.data()), lines.size()});
}

nn::WholeModel model_to_begin(Task& task, const nlohmann::ordered_json& document) {
  nn::WholeModel whole;
  if (systems::is_distillation(document.at("model"))) {
    whole.add(task.module(), {{"backbone.low_res_path.", "backbone."}, {"cls_head.fc_cls.", "cls_head.fc_cls."}});
  } else if (names_teacher(document.at("train"))) {
    whole.add(task.module(), {{"backbone.", "backbone."}, {"cls_head.", "cls_head."}});
  } else {
    whole.add(task.module());
  }
  return whole;
}

int local_processes() {
  const char* const text = std::getenv("LOCAL_WORLD_SIZE");
  const auto count = text == nullptr ? std::nullopt : parse_integer(text);
  return count && *count > 0 ? static_cast<int>(std::min<int64_t>(*count, available_cores())) : 1;
}

}  // namespace vs::train
