// vs-weights-difference: how far two files of weights are apart, for shell tests.
//
//   vs-weights-difference A.safetensors B.safetensors
//
// Prints the largest difference of an entry, relative to the entry's largest magnitude (that of an entry below 1e-3,
// such as a bias that began at 0, counts as 1e-3), and the entry's name. Integer entries must be equal.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "lib/nn/tensor_file.h"
#include "lib/weights/checkpoint.h"

namespace {

constexpr double kSmallestScale = 1e-3;

std::map<std::string, at::Tensor> read(const std::string& path) {
  const auto checkpoint = vs::weights::Checkpoint::open(path);
  std::map<std::string, at::Tensor> tensors;
  for (size_t i = 0; i < checkpoint.tensors().size(); ++i)
    tensors.emplace(checkpoint.tensors()[i].name, vs::nn::read_tensor(checkpoint, i));
  return tensors;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: vs-weights-difference A.safetensors B.safetensors\n", stderr);
    return 2;
  }
  try {
    const auto first = read(argv[1]), second = read(argv[2]);
    double largest = first.size() == second.size() ? 0 : INFINITY;
    std::string where = largest > 0 ? "(other names)" : "(none)";
    for (const auto& [name, tensor] : first) {
      const auto other = second.find(name);
      if (other == second.end() || other->second.sizes() != tensor.sizes()) {
        largest = INFINITY;
        where = name;
        continue;
      }
      const at::Tensor a = tensor.to(at::kDouble), b = other->second.to(at::kDouble);
      if (a.numel() == 0) continue;
      const double gap = (a - b).abs().max().item<double>();
      const double smallest = at::isFloatingType(tensor.scalar_type()) ? kSmallestScale : 1;
      const double relative = gap / std::max(a.abs().max().item<double>(), smallest);
      if (relative <= largest) continue;
      largest = relative;
      where = name;
    }
    std::printf("%.3g %s\n", largest, where.c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vs-weights-difference: %s\n", error.what());
    return 1;
  }
  return 0;
}
