#include "lib/nn/backbones/swin_window.h"

#include <algorithm>

#include "lib/nn/device.h"

namespace vs::nn {
namespace {

constexpr size_t kPlansKept = 8;

int64_t volume(const Axes& axes) { return axes[0] * axes[1] * axes[2]; }

int64_t rounded_up(int64_t size, int64_t step) { return (size + step - 1) / step * step; }

/// Which part of a shifted axis a place belongs to: before the last window, its first part, what was wrapped around.
int64_t region(int64_t place, int64_t size, int64_t window, int64_t shift) {
  if (shift == 0 || place < size - window) return 0;
  return place < size - shift ? 1 : 2;
}

at::Tensor long_tensor(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

/// Windows of a grid in the order of their masks: 8 kinds, by whether a window is the last one of a shifted axis.
struct OrderedWindows {
  std::vector<Axes> origins;
  std::vector<int64_t> count = std::vector<int64_t>(8, 0);
};

OrderedWindows ordered_windows(const Axes& padded, const Window& window) {
  std::vector<std::vector<Axes>> by_kind(8);
  for (int64_t d = 0; d < padded[0]; d += window.size[0]) {
    for (int64_t h = 0; h < padded[1]; h += window.size[1]) {
      for (int64_t w = 0; w < padded[2]; w += window.size[2]) {
        const Axes origin{d, h, w};
        size_t kind = 0;
        for (size_t a = 0; a < 3; ++a)
          kind = 2 * kind + (window.shift[a] > 0 && origin[a] + window.size[a] == padded[a] ? 1 : 0);
        by_kind[kind].push_back(origin);
      }
    }
  }
  OrderedWindows result;
  for (size_t kind = 0; kind < 8; ++kind) {
    result.count[kind] = static_cast<int64_t>(by_kind[kind].size());
    result.origins.insert(result.origins.end(), by_kind[kind].begin(), by_kind[kind].end());
  }
  return result;
}

/// Masks by kind of window: those of the smallest grid that has them all.
std::vector<at::Tensor> masks_by_kind(const Window& window) {
  std::vector<at::Tensor> masks(8);
  Axes grid = window.size;
  for (size_t a = 0; a < 3; ++a) grid[a] *= window.shift[a] > 0 ? 2 : 1;
  const at::Tensor all = attention_mask(grid, window);
  int64_t next = 0;
  for (size_t kind = 0; kind < 8; ++kind) {
    const bool there = ((kind & 4) == 0 || window.shift[0] > 0) && ((kind & 2) == 0 || window.shift[1] > 0) &&
                       ((kind & 1) == 0 || window.shift[2] > 0);
    if (!there) continue;
    if (kind > 0) masks[kind] = all[next];
    ++next;
  }
  return masks;
}

WindowOrder window_order(int64_t batch, const Axes& grid, const Window& window, at::Device device) {
  Axes padded = grid;
  for (size_t a = 0; a < 3; ++a) padded[a] = rounded_up(grid[a], window.size[a]);
  const OrderedWindows windows = ordered_windows(padded, window);
  WindowOrder result;
  result.windows = static_cast<int64_t>(windows.origins.size());
  result.tokens = volume(window.size);
  const std::vector<at::Tensor> masks = masks_by_kind(window);
  int64_t first = 0;
  for (size_t kind = 0; kind < 8; ++kind) {
    const int64_t count = windows.count[kind];
    if (count == 0) continue;
    result.groups.push_back({first, count, masks[kind].defined() ? masks[kind].to(device) : at::Tensor()});
    first += count;
  }
  const int64_t rows = batch * volume(grid);
  std::vector<int64_t> order, place(static_cast<size_t>(rows));
  order.reserve(static_cast<size_t>(batch * volume(padded)));
  for (const Axes& origin : windows.origins) {
    for (int64_t b = 0; b < batch; ++b) {
      for (int64_t t = 0; t < result.tokens; ++t) {
        const Axes inside{t / (window.size[1] * window.size[2]), t / window.size[2] % window.size[1],
                          t % window.size[2]};
        int64_t row = b;
        bool real = true;
        for (size_t a = 0; a < 3; ++a) {
          // Shifting moves what lies at `shift` to the start.
          const int64_t at = (origin[a] + inside[a] + window.shift[a]) % padded[a];
          real = real && at < grid[a];
          row = row * grid[a] + at;
        }
        if (real) place[static_cast<size_t>(row)] = static_cast<int64_t>(order.size());
        order.push_back(real ? row : rows);
      }
    }
  }
  result.order = long_tensor(order).to(device);
  result.place = long_tensor(place).to(device);
  return result;
}

/// For joining 2 x 2 neighbours: rows of [batch, D, H, W] in the order (batch, D, H / 2, W / 2, 4), sizes rounded up,
/// the four being (even, even), (odd, even), (even, odd), (odd, odd) of (row, column). The number of rows stands for a
/// neighbour that is not there.
at::Tensor merge_order(int64_t batch, const Axes& grid) {
  const int64_t rows = batch * volume(grid);
  std::vector<int64_t> order;
  order.reserve(static_cast<size_t>(rows) + 4);
  for (int64_t image = 0; image < batch * grid[0]; ++image) {
    for (int64_t h = 0; h < grid[1]; h += 2) {
      for (int64_t w = 0; w < grid[2]; w += 2) {
        for (const auto& [down, right] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
          const bool there = h + down < grid[1] && w + right < grid[2];
          order.push_back(there ? (image * grid[1] + h + down) * grid[2] + w + right : rows);
        }
      }
    }
  }
  return long_tensor(order);
}

StagePlan stage_plan(int64_t batch, const Axes& grid, const Window& full, at::Device device) {
  const Window used = used_window(grid, full);
  StagePlan plan;
  plan.batch = batch;
  plan.shifted = volume({used.shift[0] + 1, used.shift[1] + 1, used.shift[2] + 1}) > 1;
  const at::Device cpu(at::kCPU);
  plan.plain = window_order(batch, grid, {used.size, {0, 0, 0}}, cpu);
  plan.odd = plan.shifted ? window_order(batch, grid, used, cpu) : plan.plain;
  plan.padded = plan.plain.order.size(0) != plan.plain.place.size(0);
  if (plan.shifted && !plan.padded) {
    plan.plain_to_odd = plan.plain.place.index_select(0, plan.odd.order).to(device);
    plan.odd_to_plain = plan.odd.place.index_select(0, plan.plain.order).to(device);
  }
  for (WindowOrder* order : {&plan.plain, &plan.odd}) {
    order->order = order->order.to(device);
    order->place = order->place.to(device);
    for (WindowOrder::Group& group : order->groups) {
      if (group.mask.defined()) group.mask = group.mask.to(device);
    }
  }
  plan.merged = merge_order(batch, grid).to(device);
  plan.merged_padded = grid[1] % 2 != 0 || grid[2] % 2 != 0;
  return plan;
}

}  // namespace

Window used_window(const Axes& grid, const Window& full) {
  Window used = full;
  for (size_t a = 0; a < 3; ++a) {
    if (grid[a] > full.size[a]) continue;
    used.size[a] = grid[a];
    used.shift[a] = 0;
  }
  return used;
}

at::Tensor relative_position_index(const Axes& window) {
  const at::Tensor token = at::arange(volume(window), at::kLong);
  const auto floor = [](const at::Tensor& x, int64_t by) { return at::div(x, by, "floor"); };
  const std::vector<at::Tensor> places{floor(token, window[1] * window[2]),
                                       at::remainder(floor(token, window[2]), window[1]),
                                       at::remainder(token, window[2])};
  at::Tensor index = at::zeros({token.size(0), token.size(0)}, at::kLong);
  for (size_t a = 0; a < 3; ++a) {
    const at::Tensor difference = places[a].unsqueeze(1) - places[a].unsqueeze(0);
    index = index * (2 * window[a] - 1) + difference + (window[a] - 1);
  }
  return index;
}

at::Tensor attention_mask(const Axes& grid, const Window& window) {
  std::vector<int64_t> regions;
  for (int64_t d = 0; d < grid[0]; ++d) {
    for (int64_t h = 0; h < grid[1]; ++h) {
      for (int64_t w = 0; w < grid[2]; ++w) {
        regions.push_back(9 * region(d, grid[0], window.size[0], window.shift[0]) +
                          3 * region(h, grid[1], window.size[1], window.shift[1]) +
                          region(w, grid[2], window.size[2], window.shift[2]));
      }
    }
  }
  const Axes& size = window.size;
  const at::Tensor by_window =
      long_tensor(regions)
          .view({grid[0] / size[0], size[0], grid[1] / size[1], size[1], grid[2] / size[2], size[2]})
          .permute({0, 2, 4, 1, 3, 5})
          .reshape({-1, volume(size)});
  return by_window.unsqueeze(1).ne(by_window.unsqueeze(2)).to(at::kFloat).mul(-100.0);
}

std::vector<double> drop_path_rates(double rate, const std::vector<int64_t>& depths) {
  int64_t blocks = 0;
  for (const int64_t depth : depths) blocks += depth;
  const at::Tensor steps = at::linspace(0, rate, blocks, at::device(at::kCPU).dtype(at::kFloat));
  const float* first = steps.const_data_ptr<float>();
  return {first, first + blocks};
}

std::shared_ptr<const StagePlan> StagePlans::plan(int64_t batch, const Axes& grid, const Window& full,
                                                  at::Device device) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
    return kept.batch == batch && kept.grid == grid && kept.device == device;
  });
  if (known != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, known);
  } else {
    kept_.push_front({batch, grid, device, std::make_shared<StagePlan>(stage_plan(batch, grid, full, device))});
    if (kept_.size() > kPlansKept) kept_.pop_back();
  }
  keep_for_recording(kept_.front().plan);
  return kept_.front().plan;
}

at::Tensor gather_rows(const at::Tensor& x, const at::Tensor& index, bool padded) {
  if (!index.defined()) return x;
  if (x.is_meta()) return at::empty({index.size(0), x.size(1)}, x.options());  // LibTorch offers this to Python only
  // An embedding is a selection of rows whose gradient runs on all threads.
  return at::embedding(padded ? at::constant_pad_nd(x, {0, 0, 0, 1}) : x, index);
}

}  // namespace vs::nn
