// A picture of what a system saw of one video: the frames it was given, those it chose, the patches it cut.
#pragma once

#include <string>

#include "lib/data/loader.h"
#include "lib/evaluate/experiment.h"
#include "lib/media/image.h"
#include "lib/store/scores_file.h"

namespace vs::evaluate {

/// Frames as the network gets them (resized, cut, of the first crop; brightness stretched over what the sample holds),
/// those that the scores say were looked at above all that were given, with their numbers. A patch is a frame drawn
/// into its picture. sample: of the same video. Throws DataError where the sample is not the scores'.
media::Image draw_input_sheet(const Experiment& experiment, data::Sample& sample, const store::VideoScores& scores,
                              int64_t patch_size);

}  // namespace vs::evaluate
