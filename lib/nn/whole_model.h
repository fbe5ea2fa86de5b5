// Networks of a system as one model, under the names that a checkpoint of the whole has.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/nn/module.h"

namespace vs::nn {

/// Names of a network that begin with `own` begin with `whole` in the whole model.
struct Renaming {
  std::string own, whole;
};

/// Several networks, or one, under the names of a whole model: OCSampler's sampler is "sampler.", a student of ResKD
/// "backbone.low_res_path.". Borrows the networks.
class WholeModel {
 public:
  WholeModel() = default;
  explicit WholeModel(Module& network) { add(network); }

  /// The first renaming that fits decides; what none fits is no part of the whole.
  void add(Module& network, std::vector<Renaming> names = {{"", ""}});
  /// All entries under their names in the whole, in the order of the networks.
  std::vector<Entry> entries() const;
  /// Every module, parents first, and what its entries' names begin with in the whole: "" or a text that ends in a dot.
  void visit(const std::function<void(Module&, const std::string& prefix)>& see) const;
  /// Module::materialize() of all networks.
  void materialize(at::ScalarType dtype = at::kFloat) const;

 private:
  struct Part {
    Module* network;
    std::vector<Renaming> names;
  };
  std::vector<Part> parts_;
};

}  // namespace vs::nn
