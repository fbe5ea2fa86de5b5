// OCSampler's heads: a hidden layer for each image, the maximum over a clip's images, one linear layer or one for each
// number of images.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/nn/heads/consensus.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/network.h"

namespace vs::nn {

class Config;

struct R50HeadOptions {
  int64_t in_channels = 2048, num_classes = 0;
  int64_t hidden = 4096;
  Consensus consensus = Consensus::kMaximum;
  bool probabilities = false;  ///< gives the soft-max of the scores (the reference's "frozen")
  int64_t classifiers = 0;     ///< 0: one, `fc`; else `fc_list.0` ..., the n-th for n images
};

/// Entries: layers.0 (linear), layers.1 (batch normalisation), fc or fc_list. All of it is fixed while the sampler is
/// trained, if `probabilities`.
/// Sources: Ghodrati, Bejnordi, Habibian, "FrameExit", CVPR 2021; Lin et al., "OCSampler", CVPR 2022.
class R50Head : public Head {
 public:
  explicit R50Head(const R50HeadOptions& options);
  std::string kind() const override { return "R50Head"; }
  int64_t num_classes() const override { return options_.num_classes; }
  /// Instead of the consensus: sum over images of weights [rows, segments] times what each image alone gives.
  at::Tensor weighted(const at::Tensor& features, const at::Tensor& weights);

 protected:
  /// Throws DataError for more segments than there are classifiers.
  at::Tensor forward(const at::Tensor& features, int64_t segments) override;

 private:
  at::Tensor hidden(const at::Tensor& features);
  at::Tensor scores(const at::Tensor& rows, int64_t segments);

  R50HeadOptions options_;
  Linear* layer_ = nullptr;
  BatchNorm* norm_ = nullptr;
  std::vector<Linear*> classifiers_;
};

/// Keys of OCSampler's R50Head and R50MultiHead; those of losses are passed by.
std::unique_ptr<Head> build_r50_head(Config config);
std::unique_ptr<Head> build_r50_multi_head(Config config);

}  // namespace vs::nn
