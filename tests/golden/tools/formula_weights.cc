// vs-formula-weights: a checkpoint of a recipe's whole system whose values follow from the names, as golden cases have
// them, so that shell tests need no file of weights.
//
//   vs-formula-weights OUT.safetensors --recipe NAME [--set KEY=VALUE]...
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "lib/nn/loading.h"
#include "lib/store/recipe.h"
#include "lib/systems/system.h"
#include "tests/golden/nn/network.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  std::string recipe;
  std::vector<std::string> assignments;
  for (size_t i = 1; i + 1 < words.size(); i += 2) {
    if (words[i] == "--recipe") recipe = words[i + 1];
    if (words[i] == "--set") assignments.push_back(words[i + 1]);
  }
  if (recipe.empty()) {
    std::fputs("usage: vs-formula-weights OUT.safetensors --recipe NAME [--set KEY=VALUE]...\n", stderr);
    return 2;
  }
  try {
    const auto loaded = vs::store::Recipe::load(recipe, assignments);
    const auto system = vs::systems::build_system(loaded.model());
    vs::golden::fill_weights(system->module(), {});
    vs::nn::save_weights(system->module(), words.front());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vs-formula-weights: %s\n", error.what());
    return 1;
  }
  return 0;
}
