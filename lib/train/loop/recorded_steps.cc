#include "lib/train/loop/recorded_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/nn/device.h"

namespace vs::train {
namespace {

constexpr size_t kMostRecordings = 2, kMostShapes = 8;

/// Whether a tensor of the same shape can be copied to one.
bool alike(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type();
}

bool alike(const Batch& a, const Batch& b) {
  return alike(a.imgs, b.imgs) && alike(a.labels, b.labels) &&
         std::equal(a.targets.begin(), a.targets.end(), b.targets.begin(), b.targets.end(),
                    [](const at::Tensor& one, const at::Tensor& other) { return alike(one, other); });
}

/// Calls a function for everything that goes to the device with a batch.
Batch each_tensor(const Batch& batch, const std::function<at::Tensor(const at::Tensor&)>& function) {
  Batch result{function(batch.imgs), batch.labels.defined() ? function(batch.labels) : at::Tensor()};
  for (const at::Tensor& target : batch.targets) result.targets.push_back(function(target));
  return result;
}

void copy_batch(const Batch& from, const Batch& to) {
  const at::NoGradGuard no_gradients;
  to.imgs.copy_(from.imgs, /*non_blocking=*/true);
  if (to.labels.defined()) to.labels.copy_(from.labels, /*non_blocking=*/true);
  for (size_t i = 0; i < to.targets.size(); ++i) to.targets[i].copy_(from.targets[i], /*non_blocking=*/true);
}

using Gradients = std::vector<at::Tensor>;  ///< one an entry of the network, undefined where there is none

/// Takes them from their parameters.
Gradients take_gradients(const std::vector<nn::Entry>& entries) {
  Gradients taken;
  for (const nn::Entry& entry : entries) taken.push_back(std::exchange(entry.tensor->mutable_grad(), at::Tensor()));
  return taken;
}

/// Gives the parameters those of before and those of a step together.
void give_gradients(const std::vector<nn::Entry>& entries, Gradients before, const Gradients& of_step,
                    GradientUse use) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> sums, added;
  for (size_t i = 0; i < entries.size(); ++i) {
    at::Tensor& gradient = before[i];
    if (of_step[i].defined() && gradient.defined()) {
      sums.push_back(gradient);
      added.push_back(of_step[i]);
    } else if (of_step[i].defined()) {
      gradient = use == GradientUse::kGather ? of_step[i].clone() : of_step[i];
    }
    entries[i].tensor->mutable_grad() = std::move(gradient);
  }
  if (!sums.empty()) at::_foreach_add_(sums, added);
}

/// Puts back what runs of a step changed: what the network keeps, and its gradients.
class Untouched {
 public:
  explicit Untouched(const std::vector<nn::Entry>& entries) : entries_(entries), gradients_(take_gradients(entries)) {
    const at::NoGradGuard no_gradients;
    for (const nn::Entry& entry : entries_)
      values_.push_back(entry.kind == nn::EntryKind::kBuffer ? entry.tensor->clone() : at::Tensor());
  }
  void restore() {
    const at::NoGradGuard no_gradients;
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (values_[i].defined()) entries_[i].tensor->copy_(values_[i]);
      entries_[i].tensor->mutable_grad() = std::move(gradients_[i]);
    }
  }

 private:
  const std::vector<nn::Entry>& entries_;
  Gradients gradients_;
  std::vector<at::Tensor> values_;
};

std::vector<const void*> places_of(const std::vector<nn::Entry>& entries) {
  std::vector<const void*> places;
  for (const nn::Entry& entry : entries) places.push_back(entry.tensor->const_data_ptr());
  return places;
}

}  // namespace

/// A shape of batches, seen once or more, and from the second time on what was recorded for it.
struct RecordedSteps::Shape {
  Batch like = {};                   ///< without memory
  std::vector<nn::Draw> draws = {};  ///< what the first step asked of its noise
  std::vector<nn::Entry> entries = {};
  std::vector<const void*> places = {};  ///< where the network was
  Batch batch = {};                      ///< where the device reads
  std::unique_ptr<nn::NoiseTape> noise = {};
  StepLosses losses = {};  ///< where it writes
  Gradients gradients = {};
  std::unique_ptr<nn::DeviceGraph> graph = {};
};

