// Motion from what the encoder wrote, without looking at pixels.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/media/video_frame.h"
#include "lib/media/video_index.h"

namespace vs::motion {

/// A compressed frame as far as packet motion looks at it.
enum class FrameClass {
  kKey,            ///< coded on its own
  kForward,        ///< predicted from frames shown before it
  kBidirectional,  ///< shown before a frame that was coded before it
};

struct CompressedFrame {
  int64_t size_bytes = 0;
  FrameClass frame_class = FrameClass::kForward;
};

/// The shown frames of an index in display order.
///
/// Exact where the packets tell the frames (index.knowledge is kPackets). Otherwise each packet that is neither hidden
/// nor cut off counts as a frame, ordered by presentation time where all have one; the number may then differ from what
/// decoding gives, and `exact` is false.
struct CompressedFrames {
  std::vector<CompressedFrame> frames;
  bool exact = true;
};
CompressedFrames compressed_frames(const media::VideoIndex& index);

/// Motion between neighbouring frames estimated from the sizes of their packets: [frames - 1] values above 0, on no
/// absolute scale, good for order and shares within one video only. Fewer than two frames: none.
///
/// In logarithms: bidirectional frames are brought half the way to the level of the forward ones next to them; a
/// narrow Gaussian over time (sigma 0.8 frames) weights bidirectional frames by 1, others by 0.3, for their sizes tell
/// least about the step to the frame before; a third of the mean size of the group of pictures between two
/// non-bidirectional frames is added, a fifth of the last key frame's size (how much there is to draw) taken off. Where
/// nine of ten frames are key frames, the change of size from frame to frame stands in. Values are rounded to float32,
/// so that maths libraries which differ in the last bit agree.
///
/// Source: ours. Weights were chosen for rank correlation with 1 - SSIM on some 60 clips of H.264, HEVC, VP8, VP9, AV1,
/// MPEG-2.
std::vector<double> packet_motion(const std::vector<CompressedFrame>& frames);

/// What the motion vectors of one frame sum to.
struct VectorSums {
  bool anchor = true;                             ///< other frames between may refer to it: not a bidirectional one
  double forward_area = 0;                        ///< pixels predicted from a frame shown before
  double forward_length = 0;                      ///< sum over them of the vectors' lengths, pixels
  double backward_area = 0, backward_length = 0;  ///< the same for a frame shown later
};
VectorSums sum_vectors(const std::vector<media::MotionVector>& vectors, char picture_type);

/// Motion between neighbouring frames from exported motion vectors: mean length in pixels a frame of time, where the
/// frame referred to is taken to be the nearest anchor. [frames - 1] values, not negative; frames without vectors (key
/// frames) get the value between their neighbours. Fewer than two frames: none; no vectors at all: zeros.
std::vector<double> vector_motion(const std::vector<VectorSums>& frames);

}  // namespace vs::motion
