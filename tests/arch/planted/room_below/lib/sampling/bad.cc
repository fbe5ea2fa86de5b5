#include "lib/media/frame_source.h"
