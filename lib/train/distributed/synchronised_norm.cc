#include "lib/train/distributed/synchronised_norm.h"

#include <torch/csrc/autograd/custom_function.h>

#include "lib/nn/layers/norm.h"

namespace vs::train {
namespace {

at::Tensor summed(const at::Tensor& tensor, Ranks& ranks) {
  at::Tensor sum = tensor.detach().clone(at::MemoryFormat::Contiguous);
  ranks.sum({sum});
  return sum;
}

/// What a function saves for its gradient holds numbers, no addresses of ours.
Ranks& ranks_at(int64_t address) {
  return *reinterpret_cast<Ranks*>(address);  // NOLINT(performance-no-int-to-ptr): see above
}

/// The sum over all ranks, whose gradient is the sum of all their gradients.
struct SumOverRanks : public torch::autograd::Function<SumOverRanks> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& tensor, int64_t ranks) {
    context->saved_data["ranks"] = ranks;
    return summed(tensor, ranks_at(ranks));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    Ranks& ranks = ranks_at(context->saved_data["ranks"].toInt());
    return {summed(gradients.front(), ranks), at::Tensor()};
  }
};

void give(nn::Module& module, nn::StatisticsSum* with) {
  if (auto* const norm = dynamic_cast<nn::BatchNorm*>(&module)) norm->synchronise(with);
  for (const auto& child : module.children()) give(*child, with);
}

}  // namespace

class SynchronisedNorms::Sum final : public nn::StatisticsSum {
 public:
  explicit Sum(Ranks& ranks) : ranks_(ranks) {}
  // A custom function carries plain values only, so the ranks go as an address; they outlive the graph.
  at::Tensor sum(const at::Tensor& tensor) override {
    return SumOverRanks::apply(tensor, reinterpret_cast<int64_t>(&ranks_));
  }

 private:
  Ranks& ranks_;
};

SynchronisedNorms::SynchronisedNorms(nn::Module& network, Ranks& ranks)
    : network_(network), sum_(std::make_unique<Sum>(ranks)) {
  give(network_, sum_.get());
}

SynchronisedNorms::~SynchronisedNorms() { give(network_, nullptr); }

}  // namespace vs::train
