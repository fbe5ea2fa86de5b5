// What decoding in hardware adds to FFmpeg's decoders: which of them can, and its frames made those of the CPU. Inside
// the media room.
#pragma once

#include <optional>
#include <string>

#include "lib/media/av_handles.h"
#include "lib/media/frame_source.h"
#include "lib/media/hardware_device.h"

struct AVCodec;
struct AVCodecParameters;

namespace vs::media {

/// True for FFmpeg's own decoders that hand the work within a picture to a device of this type (an AVHWDeviceType).
/// Decoders of makers' libraries, such as h264_cuvid, lose what packet a frame came from, and are none.
bool uses_hardware(const AVCodec& decoder, int type);

/// The decoder of a stream for a device; null, and `reason` says why, where there is none.
///
/// Only codecs whose standard fixes every bit of a picture (H.264, HEVC, VP8, VP9, AV1) are decoded in hardware: others
/// (MPEG-2, MPEG-4 part 2) leave the inverse transform's rounding to the maker.
const AVCodec* find_hardware_decoder(const AVCodecParameters& stream, const HardwareDevice& device,
                                     std::string& reason);

/// True if FFmpeg can bring all of a frame that lies on a device to system memory. Of CUDA's pictures with an odd
/// number of rows it forgets the last row of chroma (and where chroma begins in them is not the maker's word).
bool comes_whole(const AVFrame& from);

/// The picture of `from`, which lies in system memory, in the pixel format `format`: what FFmpeg's decoder on the CPU
/// gives where hardware gives NV12 or P010. Every sample keeps its value; of wider samples the upper bits are taken.
/// All else that FFmpeg says of the frame stays, cropping is applied.
/// Throws DataError where `format` is not the same kind of picture (as many components, chroma of the same size, no
/// more bits).
AvFramePtr to_planes(const AVFrame& from, int format);

/// A frame that lies on a device, in system memory and as to_planes() makes it. Throws DataError where the device does
/// not give the picture.
AvFramePtr from_device(const AVFrame& from, int format);

/// Where a frame that lies on a device is, for frames in CUDA's memory laid out as NV12, P010 or P016; nothing for
/// others. `format`: what the CPU would give, as for from_device().
std::optional<DevicePicture> device_picture_of(const AVFrame& frame, int format);

}  // namespace vs::media
