// What a call is refused with.
#pragma once

#include <string>

#include "lib/core/error.h"

namespace vs::nn::testing {

/// The message of the error that a call ends with; "" if it ends well.
template <class Call>
std::string refusal_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// Whether a call is refused with a message that has these words.
template <class Call>
bool is_refused(Call call, const std::string& words) {
  const std::string message = refusal_of(call);
  return !message.empty() && message.find(words) != std::string::npos;
}

}  // namespace vs::nn::testing
