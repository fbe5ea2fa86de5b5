// Batch normalisation over the videos of all processes.
#pragma once

#include <memory>

#include "lib/nn/module.h"
#include "lib/train/distributed/ranks.h"

namespace vs::train {

/// Makes every batch normalisation of a network take its statistics over all ranks for the lifetime of the object.
/// Source: synchronised batch normalisation (Peng et al., MegDet, CVPR 2018). Borrows both.
class SynchronisedNorms {
 public:
  SynchronisedNorms(nn::Module& network, Ranks& ranks);
  SynchronisedNorms(const SynchronisedNorms&) = delete;
  SynchronisedNorms& operator=(const SynchronisedNorms&) = delete;
  ~SynchronisedNorms();

 private:
  class Sum;
  nn::Module& network_;
  std::unique_ptr<Sum> sum_;
};

}  // namespace vs::train
