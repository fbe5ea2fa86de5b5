// Systems that are one network: plain recognizers, DRCA, ResKD's students, embeddings for retrieval.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/nn/recognizers/recognizer.h"
#include "lib/systems/system.h"

namespace vs::nn::drca {

class Drca;
class SimilarityRecognizer;

}  // namespace vs::nn::drca

namespace vs::systems {

/// Every image or clip through one recognizer.
class RecognizerSystem : public System {
 public:
  /// images_of_clip: with temporal shift, the images that belong together; 1 elsewhere.
  RecognizerSystem(std::string kind, InputLayout layout, std::unique_ptr<nn::PlainRecognizer> network,
                   nn::AverageClips average, int64_t images_of_clip);
  int64_t num_classes() const override { return network_.head().num_classes(); }
  std::string refusal(int64_t frames) const override;

 protected:
  Result look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) override;
  nn::PlainRecognizer& network() { return network_; }

 private:
  nn::PlainRecognizer& network_;
  int64_t images_of_clip_;
};

/// DRCA's classifier, which tells besides which frames kept their resolution. At most `views` clips at once; 0: all.
class DrcaSystem : public RecognizerSystem {
 public:
  DrcaSystem(std::string kind, std::unique_ptr<nn::PlainRecognizer> network, nn::AverageClips average,
             nn::drca::Drca& backbone, int64_t views);
  std::string refusal(int64_t frames) const override;

 protected:
  Result look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) override;

 private:
  nn::drca::Drca& backbone_;
  int64_t views_;
};

/// Clips to embeddings.
class RetrievalSystem : public System {
 public:
  RetrievalSystem(std::string kind, std::unique_ptr<nn::drca::SimilarityRecognizer> network);
  int64_t num_classes() const override;
  std::string refusal(int64_t) const override { return {}; }

 protected:
  Result look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) override;

 private:
  nn::drca::SimilarityRecognizer& network_;
};

/// Rows of indices [rows, n] as lists; empty for tensors without values.
std::vector<std::vector<int64_t>> lists_of(const at::Tensor& indices);

}  // namespace vs::systems
