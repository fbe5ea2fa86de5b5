#include "lib/nn/device_option.h"

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/device.h"

namespace vs::nn {
namespace {

constexpr std::array<std::pair<const char*, at::ScalarType>, 3> kTypes{
    {{"float32", at::kFloat}, {"bfloat16", at::kBFloat16}, {"float16", at::kHalf}}};

}  // namespace

cli::Option& add_device_option(cli::OptionTable& table, const std::string& help) {
  table.environment_variable("VS_PLUGIN_DIR", "the folder of libvscuda.so, which --device cuda needs");
  return table.text("device", "NAME", help)
      .default_value("cpu")
      .details(
          "cpu; cuda, an NVIDIA GPU, or cuda:1 for the second and so on, by libvscuda.so; auto, a GPU where one "
          "answers, "
          "else the CPU.");
}

at::Device open_asked_device(const cli::ParsedOptions& options, Log& log) {
  const std::string& name = options.text("device");
  return open_device(name, "--device " + name, log);
}

cli::Option& add_dtype_option(cli::OptionTable& table, const std::string& help) {
  std::vector<cli::Choice> words;
  for (const auto& row : kTypes) words.emplace_back(row.first);
  return table.choice("dtype", "TYPE", std::move(words), help).default_value("float32").details("float16: on GPUs.");
}

at::ScalarType dtype_named(const std::string& name) {
  for (const auto& [word, type] : kTypes) {
    if (name == word) return type;
  }
  throw UsageError(name, "is none of float32, bfloat16 and float16");
}

std::string name_of_dtype(at::ScalarType dtype) {
  for (const auto& [word, type] : kTypes) {
    if (dtype == type) return word;
  }
  throw std::logic_error("a type that networks do not compute in");
}

void check_dtype(at::ScalarType dtype, const at::Device& device) {
  if (dtype == at::kHalf && device.is_cpu())
    throw UsageError("--dtype float16", "is for GPUs", "bfloat16 is the CPU's, or give --device cuda");
}

}  // namespace vs::nn
