// Geometry of Video Swin: which tokens attend to each other, and in which order they lie. Liu et al., Video Swin
// Transformer, CVPR 2022; numbers and quirks as in its reference implementation.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "lib/nn/layers/conv.h"

namespace vs::nn {

/// A window and how far it is shifted, {time, height, width} each.
struct Window {
  Axes size, shift;
};

/// Axes no longer than their window are one window of that length, without shift. All three have one length.
Window used_window(const Axes& grid, const Window& full);

/// Which entry of the table of biases, [(2 t - 1) (2 h - 1) (2 w - 1)], two tokens of a window {t, h, w} share:
/// [thw, thw] int64.
at::Tensor relative_position_index(const Axes& window);

/// 0 where two tokens of a window may attend to each other, else -100, since shifting has brought them together from
/// two ends of the grid: [windows, tokens, tokens] float32. grid: {D, H, W}, multiples of the window.
at::Tensor attention_mask(const Axes& grid, const Window& window);

/// Rates of stochastic depth, one a block over all stages: even float32 steps from 0 to `rate`.
std::vector<double> drop_path_rates(double rate, const std::vector<int64_t>& depths);

/// The tokens of a batch of grids in the order of their windows.
///
/// A row is a token; natural order is (batch, time, height, width). In window order rows are [windows, batch, tokens of
/// a window], windows of equal mask side by side.
struct WindowOrder {
  /// Windows [first, first + count) of one mask: [tokens, tokens], undefined if it is all zero.
  struct Group {
    int64_t first = 0, count = 0;
    at::Tensor mask;
  };
  int64_t windows = 0, tokens = 0;
  std::vector<Group> groups;
  at::Tensor order;  ///< natural row of each row in window order; the number of natural rows stands for padding
  at::Tensor place;  ///< row in window order of each natural row
};

/// How the blocks of a stage see a batch of grids of one size.
struct StagePlan {
  int64_t batch = 0;
  bool padded = false;   ///< window order has more rows than natural order
  bool shifted = false;  ///< odd blocks have an order of their own
  WindowOrder plain, odd;
  at::Tensor plain_to_odd, odd_to_plain;  ///< rows from one window order to the other; only where not padded
  /// For joining 2 x 2 neighbours: rows in the order (batch, D, H / 2, W / 2, 4), and whether the number of rows stands
  /// among them for neighbours that are not there.
  at::Tensor merged;
  bool merged_padded = false;
};

/// Plans by size of input, the last few kept. Threads may share one.
class StagePlans {
 public:
  /// full: window and shift of odd blocks. device: where indices are needed.
  std::shared_ptr<const StagePlan> plan(int64_t batch, const Axes& grid, const Window& full, at::Device device);

 private:
  struct Kept {
    int64_t batch;
    Axes grid;
    at::Device device;
    std::shared_ptr<const StagePlan> plan;
  };
  std::mutex mutex_;
  std::list<Kept> kept_;
};

/// Rows of x [rows, C] by index; the index `rows` gives zeros where `padded`. An undefined index: x itself.
at::Tensor gather_rows(const at::Tensor& x, const at::Tensor& index, bool padded);

}  // namespace vs::nn
