// What is lost when annotations are written in a format that holds less than they do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/annot/format.h"

namespace vs::annot {

/// Everything of `set` that `format` cannot hold, by kind: numbers of frames, segments and durations in seconds,
/// splits (where records differ in theirs), extras of other formats, class names, folders and endings of file names.
/// classes_known: the class names come from elsewhere, their absence is no loss. What a writer refuses outright
/// (offsets, several labels) is not among them.
std::vector<Loss> losses_of(const AnnotationSet& set, Format format, bool classes_known);

/// Adds losses; those of one kind become one.
void add_losses(const std::vector<Loss>& from, std::vector<Loss>& losses);
/// Counts one record more that loses `what`.
void note_loss(std::vector<Loss>& losses, std::string_view what, const std::string& path);

}  // namespace vs::annot
