#include "lib/train/task.h"

#include <stdexcept>

namespace vs::train {

Task::Task(std::unique_ptr<nn::Module> module) : module_(std::move(module)) {}

void Task::prepare_training() {
  module_->train(true);
  module_->require_gradients(true);
}

void Task::set_noise(nn::NoiseSource* noise) {
  noise_ = noise;
  module_->set_noise(noise);
}

nn::NoiseSource& Task::noise() const {
  if (noise_ == nullptr) throw std::logic_error("a training step without a source of noise");
  return *noise_;
}

}  // namespace vs::train
