#include "tests/golden/nn/network.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <tuple>
#include <vector>

namespace vs::golden {
namespace {

bool ends_with_component(const std::string& name, const std::string& component) {
  return name == component || name.ends_with("." + component);
}

double gain_of(const std::string& name, const WeightRule& rule) {
  double gain = rule.gain;
  size_t longest = 0;
  for (const auto& [prefix, value] : rule.gains_by_prefix) {
    if (!name.starts_with(prefix) || prefix.size() < longest) continue;
    longest = prefix.size();
    gain = value;
  }
  return gain;
}

std::vector<uint64_t> shape_of(const at::Tensor& tensor) { return {tensor.sizes().begin(), tensor.sizes().end()}; }

template <class T>
std::vector<T> values_of(const at::Tensor& tensor, at::ScalarType type) {
  const at::Tensor flat = tensor.detach().to(at::kCPU).to(type).contiguous();
  const T* first = flat.const_data_ptr<T>();
  return {first, first + flat.numel()};
}

}  // namespace

at::Tensor deterministic_weight(const std::string& name, at::IntArrayRef shape, const WeightRule& rule) {
  const std::string key = rule.prefix + name;
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* values = tensor.data_ptr<float>();
  const auto count = static_cast<uint64_t>(tensor.numel());
  double scale = 0.1, shift = 0;
  bool absolute = false;
  if (shape.size() >= 2) {
    scale = gain_of(name, rule) * std::sqrt(3.0 / (static_cast<double>(count) / static_cast<double>(shape[0])));
  } else if (name.ends_with("running_var")) {
    scale = 0.2, shift = 1, absolute = true;
  } else if (!name.ends_with("running_mean") && ends_with_component(name, "weight")) {
    shift = 1;
  }
  const std::vector<float> draws = fill(count, key);
  for (uint64_t i = 0; i < count; ++i) {
    const double u = draws[i];
    values[i] = static_cast<float>(shift + scale * (absolute ? std::abs(u) : u));
  }
  return tensor;
}

void fill_weights(nn::Module& module, const WeightRule& rule, at::ScalarType dtype) {
  module.materialize(dtype);
  const at::NoGradGuard no_gradients;
  for (const nn::Entry& entry : module.entries()) {
    if (!entry.tensor->is_floating_point()) continue;
    entry.tensor->copy_(deterministic_weight(entry.name, entry.tensor->sizes(), rule));
  }
}

void fill_weights(const Case& c, nn::Module& module, const WeightRule& rule, at::ScalarType dtype) {
  fill_weights(module, rule, dtype);
  // As programs do: what is loaded on the CPU moves.
  module.move(c.device());
}

at::Tensor fill_tensor(at::IntArrayRef shape, const std::string& key, double scale, double shift) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  const auto values = fill(static_cast<uint64_t>(tensor.numel()), key, scale, shift);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

at::Tensor fill_tensor(const Case& c, at::IntArrayRef shape, const std::string& key, double scale, double shift) {
  return fill_tensor(shape, key, scale, shift).to(c.device());
}

at::Tensor described_tensor(const Case& c, const nlohmann::json& description) {
  const nlohmann::json& d = description.contains("fill") ? description.at("fill") : description;
  return fill_tensor(c, d.at("shape").get<std::vector<int64_t>>(), d.at("key").get<std::string>(),
                     d.value("scale", 1.0), d.value("shift", 0.0));
}

at::Tensor input_tensor(const Case& c, const std::string& name) {
  const auto shape = c.input_shape(name);
  const std::vector<int64_t> sizes(shape.begin(), shape.end());
  if (c.content().dataset("input/" + name).is_floating_point()) {
    auto values = c.input<double>(name);
    return at::from_blob(values.data(), sizes, at::kDouble).clone();
  }
  auto values = c.input<int64_t>(name);
  return at::from_blob(values.data(), sizes, at::kLong).clone();
}

void check_state_dict(const Case& c, nn::Module& module, Report& report) {
  if (!c.content().has_text("state_dict")) return;
  std::map<std::string, std::vector<int64_t>> expected;
  const auto listed = nlohmann::json::parse(c.content().text("state_dict"));
  for (const auto& entry : listed) expected[entry.at(0)] = entry.at(1).get<std::vector<int64_t>>();
  std::set<std::string> found;
  for (const nn::Entry& entry : module.entries()) {
    found.insert(entry.name);
    const auto at = expected.find(entry.name);
    if (at == expected.end()) {
      report.check("state_dict: " + entry.name + " is not the reference's", false);
    } else if (entry.tensor->sizes().vec() != at->second) {
      report.check(fmt::format("state_dict: {} has another shape", entry.name), false);
    }
  }
  for (const auto& [name, shape] : expected) {
    if (!found.contains(name)) report.check("state_dict: " + name + " is missing", false);
  }
}

void compare(Report& report, const std::string& name, const at::Tensor& got) {
  if (got.is_floating_point()) {
    report.compare(name, values_of<double>(got, at::kDouble), shape_of(got));
  } else {
    report.compare(name, values_of<int64_t>(got, at::kLong), shape_of(got));
  }
}

namespace {

constexpr double kBfloat16Tolerance = 3e-2, kClearLead = 3e-2, kRoundingMultiple = 4, kMostRounding = 10,
                 kWorseThanPlain = 1.5, kChance = 0.5;

/// What a network gives, brought to the CPU, where it is compared.
Outputs on_cpu(Outputs outputs) {
  for (auto& [name, tensor] : outputs) tensor = tensor.to(at::kCPU);
  return outputs;
}

/// Largest difference over the largest magnitude expected; infinite for another shape or NaN.
double distance(const at::Tensor& got, const at::Tensor& want) {
  if (got.sizes() != want.sizes()) return INFINITY;
  const double largest = want.to(at::kDouble).abs().max().item<double>();
  const double apart = (got.to(at::kDouble) - want.to(at::kDouble)).abs().max().item<double>();
  return std::isnan(apart) ? INFINITY : largest > 0 ? apart / largest : apart;
}

at::Tensor expected_output(const Case& c, const std::string& name) {
  const auto shape = c.output_shape(name);
  auto values = c.output<double>(name);
  return at::from_blob(values.data(), std::vector<int64_t>(shape.begin(), shape.end()), at::kDouble).clone();
}

/// The runs of check_forward().
class Runs {
 public:
  Runs(const Case& c, nn::Module& network, const Forward& forward, Report& report)
      : case_(&c), network_(&network), forward_(&forward), report_(&report) {}

