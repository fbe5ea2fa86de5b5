#include "lib/train/losses/distillation.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/train/losses/precision.h"

namespace vs::train {
namespace {

[[noreturn]] void refuse(const at::Tensor& student, const at::Tensor& teacher) {
  throw DataError("distillation",
                  fmt::format("the student gives [{}], the teacher [{}]", fmt::join(student.sizes(), ", "),
                              fmt::join(teacher.sizes(), ", ")),
                  "high_feat_size must be the height and width of the teacher's maps");
}

/// [N, C, ...] to [N * positions, C].
at::Tensor rows_of_positions(const at::Tensor& maps) { return maps.flatten(2).transpose(1, 2).flatten(0, 1); }

}  // namespace

at::Tensor feature_distance(const at::Tensor& student, const at::Tensor& teacher) {
  if (student.sizes() != teacher.sizes()) refuse(student, teacher);
  return at::mse_loss(widened(student), widened(teacher.detach()));
}

at::Tensor score_divergence(const at::Tensor& student, const at::Tensor& teacher, double temperature,
                            DivergenceMean mean) {
  if (student.dim() != 2 || student.sizes() != teacher.sizes()) refuse(student, teacher);
  const at::Tensor log_student = at::log_softmax(widened(student) / temperature, 1);
  const at::Tensor log_teacher = at::log_softmax(widened(teacher.detach()) / temperature, 1);
  const at::Tensor each = log_teacher.exp() * (log_teacher - log_student);
  const at::Tensor mean_of_each = mean == DivergenceMean::kRows ? each.sum(1).mean() : each.mean();
  return mean_of_each * (temperature * temperature);
}

at::Tensor score_map_divergence(const at::Tensor& student, nn::Layer& classifier, const at::Tensor& teacher,
                                nn::Layer& teacher_classifier, double temperature) {
  const bool alike = student.dim() > 2 && student.dim() == teacher.dim() && student.size(0) == teacher.size(0) &&
                     student.sizes().slice(2) == teacher.sizes().slice(2);
  if (!alike) refuse(student, teacher);
  at::Tensor taught;
  {
    const at::NoGradGuard no_gradients;
    taught = teacher_classifier(rows_of_positions(teacher));
  }
  return score_divergence(classifier(rows_of_positions(student)), taught, temperature, DivergenceMean::kElements);
}

}  // namespace vs::train
