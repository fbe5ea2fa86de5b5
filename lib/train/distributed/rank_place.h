// Which process of how many this one is, as launchers tell it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vs::train {

/// Where a process stands among those that train together.
struct RankPlace {
  int rank = 0, size = 1;
  int local_rank = 0;                ///< its number among those of its machine
  std::string master = "127.0.0.1";  ///< host of rank 0
  uint16_t port = 29500;             ///< on which it listens
};

/// What the environment says: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT of torchrun; where these are not set, the
/// ranks of srun (SLURM_PROCID, SLURM_NTASKS) and mpirun (OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE, PMI_RANK,
/// PMI_SIZE) with MASTER_ADDR and MASTER_PORT. local_rank: LOCAL_RANK, SLURM_LOCALID, OMPI_COMM_WORLD_LOCAL_RANK or
/// MPI_LOCALRANKID; where it is not set all are on one machine. Nothing for a process of its own.
/// Throws UsageError naming a variable that is missing or no number.
std::optional<RankPlace> rank_place_of_environment();

}  // namespace vs::train
