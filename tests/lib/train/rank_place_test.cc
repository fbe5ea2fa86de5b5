#include "lib/train/distributed/rank_place.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "lib/core/error.h"

namespace vs::train {
namespace {

/// The environment of launchers, for the lifetime of the object: nothing but this.
class Launched {
 public:
  explicit Launched(const std::vector<std::pair<std::string, std::string>>& variables) {
    clear();
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Launched() { clear(); }

 private:
  static void clear() {
    for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "SLURM_PROCID", "SLURM_NTASKS",
                             "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "LOCAL_RANK",
                             "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"})
      unsetenv(name);
  }
};

}  // namespace

TEST_CASE("a process without a launcher is alone") {
  const Launched launched({});
  CHECK_FALSE(rank_place_of_environment());
}

TEST_CASE("one process of one is alone, and needs no place to meet") {
  const Launched launched({{"RANK", "0"}, {"WORLD_SIZE", "1"}});
  CHECK_FALSE(rank_place_of_environment());
}

TEST_CASE("torchrun, mpirun and srun are understood") {
  for (const auto& [rank, size] :
       std::vector<std::pair<std::string, std::string>>{{"RANK", "WORLD_SIZE"},
                                                        {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                                        {"SLURM_PROCID", "SLURM_NTASKS"}}) {
    CAPTURE(rank);
    const Launched launched({{rank, "2"}, {size, "4"}, {"MASTER_ADDR", "node7"}, {"MASTER_PORT", "12345"}});
    const auto place = rank_place_of_environment();
    REQUIRE(place);
    CHECK(place->rank == 2);
    CHECK(place->size == 4);
    CHECK(place->master == "node7");
    CHECK(place->port == 12345);
  }
}

TEST_CASE("launchers say which process of its machine one is; else all are on one") {
  for (const auto& [rank, size, local] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"RANK", "WORLD_SIZE", "LOCAL_RANK"},
           {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
           {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"},
           {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"}}) {
    CAPTURE(rank);
    std::vector<std::pair<std::string, std::string>> variables{
        {rank, "5"}, {size, "8"}, {"MASTER_ADDR", "node7"}, {"MASTER_PORT", "12345"}};
    {
      const Launched launched(variables);
      CHECK(rank_place_of_environment()->local_rank == 5);
    }
    variables.emplace_back(local, "1");
    const Launched launched(variables);
    CHECK(rank_place_of_environment()->local_rank == 1);
  }
  const Launched launched({{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "2"}});
  CHECK_THROWS_WITH_AS(rank_place_of_environment(), doctest::Contains("LOCAL_RANK"), UsageError);
}

TEST_CASE("what is missing or no number is named") {
  const auto refused = [](const std::vector<std::pair<std::string, std::string>>& variables, const char* words) {
    const Launched launched(variables);
    CHECK_THROWS_WITH_AS(rank_place_of_environment(), doctest::Contains(words), UsageError);
  };
  refused({{"RANK", "0"}}, "WORLD_SIZE");
  refused({{"WORLD_SIZE", "2"}}, "RANK");
  refused({{"RANK", "2"}, {"WORLD_SIZE", "2"}}, "RANK");
  refused({{"RANK", "x"}, {"WORLD_SIZE", "2"}}, "RANK");
  refused({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}, "MASTER_PORT");
  refused({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "1"}}, "MASTER_ADDR");
  refused({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}}, "MASTER_PORT");
}

}  // namespace vs::train
