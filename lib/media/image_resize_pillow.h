// Pictures resized to the bit as the Python library Pillow does with BILINEAR.
#pragma once

#include "lib/media/image.h"
#include "lib/media/image_size.h"

namespace vs::media {

/// Resizes with a triangle as wide as the reduction, so nothing aliases: the width first, rounded to 8 bits, then the
/// height; weights have 22 bits. A side that stays is not touched. `output` gets the size and the channels and keeps
/// its memory where it fits; it may not be the input.
///
/// Throws DataError for an empty picture or a size beyond image_size_ok. Source: Pillow's resampling, versions 7 to 12;
/// later ones may do the height first, which changes results by 1 at most.
void resize_as_pillow(const ImageView& input, Size size, Image& output);

/// The same, of which only `part` is made, in the time that it takes. `part` lies in a picture of `size`, else
/// std::logic_error.
void resize_as_pillow(const ImageView& input, Size size, const PicturePart& part, Image& output);

}  // namespace vs::media
