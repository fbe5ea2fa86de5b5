// Which part of the items this run takes, when several runs share them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace vs::cli {

/// Part `index` (from 0) of `count` equal parts. {0, 1} is everything.
struct Shard {
  int64_t index = 0, count = 1;
  bool operator==(const Shard&) const = default;
};

/// "I/N" with 0 <= I < N <= 1000000; nothing otherwise.
std::optional<Shard> parse_shard(std::string_view text);

/// The shard from the first job system whose variables are set: SLURM array (SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP),
/// SGE array (SGE_TASK_ID, _FIRST, _LAST, _STEPSIZE), PBS array (PBS_ARRAY_INDEX or PBS_ARRAYID from 0, with
/// VS_SHARD_COUNT), then ranks: Open MPI (OMPI_COMM_WORLD_RANK, _SIZE), PMI (PMI_RANK, PMI_SIZE), srun (SLURM_PROCID,
/// SLURM_NTASKS with more than one task). Throws UsageError if none is set or what is set makes no sense.
Shard shard_from_environment(const std::function<const char*(const char*)>& environment);

}  // namespace vs::cli
