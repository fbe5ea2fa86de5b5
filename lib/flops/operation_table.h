// What each tensor operation costs. An operation that is not here cannot be counted, and says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/flops/cost.h"
#include "lib/nn/module.h"

namespace vs::flops {

/// One call of an operation.
struct OperationCall {
  std::string name;  ///< "aten::convolution"
  std::vector<c10::IValue> inputs, outputs;
  /// The modules that run, outermost first; never empty.
  const std::vector<const nn::Module*>* modules = nullptr;
  /// The backbone that finished last; null if none has.
  const nn::Module* backbone = nullptr;
};

/// What one call costs, and under which heading.
struct OperationCost {
  std::string heading;
  Counts counts{};
  int64_t activations = 0;
};

using OperationRule = OperationCost (*)(const OperationCall&);

/// How an operation is treated.
enum class Treatment {
  kCounted,  ///< by its rule; what it calls itself is part of it
  kFree,     ///< element by element, or moving elements: nothing in any convention
  kOpened,   ///< made of other operations, which are counted instead
  kUnknown,
};

struct OperationEntry {
  Treatment treatment = Treatment::kUnknown;
  OperationRule rule = nullptr;  ///< of kCounted
};

/// name: with namespace, without overload, such as "aten::add_".
OperationEntry find_operation(std::string_view name);

/// Rules for what has weights, in the table under "aten::convolution" and so on.
OperationCost cost_of_convolution(const OperationCall& call);
OperationCost cost_of_linear(const OperationCall& call);
OperationCost cost_of_addmm(const OperationCall& call);
OperationCost cost_of_matmul(const OperationCall& call);
OperationCost cost_of_attention(const OperationCall& call);
OperationCost cost_of_gru(const OperationCall& call);

}  // namespace vs::flops
