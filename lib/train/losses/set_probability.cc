#include "lib/train/losses/set_probability.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "lib/core/error.h"

namespace vs::train {
namespace {

constexpr double kLeastProbability = 1e-15;
/// Of the approximation by two orders: the most frames whose orders the reference can count.
constexpr int64_t kMostFramesOfTwoOrders = 8;
/// What the reference adds before the logarithm of a factor.
constexpr double kAddedToFactor = 1e-9;

/// What was drawn of a row and what was not.
struct Drawn {
  at::Tensor probabilities;  ///< [B, N], in the order of drawing
  at::Tensor rest;           ///< [B, 1]: of all other places together
};

/// Subsets of N places by their number of places; bit i of a mask is place i.
struct SubsetsOfSize {
  std::vector<int64_t> masks;   ///< rising
  std::vector<int64_t> places;  ///< of each mask, one after the other
  std::vector<int64_t> before;  ///< for each of them: where the mask without it stands
};

std::vector<SubsetsOfSize> subsets_by_size(int64_t places) {
  std::vector<SubsetsOfSize> sizes(static_cast<size_t>(places) + 1);
  std::vector<int64_t> positions(size_t{1} << places);
  for (uint64_t mask = 0; mask < positions.size(); ++mask) {
    SubsetsOfSize& same = sizes[static_cast<size_t>(std::popcount(mask))];
    positions[mask] = static_cast<int64_t>(same.masks.size());
    same.masks.push_back(static_cast<int64_t>(mask));
    for (uint64_t left = mask; left != 0; left &= left - 1) {
      same.places.push_back(std::countr_zero(left));
      same.before.push_back(positions[mask ^ (left & (~left + 1))]);
    }
  }
  return sizes;
}

at::Tensor indices_like(const std::vector<int64_t>& values, const at::Tensor& like) {
  return at::tensor(values, at::device(at::kCPU).dtype(at::kLong)).to(like.device());
}

/// [B, 2^N - 1]: for each mask but the full one the probability of all places that are not in it, above 0.
at::Tensor left_by_masks(const Drawn& drawn) {
  at::Tensor left = drawn.rest;
  for (int64_t i = 0; i < drawn.probabilities.size(1); ++i)
    left = at::cat({left + drawn.probabilities.narrow(1, i, 1), left}, 1);
  return left.narrow(1, 0, left.size(1) - 1);
}

/// F of all sets of one size after the other, as logarithms.
at::Tensor log_of_all_orders(const Drawn& drawn) {
  const int64_t videos = drawn.probabilities.size(0);
  const auto sizes = subsets_by_size(drawn.probabilities.size(1));
  const at::Tensor log_left = left_by_masks(drawn).log(), log_each = drawn.probabilities.log();
  at::Tensor sums = at::zeros({videos, 1}, log_left.options());
  for (size_t size = 1; size < sizes.size(); ++size) {
    const SubsetsOfSize& sets = sizes[size];
    const at::Tensor divided = sums - log_left.index_select(1, indices_like(sizes[size - 1].masks, log_left));
    const at::Tensor terms = divided.index_select(1, indices_like(sets.before, divided)) +
                             log_each.index_select(1, indices_like(sets.places, log_each));
    sums = size == 1 ? terms : terms.view({videos, -1, static_cast<int64_t>(size)}).logsumexp(-1);
  }
  return sums.squeeze(1);
}

/// [B, N]: what there is to draw from before each draw, itself included.
at::Tensor left_by_order(const Drawn& drawn) { return drawn.rest + drawn.probabilities.flip(1).cumsum(1).flip(1); }

at::Tensor log_of_order(const Drawn& drawn) { return (drawn.probabilities.log() - left_by_order(drawn).log()).sum(1); }

at::Tensor log_of_draw_order(const Drawn& drawn) {
  return (drawn.probabilities / left_by_order(drawn) + kAddedToFactor).log().sum(1);
}

at::Tensor log_of_two_orders(const Drawn& drawn) {
  const int64_t places = drawn.probabilities.size(1), kept = std::min(places, kMostFramesOfTwoOrders);
  const at::Tensor sorted = std::get<0>(drawn.probabilities.sort(1));
  const at::Tensor rising = sorted.narrow(1, 0, kept);
  const at::Tensor rest = drawn.rest + sorted.narrow(1, kept, places - kept).sum(1, true);
  const at::Tensor both = at::logaddexp(log_of_order({rising, rest}), log_of_order({rising.flip(1), rest}));
  return both + (std::lgamma(static_cast<double>(kept) + 1) - std::log(2.0));
}

void check_count(int64_t count, int64_t places) {
  if (count < 1 || count > places)
    throw UsageError("sampler", fmt::format("{} of {} frames cannot be drawn", count, places));
}

}  // namespace

at::Tensor draw_without_replacement(const at::Tensor& probabilities, const at::Tensor& noise, int64_t count) {
  check_count(count, probabilities.size(1));
  // A draw of 0 and a probability of 0 would be no number together.
  const at::Tensor divisors = noise.clamp_min(static_cast<double>(std::numeric_limits<float>::min()));
  const at::Tensor keys = probabilities.detach() / divisors;
  return std::get<1>(keys.sort(/*stable=*/true, 1, /*descending=*/true)).narrow(1, 0, count).contiguous();
}

at::Tensor exponential_noise(const at::Tensor& uniform) { return uniform.neg().log1p().neg(); }

at::Tensor drawn_probabilities(const at::Tensor& probabilities, const at::Tensor& drawn) {
  return probabilities.gather(1, drawn).clamp(kLeastProbability, 1);
}

at::Tensor set_log_probability(const at::Tensor& probabilities, const at::Tensor& drawn, SetProbability kind,
                               bool renormalised) {
  check_count(drawn.size(1), probabilities.size(1));
  if (kind == SetProbability::kAllOrders && drawn.size(1) > kMostFramesOfAllOrders)
    throw UsageError("calc_mode", fmt::format("the orders of {} frames are too many to be summed", drawn.size(1)),
                     fmt::format("draw at most {}, or set it to approximate", kMostFramesOfAllOrders));
  Drawn set{drawn_probabilities(probabilities, drawn), {}};
  if (renormalised) {
    set.probabilities = at::softmax(set.probabilities, 1);
    set.rest = at::zeros_like(set.probabilities.narrow(1, 0, 1));
  } else {
    set.rest = probabilities.scatter(1, drawn, 0).sum(1, true);
  }
  switch (kind) {
    case SetProbability::kAllOrders:
      return log_of_all_orders(set);
    case SetProbability::kDrawOrder:
      return log_of_draw_order(set);
    case SetProbability::kTwoOrders:
      break;
  }
  return log_of_two_orders(set);
}

}  // namespace vs::train
