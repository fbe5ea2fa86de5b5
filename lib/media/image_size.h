// How large a picture comes out: kept, by its short side, or exact.
#pragma once

#include <string>

namespace vs::media {

struct Size {
  int width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

/// Part of a picture: its upper left corner and its size.
struct PicturePart {
  int left = 0, top = 0;
  Size size;
  bool operator==(const PicturePart&) const = default;
};

/// How the long side is rounded when the short side is set to S; w and h are the input's sides, n the long one, s the
/// short one.
enum class SideRounding {
  kEven,    ///< FFmpeg's scale=-2:S: 2 near(S n / (2 s))
  kNear,    ///< FFmpeg's scale=-1:S: near(S n / s)
  kCut,     ///< mmcv: int((S / s) * n) in doubles, in that order
  kRound,   ///< denseflow: round((n / s) * S) in doubles, in that order
  kFactor,  ///< mmaction2's Resize: int(n * (S / s) + 0.5) in doubles
};

/// What size pictures get.
struct SizePolicy {
  enum class Kind {
    kKeep,       ///< as decoded
    kShortSide,  ///< short side `side`, the other by `rounding`
    kHeight,     ///< height `side`, width by `rounding`
    kExact,      ///< `width` x `height`
  };
  Kind kind = Kind::kKeep;
  int side = 0;
  int width = 0, height = 0;
  SideRounding rounding = SideRounding::kEven;
  bool only_smaller = false;  ///< a picture whose short side (height, both sides) is not above the wanted one is kept
};

/// The size that a picture of size `input` (as displayed, turned already) comes out with; sides are at least 1.
/// Where the short side already is the wanted one, FFmpeg's rules still round the long side (341 becomes 342 by kEven).
/// Throws DataError if the result is beyond image_size_ok.
/// Source: FFmpeg 5.1 filter scale; mmcv.rescale_size; denseflow.
Size output_size(const SizePolicy& policy, Size input);

/// Reads "even", "near", "cut" or "round". Throws UsageError with `option` as the place otherwise.
SideRounding parse_side_rounding(const std::string& name, const std::string& option);
/// Reads "320x240" (sides from 1 to kMaxImageSide). Throws UsageError with `option` as the place otherwise.
Size parse_size(const std::string& text, const std::string& option);

}  // namespace vs::media
