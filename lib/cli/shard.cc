#include "lib/cli/shard.h"

#include <fmt/format.h>

#include <string>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::cli {
namespace {

constexpr int64_t kMostShards = 1000000;
using Environment = std::function<const char*(const char*)>;

bool is_set(const Environment& environment, const char* name) {
  const char* value = environment(name);
  // SGE sets SGE_TASK_ID to "undefined" outside arrays.
  return value && *value && std::string_view(value) != "undefined";
}

int64_t number_of(const Environment& environment, const char* name) {
  const char* value = environment(name);
  const auto number = parse_integer(value ? value : "");
  if (!number || *number < 0) {
    throw UsageError(fmt::format("--shard auto: {}={}", name, value ? printable(value) : ""), "must be a count",
                     "give --shard I/N");
  }
  return *number;
}

Shard checked(int64_t index, int64_t count, const char* name) {
  if (count < 1 || count > kMostShards || index < 0 || index >= count) {
    throw UsageError(fmt::format("--shard auto: {}", name), fmt::format("makes part {} of {}", index, count),
                     "give --shard I/N");
  }
  return {index, count};
}

/// The tasks of an array are first, first + step, ..., last.
Shard of_array(const Environment& environment, const char* id, const char* first, const char* last, const char* step) {
  const int64_t start = number_of(environment, first);
  const int64_t stride = is_set(environment, step) ? number_of(environment, step) : 1;
  const int64_t offset = number_of(environment, id) - start;
  const int64_t span = number_of(environment, last) - start;
  if (stride < 1 || offset < 0 || offset % stride != 0 || span < 0) return checked(-1, 0, id);
  return checked(offset / stride, span / stride + 1, id);
}

Shard of_rank(const Environment& environment, const char* rank, const char* size) {
  return checked(number_of(environment, rank), number_of(environment, size), rank);
}

}  // namespace

std::optional<Shard> parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto index = parse_integer(text.substr(0, slash));
  const auto count = parse_integer(text.substr(slash + 1));
  if (!index || !count || *index < 0 || *index >= *count || *count > kMostShards) return std::nullopt;
  return Shard{*index, *count};
}

Shard shard_from_environment(const Environment& environment) {
  if (is_set(environment, "SLURM_ARRAY_TASK_ID")) {
    const Shard shard = of_array(environment, "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
                                 "SLURM_ARRAY_TASK_STEP");
    // An array such as 1,3,7 has fewer tasks than its range tells: the parts between would be lost.
    const char* count = "SLURM_ARRAY_TASK_COUNT";
    if (is_set(environment, count) && number_of(environment, count) != shard.count) {
      throw UsageError("--shard auto", "the SLURM array is not an even range", "give --shard I/N");
    }
    return shard;
  }
  if (is_set(environment, "SGE_TASK_ID")) {
    return of_array(environment, "SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE");
  }
  for (const char* index : {"PBS_ARRAY_INDEX", "PBS_ARRAYID"}) {
    if (is_set(environment, index)) return of_rank(environment, index, "VS_SHARD_COUNT");
  }
  if (is_set(environment, "OMPI_COMM_WORLD_RANK")) {
    return of_rank(environment, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
  }
  if (is_set(environment, "PMI_RANK")) return of_rank(environment, "PMI_RANK", "PMI_SIZE");
  if (is_set(environment, "SLURM_PROCID") && is_set(environment, "SLURM_NTASKS")) {
    return of_rank(environment, "SLURM_PROCID", "SLURM_NTASKS");
  }
  if (is_set(environment, "RANK") && is_set(environment, "WORLD_SIZE"))
    return of_rank(environment, "RANK", "WORLD_SIZE");
  throw UsageError("--shard auto", "no job array or rank in the environment", "give --shard I/N");
}

}  // namespace vs::cli
