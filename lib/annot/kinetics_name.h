// Names of Kinetics clips.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vs::annot {

/// The parts of `ID_000015_000025`.
struct KineticsName {
  std::string id;  ///< of the video; may hold '_' itself
  int64_t start_s = 0, end_s = 0;
};

/// Takes a clip's name (without folder and extension) apart; nothing if it is not ID_START_END with whole numbers.
std::optional<KineticsName> kinetics_name(std::string_view name);

}  // namespace vs::annot
