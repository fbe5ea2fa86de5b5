// Loss scaling, without which small gradients are 0 in float16.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/torch.h"

namespace vs::train {

/// The factor of a loss whose gradients are computed in float16: as large as its range allows. It begins at 65536,
/// doubles after 2000 updates in a row that were good, and halves where a gradient is not finite; that update is left
/// out.
///
/// Source: Micikevicius et al., "Mixed precision training", ICLR 2018; numbers and rules are those of PyTorch's
/// torch.amp.GradScaler.
class GradientScaler {
 public:
  /// A power of two: multiplying by it and dividing again changes no bit.
  double scale() const { return scale_; }
  /// Divides gradients of the scaled loss, of one device, by the scale. False if one of them is not finite: all are
  /// spoilt then.
  bool unscale(const std::vector<at::Tensor>& gradients) const;
  /// After unscale(): what the next update is scaled by. Throws DataError naming the iteration where gradients are not
  /// finite with the least scale either, which PyTorch would go on with for ever.
  void update(bool finite, int64_t iteration);

  /// What a checkpoint must hold: "scale" and "good_updates".
  std::vector<std::pair<std::string, at::Tensor>> state() const;
  /// Takes back what state() gave. Throws DataError for an entry that is missing or no number of a scaler's.
  void restore(const std::vector<std::pair<std::string, at::Tensor>>& state);

 private:
  double scale_ = 65536;
  int64_t good_updates_ = 0;  ///< in a row, since the scale last changed
};

}  // namespace vs::train
