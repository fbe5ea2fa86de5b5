// What a recognizer makes of a batch, laid out so that networks of images and of clips can be compared.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/nn/layers/linear.h"
#include "lib/nn/recognizers/recognizer.h"

namespace vs::train {

/// Maps and scores of N videos.
struct Sight {
  /// [N, clips, C, T, h, w]. Images of a video are one clip of as many frames. A network without maps, such as
  /// TimeSformer, gives what its head takes, with T = h = w = 1.
  at::Tensor maps;
  bool has_positions = true;  ///< the network gives maps
  at::Tensor scores;          ///< before the soft-max, [N, rows, classes]
};

/// Frames of videos as a network of another kind takes them, [N, M, 3, H, W] or [N, clips, 3, T, H, W]: images become
/// one clip; each clip becomes a video of T images, so that N clips-fold videos come out. The same tensor where it is
/// of the kind already. Throws DataError for neither.
at::Tensor frames_for(const at::Tensor& imgs, bool clips);

/// Shrinks or widens every frame of either layout as ResKD's student sees it: systems::resize_frames(). size: height
/// and width; the same tensor where it has it.
at::Tensor sized_frames(const at::Tensor& imgs, const std::vector<int64_t>& size);

/// Runs backbone and head on imgs [N, M, 3, H, W] or [N, clips, 3, T, H, W], whichever layout the network takes, in the
/// mode in which it is: the backbone's random draws come first. clips: what the network takes. Throws DataError as the
/// network.
Sight look(nn::PlainRecognizer& network, bool clips, const at::Tensor& imgs);

/// The last layer, `fc_cls` of the head. Throws UsageError at `place` where the head has none.
nn::Linear& classifier_of(nn::PlainRecognizer& network, const std::string& place);

}  // namespace vs::train
