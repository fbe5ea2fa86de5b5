// Videos one by one in, results in the same order out, the network run on several at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/data/loader.h"
#include "lib/evaluate/experiment.h"
#include "lib/store/item_run.h"

namespace vs::evaluate {

/// A video that waits for its turn.
struct WaitingVideo {
  store::ItemOutcome outcome;
  data::Sample sample;
};

/// What became of one: its row of a batch, or why there is none.
struct FinishedVideo {
  const WaitingVideo* video = nullptr;
  const systems::Result* result = nullptr;  ///< null: there is none
  int64_t row = 0;                          ///< of the result
  std::vector<int64_t> input = {};          ///< shape of the video's input
  std::string failure = {};                 ///< why there is none
};

/// One batch of inputs of one shape, for a network on `device`: there where one of them is, else in memory from which a
/// GPU can copy by itself.
at::Tensor stacked(at::ArrayRef<at::Tensor> inputs, const at::Device& device);

/// Collects videos whose inputs have one shape and runs the system on `batch` of them at a time. Videos come out in the
/// order in which they went in.
class BatchRunner {
 public:
  /// take: called for each video, in the caller's thread.
  BatchRunner(Experiment& experiment, int64_t batch, std::function<void(const FinishedVideo&)> take);

  /// May run a batch. Throws what take throws.
  void add(WaitingVideo video);
  /// Runs what waits.
  void flush();
  /// Seconds spent in the system.
  double seconds() const { return seconds_; }

 private:
  Experiment& experiment_;
  size_t batch_;
  std::function<void(const FinishedVideo&)> take_;
  std::vector<WaitingVideo> waiting_;
  std::vector<at::Tensor> inputs_;
  double seconds_ = 0;
};

}  // namespace vs::evaluate
