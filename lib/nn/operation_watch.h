// Looking on while LibTorch works.
#pragma once

#include <cstdint>
#include <memory>

namespace at {
struct ObserverContext;
struct RecordFunction;
}  // namespace at

namespace vs::nn {

/// Told about every operation that runs on a thread while it is watched, those that others are made of too.
class OperationListener {
 public:
  virtual ~OperationListener() = default;
  /// What is returned goes to end() of the same operation; null if nothing is to be kept.
  virtual std::unique_ptr<at::ObserverContext> begin_operation(const at::RecordFunction& operation) = 0;
  /// Of an operation that failed there are no outputs.
  virtual void end_operation(const at::RecordFunction& operation, at::ObserverContext* kept) = 0;
};

/// Lets `listener` watch this thread's operations, with their inputs and outputs, for its lifetime. One at a time on a
/// thread, else std::logic_error.
class OperationWatch {
 public:
  explicit OperationWatch(OperationListener& listener);
  OperationWatch(const OperationWatch&) = delete;
  OperationWatch& operator=(const OperationWatch&) = delete;
  ~OperationWatch();

 private:
  uint64_t handle_ = 0;
};

}  // namespace vs::nn