RecordedSteps::RecordedSteps(Task& task, Compute compute, const RecordingOptions& options)
    : task_(task), compute_(std::move(compute)), options_(options) {}

RecordedSteps::~RecordedSteps() = default;

StepLosses RecordedSteps::operator()(const Batch& ready, nn::NoiseSource& noise, GradientUse use) {
  if (!options_.records || !nn::backend_of(options_.device) || !task_.repeatable()) return compute_with(noise, ready);
  const auto moved = [](const Shape& shape) { return shape.graph && shape.places != places_of(shape.entries); };
  // What was recorded would go on with the network that lay there.
  if (std::any_of(shapes_.begin(), shapes_.end(), moved)) shapes_.clear();
  Shape& shape = shape_of(ready);
  if (shape.entries.empty()) return see(shape, ready, noise);
  const auto recorded = std::count_if(shapes_.begin(), shapes_.end(), [](const Shape& one) { return bool(one.graph); });
  const bool room = static_cast<size_t>(recorded) < kMostRecordings;
  if (shape.graph || (room && record(shape, ready))) return replay(shape, ready, noise, use);
  return compute_with(noise, ready);
}

StepLosses RecordedSteps::compute_with(nn::NoiseSource& noise, const Batch& batch) {
  task_.set_noise(&noise);
  return compute_({laid_out(batch.imgs, options_.order), batch.labels, batch.items, batch.targets});
}

RecordedSteps::Shape& RecordedSteps::shape_of(const Batch& batch) {
  const auto known =
      std::find_if(shapes_.begin(), shapes_.end(), [&](const Shape& shape) { return alike(shape.like, batch); });
  if (known != shapes_.end()) {
    shapes_.splice(shapes_.begin(), shapes_, known);
    return shapes_.front();
  }
  if (shapes_.size() == kMostShapes) {
    auto longest_ago = std::prev(shapes_.end());
    while (longest_ago->graph) --longest_ago;
    shapes_.erase(longest_ago);
  }
  shapes_.push_front({.like = each_tensor(batch, [](const at::Tensor& tensor) {
                        return at::empty_like(tensor, tensor.options().device(at::kMeta));
                      })});
  return shapes_.front();
}

StepLosses RecordedSteps::see(Shape& shape, const Batch& batch, nn::NoiseSource& noise) {
  nn::NotedNoise noted(noise);
  StepLosses losses = compute_with(noted, batch);
  task_.set_noise(&noise);
  shape.draws = noted.draws();
  shape.entries = task_.module().entries();
  return losses;
}

bool RecordedSteps::record(Shape& shape, const Batch& batch) {
  shape.batch = each_tensor(batch, [](const at::Tensor& tensor) { return tensor.clone(); });
  shape.batch.imgs = laid_out(shape.batch.imgs, options_.order);
  shape.noise = std::make_unique<nn::NoiseTape>(shape.draws, options_.device);
  // Any draws will do: those of the step are taken when it is known where they go.
  nn::SeededNoise stand_in(0);
  shape.noise->refill(stand_in);
  Untouched network(shape.entries);
  std::string why_not;
  try {
    const auto work = [this, &shape] {
      shape.noise->rewind();
      shape.losses = compute_with(*shape.noise, shape.batch);
      shape.gradients = take_gradients(shape.entries);
    };
    shape.graph = nn::try_to_record(options_.device, work, &why_not);
  } catch (...) {
    network.restore();
    throw;
  }
  network.restore();
  if (shape.graph) {
    shape.places = places_of(shape.entries);
    tell(fmt::format("steps of [{}] are recorded", fmt::join(batch.imgs.sizes(), ", ")));
    return true;
  }
  options_.records = false;
  shapes_.clear();
  tell("steps are not recorded: " + why_not.substr(0, why_not.find('\n')));
  return false;
}

StepLosses RecordedSteps::replay(Shape& shape, const Batch& batch, nn::NoiseSource& noise, GradientUse use) {
  copy_batch(batch, shape.batch);
  shape.noise->refill(noise);
  Gradients before = take_gradients(shape.entries);
  shape.graph->replay();
  task_.set_noise(&noise);
  give_gradients(shape.entries, std::move(before), shape.gradients, use);
  return shape.losses;
}

void RecordedSteps::tell(const std::string& text) const {
  if (options_.log) options_.log->detail(text);
}

}  // namespace vs::train
