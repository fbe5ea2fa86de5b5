#include "lib/nn/loading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/inflation.h"
#include "lib/nn/network.h"
#include "lib/nn/tensor_file.h"
#include "lib/weights/checkpoint.h"

namespace vs::nn {
namespace {

std::vector<weights::NamedShape> shapes_of(const std::vector<Entry>& entries) {
  std::vector<weights::NamedShape> shapes;
  for (const Entry& entry : entries) shapes.push_back({entry.name, entry.tensor->sizes().vec()});
  return shapes;
}

uint64_t seed_of(uint64_t seed, const std::string& name) {
  uint64_t hash = 14695981039346656037u ^ seed;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

/// Draws that depend on the seed and the name only.
void set_start_values(const Entry& entry, uint64_t seed) {
  at::Tensor& tensor = *entry.tensor;
  if (!tensor.is_floating_point()) return;
  const bool is_scale =
      entry.name.ends_with("running_var") || entry.name == "weight" || entry.name.ends_with(".weight");
  if (tensor.dim() >= 2) {
    const auto fan_out =
        static_cast<double>(tensor.numel()) / static_cast<double>(std::max<int64_t>(tensor.size(1), 1));
    SeededNoise noise(seed_of(seed, entry.name));
    tensor.copy_(noise.normal(tensor.sizes(), tensor.options()) * std::sqrt(2 / fan_out));
  } else {
    tensor.fill_(tensor.dim() == 1 && is_scale ? 1 : 0);
  }
}

std::string layer_of(const std::string& name) { return name.substr(0, name.rfind('.') + 1); }

/// Heads by their kind, and linear layers whose rows in the file are another number of classes: the same two numbers
/// for all of them.
std::vector<std::string> heads_to_replace(const WholeModel& model, const std::vector<weights::NamedShape>& expected,
                                          const std::vector<weights::NamedShape>& found) {
  std::vector<std::string> heads;
  model.visit([&](Module& module, const std::string& prefix) {
    if (dynamic_cast<const Head*>(&module) && !module.entries().empty()) heads.push_back(prefix);
  });
  std::unordered_map<std::string_view, const weights::NamedShape*> offered;
  for (const auto& tensor : found) offered.emplace(tensor.name, &tensor);
  std::set<std::pair<int64_t, int64_t>> counts;
  std::vector<std::string> layers;
  for (const auto& wanted : expected) {
    const auto tensor = offered.find(wanted.name);
    if (tensor == offered.end() || wanted.shape.size() != 2 || !wanted.name.ends_with(".weight")) continue;
    const auto& shape = tensor->second->shape;
    if (shape.size() != 2 || shape[1] != wanted.shape[1] || shape[0] == wanted.shape[0]) continue;
    counts.emplace(wanted.shape[0], shape[0]);
    layers.push_back(layer_of(wanted.name));
  }
  if (counts.size() == 1) heads.insert(heads.end(), layers.begin(), layers.end());
  return heads;
}

/// The files of one model, each compared with what those before it lack; then read.
class Loading {
 public:
  Loading(const WholeModel& model, const LoadOptions& options, const LoadListener& listener)
      : model_(&model), options_(&options), listener_(&listener), maps_(weights::read_name_maps()) {
    lacking_ = shapes_of(model.entries());
    for (const auto& entry : lacking_) names_.insert(entry.name);
  }

  void add_file(const std::string& path, const weights::NameMapChoice& choice) {
    weights::Checkpoint checkpoint = weights::Checkpoint::open(path);
    const auto found = weights::named_shapes(checkpoint.tensors());
    const weights::MappedNames mapped = weights::map_names(maps_, lacking_, found, choice, path);
    remember_parameters(mapped.map, choice);
    const auto offered = mapped.shapes(found);
    LoadReport report{path,          std::string(weights::name_of(checkpoint.format())), mapped.description(), {}, {},
                      mapped.dropped};
    const Inflation inflation(*model_, offered);
    weights::MatchOptions match = options_->match;
    match.computed.emplace_back("*relative_position_index");
    if (options_->inflate && !match.adaptable)
      match.adaptable = [&](const auto& wanted, const auto& tensor) { return inflation.adapts(wanted, tensor); };
    if (options_->new_head) {
      // What one file shows to be a head is one for the files after it, too.
      for (std::string& head : heads_to_replace(*model_, lacking_, offered)) heads_.push_back(std::move(head));
      match.replaced_heads.insert(match.replaced_heads.end(), heads_.begin(), heads_.end());
    }
    report.match = weights::match_names(lacking_, offered, match);
    std::erase_if(report.match.unexpected, [&](const std::string& name) {
      if (!names_.contains(name)) return false;
      report.given_before.push_back(name);
      return true;
    });
    for (const auto& wrong : report.match.wrongly_shaped) {
      for (const auto& wanted : lacking_)
        inflatable_ |= wanted.name == wrong.name && inflation.adapts(wanted, {wrong.name, wrong.found});
    }
    take(report, mapped, Source{std::move(checkpoint), inflation});
    if (*listener_) (*listener_)(report);
    reports_.push_back(std::move(report));
  }

  /// Throws unless the files together give everything.
  void require_all() const {
    weights::MatchReport all = reports_.back().match;
    all.matched.assign(given_, "");
    all.unused_patterns = reports_.front().match.unused_patterns;
    // A tensor that one file has in a wrong shape is not missing, though the others have none.
    for (const LoadReport& report : reports_) {
      for (const auto& wrong : report.match.wrongly_shaped) {
        if (std::erase(all.missing, wrong.name) > 0) all.wrongly_shaped.push_back(wrong);
      }
    }
    std::string paths = reports_.front().path;
    for (size_t i = 1; i < reports_.size(); ++i) paths += ", " + reports_[i].path;
    weights::require_complete(all, paths,
                              inflatable_ && !options_->inflate ? "--inflate makes weights over clips of these" : "");
    for (const LoadReport& report : reports_) {
      if (!report.match.matched.empty() || !report.match.adapted.empty()) continue;
      if (!report.given_before.empty())
        throw DataError(report.path, "gives nothing that the files before it lack", "leave it out, or name it earlier");
      throw DataError(report.path, "no tensor fits", "is it for another network, or does it need a name map?");
    }
    if (!unused_parameters_.empty())
      throw UsageError(*unused_parameters_.begin(), "no name map in use has this parameter",
                       "choose one with --name-map");
  }

  /// Gives the model its values.
  void read() const {
    const at::NoGradGuard no_gradients;
    std::vector<Entry> entries = model_->entries();
    std::vector<Entry> without;
    for (const Entry& entry : entries) {
      if (entry.tensor->is_meta() && !source_of_.contains(entry.name)) without.push_back(entry);
    }
    model_->materialize();
    for (const Entry& entry : without) set_start_values(entry, options_->seed);
    for (const Entry& entry : entries) {
      const auto from = source_of_.find(entry.name);
      if (from == source_of_.end()) continue;
      const Source& source = sources_[from->second.first];
      const at::Tensor value = read_tensor(source.checkpoint, from->second.second);
      entry.tensor->copy_(value.sizes() == entry.tensor->sizes()
                              ? value
                              : source.inflation.adapted(entry.name, value, entry.tensor->sizes()));
    }
  }

  std::vector<LoadReport> reports() { return std::move(reports_); }

 private:
  struct Source {
    weights::Checkpoint checkpoint;
    Inflation inflation;
  };

  /// What the report says that the file gives is lacking no longer.
  void take(const LoadReport& report, const weights::MappedNames& mapped, Source source) {
    std::unordered_map<std::string, size_t> index_of;
    for (const auto& [index, name] : mapped.names) index_of.emplace(name, index);
    std::set<std::string> given;
    for (const auto* names : {&report.match.matched, &report.match.adapted}) {
      for (const std::string& name : *names) {
        source_of_[name] = {sources_.size(), index_of.at(name)};
        given.insert(name);
      }
    }
    given_ += given.size();
    std::erase_if(lacking_, [&](const weights::NamedShape& entry) { return given.contains(entry.name); });
    sources_.push_back(std::move(source));
  }

  void remember_parameters(const std::string& used, const weights::NameMapChoice& choice) {
    if (sources_.empty()) {
      for (const auto& [name, value] : choice.parameters) unused_parameters_.insert(name);
    }
    if (choice.name.ends_with(".json")) unused_parameters_.clear();
    for (const auto& map : maps_) {
      if (map.name() != used) continue;
      for (const auto& [name, value] : map.parameters()) unused_parameters_.erase(name);
    }
  }

  const WholeModel* model_;
  const LoadOptions* options_;
  const LoadListener* listener_;
  std::vector<weights::NameMap> maps_;
  std::set<std::string> names_, unused_parameters_;
  std::vector<weights::NamedShape> lacking_;
  std::vector<Source> sources_;
  std::unordered_map<std::string, std::pair<size_t, size_t>> source_of_;
  std::vector<LoadReport> reports_;
  std::vector<std::string> heads_;
  size_t given_ = 0;
  bool inflatable_ = false;
};

}  // namespace

std::vector<LoadReport> load_weights(const WholeModel& model, const std::vector<std::string>& paths,
                                     const LoadOptions& options, const LoadListener& listener) {
  if (paths.empty()) throw std::logic_error("no file to load weights from");
  if (options.names.size() > 1 && options.names.size() != paths.size())
    throw UsageError("--name-map", fmt::format("{} of them for {} files", options.names.size(), paths.size()),
                     "give one for all files or one each");
  Loading loading(model, options, listener);
  for (size_t i = 0; i < paths.size(); ++i) {
    const auto& names = options.names;
    loading.add_file(paths[i], names.empty() ? weights::NameMapChoice{} : names[names.size() > 1 ? i : 0]);
  }
  loading.require_all();
  loading.read();
  return loading.reports();
}

LoadReport load_weights(Module& network, const std::string& path, const LoadOptions& options) {
  return load_weights(WholeModel(network), {path}, options).front();
}

nlohmann::ordered_json json_of(const LoadReport& report) {
  nlohmann::ordered_json document{{"path", report.path}, {"format", report.format}, {"names", report.mapping}};
  document.update(weights::json_of(report.match));
  document["given_before"] = report.given_before;
  document["dropped"] = report.dropped;
  return document;
}

std::string summary_of(const LoadReport& report) {
  std::string text = weights::summary_of(report.match);
  if (!report.given_before.empty()) text += fmt::format(", {} given before", report.given_before.size());
  if (!report.dropped.empty()) text += fmt::format(", {} left out by the map", report.dropped.size());
  return fmt::format("{}: {} ({}; {})", report.path, text, report.format, report.mapping);
}

void initialise(Module& network, uint64_t seed, at::ScalarType dtype) {
  network.materialize(dtype);
  const at::NoGradGuard no_gradients;
  for (const Entry& entry : network.entries()) set_start_values(entry, seed);
}

void save_weights(const WholeModel& model, const std::string& path, const std::map<std::string, std::string>& metadata,
                  const std::vector<std::string>& left_out) {
  const std::set<std::string> not_wanted(left_out.begin(), left_out.end());
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const Entry& entry : model.entries()) {
    if (not_wanted.contains(entry.name)) continue;
    if (entry.tensor->is_meta()) throw std::logic_error("a network without weights is not saved");
    tensors.emplace_back(entry.name, *entry.tensor);
  }
  write_tensors(path, tensors, metadata);
}

void save_weights(Module& network, const std::string& path, const std::map<std::string, std::string>& metadata) {
  save_weights(WholeModel(network), path, metadata);
}

}  // namespace vs::nn
