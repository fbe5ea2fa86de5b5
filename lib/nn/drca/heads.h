// The heads of DRCA: classes, and embeddings for retrieval.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/network.h"

namespace vs::nn {

class Config;

}  // namespace vs::nn

namespace vs::nn::drca {

/// A linear layer on the features [N, C] of clips. Entries: fc_cls. Also mmaction2's head of TimeSformer.
class ClsHead : public Head {
 public:
  ClsHead(int64_t channels, int64_t classes);
  std::string kind() const override { return "ClsHead"; }
  int64_t num_classes() const override { return classes_; }

 protected:
  /// Throws DataError if segments is not 1 or the features are not [N, C].
  at::Tensor forward(const at::Tensor& features, int64_t segments) override;

 private:
  int64_t channels_, classes_;
  Linear& fc_;
};

enum class Encoder { kNone, kLinear, kLinearNorm };

/// Features of clips to embeddings: as they are, through a linear layer (entries encoder.weight, encoder.bias), or one
/// with batch normalisation (encoder.conv1, encoder.bn1).
class SimilarityHead : public Head {
 public:
  /// Channels are not used with kNone.
  SimilarityHead(Encoder encoder, int64_t in_channels, int64_t out_channels);
  std::string kind() const override { return "SimilarityHead"; }
  /// Width of the embedding; 0 where it is that of the features.
  int64_t num_classes() const override { return encoder_ == Encoder::kNone ? 0 : out_channels_; }

 protected:
  /// features [N, C], or [N, C, T, 1, 1], which are averaged over T first. Returns [N, E].
  at::Tensor forward(const at::Tensor& features, int64_t segments) override;

 private:
  Encoder encoder_;
  int64_t in_channels_, out_channels_;
  Linear* linear_ = nullptr;
  BatchNorm* norm_ = nullptr;
};

/// "ClsHead", "TimeSformerHead": num_classes, in_channels.
std::unique_ptr<Head> build_cls_head(Config config);
/// "SimilarityHead": encoder {type: None | FC | FCBN, input_channels, out_channels}.
std::unique_ptr<Head> build_similarity_head(Config config);

}  // namespace vs::nn::drca
