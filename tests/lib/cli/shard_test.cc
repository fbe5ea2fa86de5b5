#include <doctest/doctest.h>

#include <map>
#include <string>

#include "lib/cli/shard.h"
#include "lib/core/error.h"

using namespace vs::cli;

namespace {

Shard shard_of(const std::map<std::string, std::string>& variables) {
  return shard_from_environment([&](const char* name) -> const char* {
    const auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  });
}

}  // namespace

TEST_CASE("shards as text") {
  CHECK(parse_shard("0/1") == Shard{0, 1});
  CHECK(parse_shard("15/16") == Shard{15, 16});
  CHECK_FALSE(parse_shard("16/16"));
  CHECK_FALSE(parse_shard(""));
  CHECK_FALSE(parse_shard("/"));
  CHECK_FALSE(parse_shard("1"));
  CHECK_FALSE(parse_shard("0/1000001"));
}

TEST_CASE("SLURM arrays, with offset and step; uneven ones are refused") {
  std::map<std::string, std::string> slurm = {{"SLURM_ARRAY_TASK_ID", "7"},
                                              {"SLURM_ARRAY_TASK_MIN", "1"},
                                              {"SLURM_ARRAY_TASK_MAX", "9"},
                                              {"SLURM_ARRAY_TASK_STEP", "2"},
                                              {"SLURM_ARRAY_TASK_COUNT", "5"}};
  CHECK(shard_of(slurm) == Shard{3, 5});
  slurm["SLURM_ARRAY_TASK_COUNT"] = "3";
  CHECK_THROWS_AS(shard_of(slurm), vs::UsageError);
  slurm.erase("SLURM_ARRAY_TASK_COUNT");
  slurm["SLURM_ARRAY_TASK_ID"] = "6";
  CHECK_THROWS_AS(shard_of(slurm), vs::UsageError);
  slurm["SLURM_ARRAY_TASK_ID"] = "x";
  CHECK_THROWS_AS(shard_of(slurm), vs::UsageError);
}

TEST_CASE("SGE, PBS and ranks") {
  CHECK(shard_of({{"SGE_TASK_ID", "3"}, {"SGE_TASK_FIRST", "1"}, {"SGE_TASK_LAST", "4"}}) == Shard{2, 4});
  CHECK(shard_of({{"PBS_ARRAY_INDEX", "3"}, {"VS_SHARD_COUNT", "4"}}) == Shard{3, 4});
  CHECK(shard_of({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}}) == Shard{1, 2});
  CHECK(shard_of({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}) == Shard{0, 2});
  CHECK(shard_of({{"RANK", "1"}, {"WORLD_SIZE", "4"}}) == Shard{1, 4});
  CHECK(shard_of({{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "3"}}) == Shard{2, 3});
  CHECK(shard_of({{"SGE_TASK_ID", "undefined"}, {"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}) == Shard{1, 2});
  CHECK_THROWS_AS(shard_of({}), vs::UsageError);
  CHECK_THROWS_AS(shard_of({{"PBS_ARRAY_INDEX", "4"}, {"VS_SHARD_COUNT", "4"}}), vs::UsageError);
  CHECK_THROWS_AS(shard_of({{"PBS_ARRAY_INDEX", "4"}}), vs::UsageError);
}
