// The option by which programs are told where networks compute.
#pragma once

#include <string>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/log.h"
#include "lib/nn/torch.h"

namespace vs::nn {

/// Adds --device. Returns it for what else holds of it.
cli::Option& add_device_option(cli::OptionTable& table, const std::string& help);
/// Opens what --device says: see open_device().
at::Device open_asked_device(const cli::ParsedOptions& options, Log& log);

/// Adds --dtype.
cli::Option& add_dtype_option(cli::OptionTable& table, const std::string& help);
/// The words of --dtype; UsageError for another.
at::ScalarType dtype_named(const std::string& name);
/// Throws UsageError for float16 on the CPU, which computes it slower than float32.
void check_dtype(at::ScalarType dtype, const at::Device& device);
/// "float32", "bfloat16" or "float16".
std::string name_of_dtype(at::ScalarType dtype);

}  // namespace vs::nn
