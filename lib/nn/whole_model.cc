#include "lib/nn/whole_model.h"

#include <optional>
#include <utility>

namespace vs::nn {
namespace {

std::optional<std::string> renamed(const std::string& name, const std::vector<Renaming>& names) {
  for (const Renaming& renaming : names) {
    if (name.starts_with(renaming.own)) return renaming.whole + name.substr(renaming.own.size());
  }
  return std::nullopt;
}

void visit_below(Module& module, const std::string& own, const std::vector<Renaming>& names,
                 const std::function<void(Module&, const std::string&)>& see) {
  if (const auto whole = renamed(own, names)) see(module, *whole);
  for (const auto& child : module.children()) {
    // A child without a name has its parent's names.
    visit_below(*child, child->name().empty() ? own : own + child->name() + ".", names, see);
  }
}

}  // namespace

void WholeModel::add(Module& network, std::vector<Renaming> names) { parts_.push_back({&network, std::move(names)}); }

std::vector<Entry> WholeModel::entries() const {
  std::vector<Entry> all;
  for (const Part& part : parts_) {
    for (Entry& entry : part.network->entries()) {
      auto name = renamed(entry.name, part.names);
      if (name) all.push_back({std::move(*name), entry.tensor, entry.kind});
    }
  }
  return all;
}

void WholeModel::visit(const std::function<void(Module&, const std::string&)>& see) const {
  for (const Part& part : parts_) visit_below(*part.network, "", part.names, see);
}

void WholeModel::materialize(at::ScalarType dtype) const {
  for (const Part& part : parts_) part.network->materialize(dtype);
}

}  // namespace vs::nn
