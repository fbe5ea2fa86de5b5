#include "lib/train/distributed/rank_place.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::train {
namespace {

constexpr int64_t kMostRanks = 1 << 16, kMostPorts = 65535;

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

int64_t number(const char* name, const std::string& text, int64_t least, int64_t most) {
  const auto value = parse_integer(text);
  if (!value || *value < least || *value > most)
    throw UsageError(name, fmt::format("\"{}\" is no number from {} to {}", printable(text), least, most));
  return *value;
}

struct Launcher {
  const char *rank, *size, *local_rank;
};
constexpr std::array<Launcher, 4> kLaunchers{
    {{"RANK", "WORLD_SIZE", "LOCAL_RANK"},
     {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
     {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"},
     {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"}}};

}  // namespace

std::optional<RankPlace> rank_place_of_environment() {
  for (const auto& launcher : kLaunchers) {
    const auto rank = variable(launcher.rank), size = variable(launcher.size);
    if (!rank && !size) continue;
    if (!rank || !size)
      throw UsageError(rank ? launcher.size : launcher.rank,
                       fmt::format("is not set, and {} is", rank ? launcher.rank : launcher.size));
    RankPlace place;
    place.size = static_cast<int>(number(launcher.size, *size, 1, kMostRanks));
    place.rank = static_cast<int>(number(launcher.rank, *rank, 0, place.size - 1));
    if (place.size == 1) return std::nullopt;
    const auto local = variable(launcher.local_rank);
    place.local_rank = local ? static_cast<int>(number(launcher.local_rank, *local, 0, place.size - 1)) : place.rank;
    const auto master = variable("MASTER_ADDR"), port = variable("MASTER_PORT");
    if (!master || !port)
      throw UsageError(master ? "MASTER_PORT" : "MASTER_ADDR", fmt::format("is not set, with {} processes", place.size),
                       "host and free port of the first process; torchrun sets them");
    place.master = *master;
    place.port = static_cast<uint16_t>(number("MASTER_PORT", *port, 1, kMostPorts));
    return place;
  }
  return std::nullopt;
}

}  // namespace vs::train