  void plain(const Outputs& plain, at::ScalarType dtype) {
    for (const auto& [name, got] : plain) {
      const Report::Tolerance tolerance = report_->tolerance_of(name);
      const bool may_round = case_->least_rtol() > 0 && dtype == at::kFloat && got.is_floating_point();
      const double found = may_round && case_->has_output(name) ? distance(got, expected_output(*case_, name)) : 0;
      if (found <= tolerance.rtol || std::isinf(found)) {
        compare(*report_, name, got);
        continue;
      }
      // The reference's sums have an order of their own too: how far they are from exact ones is how far others may be.
      const double rounding = kRoundingMultiple * distance(in_double(name), expected_output(*case_, name));
      const double rtol = std::max(tolerance.rtol, std::min(rounding, kMostRounding * tolerance.rtol));
      report_->compare_within(name, values_of<double>(got, at::kDouble), rtol, tolerance.atol);
    }
  }

  void single(const Outputs& plain) {
    network_->prepare({});
    const Outputs prepared = (*forward_)(at::kFloat);
    network_->unprepare();
    for (const auto& [name, got] : prepared) {
      if (!got.is_floating_point()) {
        report_->check(name + " when prepared", at::equal(got, plain.at(name)));
        continue;
      }
      const at::Tensor want = expected_output(*case_, name);
      const double found = distance(got, want);
      const Report::Tolerance tolerance = report_->tolerance_of(name);
      const double largest = want.abs().max().item<double>();
      double allowed = tolerance.rtol + (largest > 0 ? tolerance.atol / largest : tolerance.atol);
      if (found > allowed) allowed = std::max(allowed, kRoundingMultiple * distance(plain.at(name), in_double(name)));
      report_->check(fmt::format("{} when prepared: {:.2g}, allowed {:.2g}", name, found, allowed), found <= allowed);
    }
  }

