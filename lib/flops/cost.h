// What a computation costs, in every convention that published figures use.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vs::flops {

/// How operations are counted. Published tables seldom say which one they use.
///
/// kMac: multiply-accumulates of convolutions, linear layers, matrix products (those of attention too) and recurrent
/// layers; nothing else. kFlop: twice that. kMmcv: get_model_complexity_info of mmcv 1.x (get_flops of mmaction2 0.x),
/// which counts by kind of module. kFvcore: FlopCountAnalysis of fvcore 0.1.5 (and of mmengine: get_flops of mmaction2
/// 1.x and of DRCA), which counts by operation. The last two take one multiply-add as one and call it a FLOP.
enum class Convention { kMac, kFlop, kMmcv, kFvcore };

/// "mac", "flop", "mmcv", "fvcore".
const char* convention_name(Convention convention);
/// UsageError for another word.
Convention convention_named(const std::string& name);
/// What the number is, for people: "MACs", "FLOPs (2 x MACs)", "multiply-adds as mmcv counts".
const char* convention_unit(Convention convention);

/// One number for each convention. kFlop is twice the first.
struct Counts {
  int64_t macs = 0, mmcv = 0, fvcore = 0;

  int64_t in(Convention convention) const;
  Counts& operator+=(const Counts& other);
  bool operator==(const Counts&) const = default;
};

/// The cost of everything that ran below one module.
struct Cost {
  Counts counts;
  /// Elements that convolutions, linear layers, matrix products and recurrent layers put out, as fvcore counts
  /// activations.
  int64_t activations = 0;
  /// By operation: "conv", "linear", "matmul", "bmm", "gru", "batch_norm" and so on.
  std::map<std::string, Counts> by_operation{};

  Cost& operator+=(const Cost& other);
};

/// A row of the table: a module, a part of a system, or a system.
struct CostNode {
  std::string name, kind;
  int64_t parameters = 0;  ///< with those below
  Cost cost{};             ///< with that below
  Cost own{};              ///< of its own operations alone
  /// Of the last result inside; empty if nothing ran or the result is no tensor.
  std::vector<int64_t> output{};
  int64_t calls = 0;
  std::vector<CostNode> children{};
};

/// Sets `parameters` and `cost` of a node that groups others to the sums of its children's.
void add_up_children(CostNode& node);

}  // namespace vs::flops
