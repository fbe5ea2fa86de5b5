#include "lib/nn/operation_watch.h"

#include <ATen/record_function.h>

#include <stdexcept>

namespace vs::nn {
namespace {

/// LibTorch calls functions, not objects.
OperationListener*& thread_listener() {
  thread_local OperationListener* listener = nullptr;
  return listener;
}

std::unique_ptr<at::ObserverContext> begin_operation(const at::RecordFunction& operation) {
  return thread_listener()->begin_operation(operation);
}
void end_operation(const at::RecordFunction& operation, at::ObserverContext* kept) {
  thread_listener()->end_operation(operation, kept);
}

}  // namespace

OperationWatch::OperationWatch(OperationListener& listener) {
  if (thread_listener()) throw std::logic_error("this thread's operations are watched already");
  thread_listener() = &listener;
  handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(begin_operation, end_operation)
                                           .needsInputs(true)
                                           .needsOutputs(true)
                                           .scopes({at::RecordScope::FUNCTION}));
}

OperationWatch::~OperationWatch() {
  at::removeCallback(handle_);
  thread_listener() = nullptr;
}

}  // namespace vs::nn
