#include "lib/flops/cost.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::flops {
namespace {

constexpr std::array<std::pair<Convention, const char*>, 4> kNames{{{Convention::kMac, "mac"},
                                                                    {Convention::kFlop, "flop"},
                                                                    {Convention::kMmcv, "mmcv"},
                                                                    {Convention::kFvcore, "fvcore"}}};

}  // namespace

const char* convention_name(Convention convention) {
  for (const auto& [value, name] : kNames) {
    if (value == convention) return name;
  }
  throw std::logic_error("no such convention");
}

Convention convention_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [value, word] : kNames) {
    if (name == word) return value;
    names.emplace_back(word);
  }
  throw UsageError("convention", "\"" + printable(name) + "\" is not known", "known are " + join(names, ", "));
}

const char* convention_unit(Convention convention) {
  switch (convention) {
    case Convention::kMac:
      return "MACs";
    case Convention::kFlop:
      return "FLOPs (2 x MACs)";
    case Convention::kMmcv:
      return "multiply-adds as mmcv counts";
    case Convention::kFvcore:
      return "multiply-adds as fvcore counts";
  }
  throw std::logic_error("no such convention");
}

int64_t Counts::in(Convention convention) const {
  switch (convention) {
    case Convention::kMac:
      return macs;
    case Convention::kFlop:
      return 2 * macs;
    case Convention::kMmcv:
      return mmcv;
    case Convention::kFvcore:
      return fvcore;
  }
  throw std::logic_error("no such convention");
}

Counts& Counts::operator+=(const Counts& other) {
  macs += other.macs;
  mmcv += other.mmcv;
  fvcore += other.fvcore;
  return *this;
}

Cost& Cost::operator+=(const Cost& other) {
  counts += other.counts;
  activations += other.activations;
  for (const auto& [operation, cost] : other.by_operation) by_operation[operation] += cost;
  return *this;
}

void add_up_children(CostNode& node) {
  node.parameters = 0;
  node.cost = node.own;
  for (const CostNode& below : node.children) {
    node.parameters += below.parameters;
    node.cost += below.cost;
  }
}

}  // namespace vs::flops
