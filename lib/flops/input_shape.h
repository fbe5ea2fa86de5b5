// Input shapes as people write them on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vs::flops {

/// Sizes of a tensor from text: numbers separated by commas, "x" or blanks. UsageError naming `place` for anything
/// else, sizes below 1 and more than 6 of them.
std::vector<int64_t> parse_shape(const std::string& text, const std::string& place);

/// The input of one video as get_flops of mmaction2 reads it: s is 1 x 3 x s x s, two numbers are 1 x 3 x h x w, more
/// are as they stand. UsageError for 3 numbers or more than 5.
std::vector<int64_t> input_shape(std::vector<int64_t> given);

}  // namespace vs::flops
