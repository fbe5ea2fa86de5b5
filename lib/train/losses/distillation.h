// How far a student is from its teacher.
#pragma once

#include "lib/nn/module.h"

namespace vs::train {

/// Mean of the squared differences of all elements. Maps of one shape [N, C, ...]; no gradient reaches the teacher.
/// Throws DataError for two shapes. Source: ResKD, its RKD2DHead and RKD3DHead.
at::Tensor feature_distance(const at::Tensor& student, const at::Tensor& teacher);

/// Over what sum of t * (log t - log s) is averaged.
enum class DivergenceMean {
  kRows,      ///< as a divergence of distributions
  kElements,  ///< classes too: PyTorch's `mean`
};

/// temperature^2 times the divergence of soft-max(student / temperature) from soft-max(teacher / temperature). Scores
/// [rows, classes], both alike; no gradient reaches the teacher. Computed in single precision at least.
/// Throws DataError for two shapes; temperature > 0.
/// Source: Hinton et al., "Distilling the knowledge in a neural network", 2015.
at::Tensor score_divergence(const at::Tensor& student, const at::Tensor& teacher, double temperature,
                            DivergenceMean mean);

/// score_divergence(), kElements, of what each classifier says at every position of its maps [N, C, ...]; the number of
/// channels may differ, that of positions must not (DataError). Gradients reach the student's maps and classifier only.
/// Source: ResKD, its GeneralRKD3DHead, with temperature 2.
at::Tensor score_map_divergence(const at::Tensor& student, nn::Layer& classifier, const at::Tensor& teacher,
                                nn::Layer& teacher_classifier, double temperature);

}  // namespace vs::train