  void half(const std::set<std::string>& scores) {
    network_->prepare({.dtype = at::kBFloat16});
    const Outputs prepared = (*forward_)(at::kFloat);
    network_->unprepare();
    // Where the plain network in bf16 misses one output, what follows from it (a patch cut elsewhere) is no measure.
    double most_converted = 0;
    for (const auto& [name, got] : prepared) {
      if (got.is_floating_point() && distance(got, expected_output(*case_, name)) > kBfloat16Tolerance)
        most_converted = std::max(most_converted, distance(in_bfloat16(name), expected_output(*case_, name)));
    }
    for (const auto& [name, got] : prepared) {
      if (!got.is_floating_point()) continue;
      const at::Tensor want = expected_output(*case_, name);
      const double found = distance(got, want);
      if (found > kBfloat16Tolerance) {
        const double converted = distance(in_bfloat16(name), want);
        const bool impossible =
            most_converted > kBfloat16Tolerance && (found <= kWorseThanPlain * converted || converted >= kChance);
        const std::string figures = fmt::format("{:.2g}, the plain network in bf16 {:.2g}", found, converted);
        if (impossible) {
          report_->skip(name + " in bf16", "the weights of this case allow no bf16: " + figures);
        } else {
          report_->check(name + " in bf16: " + figures, false);
        }
      } else if (scores.contains(name)) {
        report_->check(name + ": class in bf16", same_classes(got, want));
      }
    }
  }

 private:
  static bool same_classes(const at::Tensor& got, const at::Tensor& want) {
    if (want.size(-1) < 2) return true;
    const at::Tensor best = std::get<0>(want.topk(2, -1));
    const at::Tensor lead = best.select(-1, 0) - best.select(-1, 1);
    const at::Tensor unclear = lead <= kClearLead * want.abs().max();
    return at::logical_or(unclear, got.argmax(-1) == want.argmax(-1)).all().item<bool>();
  }

  const at::Tensor& in_double(const std::string& name) {
    if (double_.empty()) double_ = in_type(at::kDouble);
    return double_.at(name);
  }
  const at::Tensor& in_bfloat16(const std::string& name) {
    if (bfloat16_.empty()) bfloat16_ = in_type(at::kBFloat16);
    return bfloat16_.at(name);
  }
  /// Of a network whose weights are converted to the type, and back to what they were.
  Outputs in_type(at::ScalarType dtype) {
    std::map<std::string, at::Tensor> before;
    for (const nn::Entry& entry : network_->entries()) before[entry.name] = *entry.tensor;
    network_->convert(dtype);
    Outputs outputs = (*forward_)(dtype);
    for (const nn::Entry& entry : network_->entries()) *entry.tensor = before.at(entry.name);
    return outputs;
  }

  const Case* case_;
  nn::Module* network_;
  const Forward* forward_;
  Report* report_;
  Outputs double_, bfloat16_;
};

}  // namespace

void check_forward(const Case& c, nn::Module& network, at::ScalarType dtype, const Forward& given, Report& report,
                   const std::set<std::string>& scores) {
  const Forward forward = [&](at::ScalarType type) { return on_cpu(given(type)); };
  const at::NoGradGuard no_gradients;
  Runs runs(c, network, forward, report);
  const Outputs plain = forward(dtype);
  runs.plain(plain, dtype);
  if (dtype != at::kFloat) return;
  runs.single(plain);
  runs.half(scores);
}

}  // namespace vs::golden
