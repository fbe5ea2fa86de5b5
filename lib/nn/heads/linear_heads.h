// Heads of one linear layer over averaged features: TSN, TSM, I3D.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/network.h"

namespace vs::nn {

class Config;

/// Where the rows of a clip's images are averaged.
enum class Averaging {
  kFeatures,  ///< features of all images of a video, before the layer (TSN)
  kScores,    ///< scores of each group of the head's own number of segments (TSM)
  kNone,      ///< a row is a clip already (I3D)
};

struct LinearHeadOptions {
  int64_t in_channels = 0, num_classes = 0;
  double dropout = 0;
  Averaging averaging = Averaging::kNone;
  int64_t segments = 1;  ///< of kScores
};

/// Mean over all positions, drop-out, `fc_cls`.
/// Sources: Wang et al., "Temporal segment networks", ECCV 2016; Lin et al., "TSM", ICCV 2019; Carreira, Zisserman,
/// CVPR 2017.
class LinearHead : public Head {
 public:
  explicit LinearHead(const LinearHeadOptions& options);
  std::string kind() const override { return "LinearHead"; }
  int64_t num_classes() const override { return options_.num_classes; }

 protected:
  at::Tensor forward(const at::Tensor& features, int64_t segments) override;

 private:
  LinearHeadOptions options_;
  Dropout& dropout_;
  Linear& linear_;
};

/// Keys of mmaction2's TSNHead, TSMHead and I3DHead; those of losses are passed by.
std::unique_ptr<Head> build_tsn_head(Config config);
std::unique_ptr<Head> build_tsm_head(Config config);
std::unique_ptr<Head> build_i3d_head(Config config);

/// Throws DataError unless features are [rows, in_channels, ...].
void check_features(const at::Tensor& features, int64_t in_channels);

}  // namespace vs::nn
