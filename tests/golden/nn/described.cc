#include "tests/golden/nn/described.h"

#include <regex>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/layers/pool.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {
namespace {

std::vector<int64_t> integers_in(const std::string& text) {
  static const std::regex number("[0-9]+");
  std::vector<int64_t> list;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), number); at != std::sregex_iterator(); ++at)
    list.push_back(std::stoll(at->str()));
  return list;
}

}  // namespace

std::string stated_key(const std::string& text) {
  static const std::regex quoted(R"(['"]([^'"]*)['"])");
  std::smatch found;
  if (!std::regex_search(text, found, quoted)) throw DataError("case", "quotes no key: " + text);
  return found[1];
}

at::Tensor stated_fill(const Case& c, const std::string& text) {
  static const std::regex call(
      R"(fill\([\[(]([0-9, ]+)[\])],\s*['"]([^'"]+)['"](?:,\s*([-+0-9.e]+))?(?:,\s*([-+0-9.e]+))?\))");
  std::smatch found;
  if (!std::regex_search(text, found, call)) throw DataError("case", "states no fill(): " + text);
  return fill_tensor(c, integers_in(found[1]), found[2], found[3].matched ? std::stod(found[3]) : 1,
                     found[4].matched ? std::stod(found[4]) : 0);
}

at::Tensor stated_blocks(const Case& c, const std::string& text) {
  static const std::regex blocks(
      R"(fill\(\[B,\s*T,\s*3,\s*([0-9]+),\s*([0-9]+)\],\s*'([^']+)'(?:,\s*([-+0-9.e]+))?\)[^=]*=\s*\[([0-9, ]+)\])");
  std::smatch found;
  if (!std::regex_search(text, found, blocks)) throw DataError("case", "states no images of blocks: " + text);
  const auto shape = integers_in(found[5]);
  const int64_t rows = std::stoll(found[1]), columns = std::stoll(found[2]);
  const at::Tensor small = fill_tensor(c, {shape.at(0), shape.at(1), shape.at(2), rows, columns}, found[3],
                                       found[4].matched ? std::stod(found[4]) : 1);
  const auto whole = at::device(c.device()).dtype(at::kLong);
  const at::Tensor y = at::arange(shape.at(3), whole).mul(rows).floor_divide(shape.at(3));
  const at::Tensor x = at::arange(shape.at(4), whole).mul(columns).floor_divide(shape.at(4));
  return small.index_select(3, y).index_select(4, x);
}

at::Tensor keyed(const Case& c, const nlohmann::json& parameters, const char* name, at::IntArrayRef shape,
                 double shift) {
  return fill_tensor(c, shape, stated_key(parameters.at(name).get<std::string>()), 1, shift)
      .to(stated_type(parameters));
}

at::Tensor normalised_video(const Case& c, int64_t frames, int64_t size, const std::string& key, at::ScalarType type) {
  auto bytes = smooth_video(frames, size, size, key);
  const at::Tensor video = at::from_blob(bytes.data(), {frames, size, size, 3}, at::kByte).to(type);
  const at::Tensor mean = at::tensor({0.485, 0.456, 0.406}, type), deviation = at::tensor({0.229, 0.224, 0.225}, type);
  return ((video / 255 - mean) / deviation).permute({0, 3, 1, 2}).contiguous().to(c.device());
}

nlohmann::ordered_json ordered(const nlohmann::json& description) {
  return nlohmann::ordered_json::parse(description.dump());
}

at::ScalarType stated_type(const nlohmann::json& parameters) {
  for (const char* key : {"dtype", "precision"}) {
    const auto at = parameters.find(key);
    if (at != parameters.end() && at->is_string() && at->get<std::string>().find("64") != std::string::npos)
      return at::kDouble;
  }
  return at::kFloat;
}

WeightRule rule_of(const nlohmann::json& parameters) {
  const nlohmann::json& weights = parameters.at("weights");
  return {.prefix = weights.value("prefix", std::string()), .gain = weights.value("gain", 1.0)};
}

void fill_stated(const Case& c, nn::Module& network, Report& report) {
  const nlohmann::json& p = c.parameters();
  check_state_dict(c, network, report);
  fill_weights(
      c, network,
      {.prefix = p.value("key_prefix", ""), .gains_by_prefix = p.at("gains").get<std::map<std::string, double>>()},
      stated_type(p));
}

at::Tensor input_of(const Case& c, const std::string& name) {
  return described_tensor(c, c.parameters().at("inputs").at(name)).to(stated_type(c.parameters()));
}

void check_feature_maps(const Case& c, nn::Backbone& network, at::ScalarType dtype, Report& report) {
  const auto& p = c.parameters();
  std::string prefix = stated_key(p.at("frames").get<std::string>());
  prefix.resize(prefix.find('<'));
  const Forward forward = [&](at::ScalarType type) {
    Outputs outputs;
    for (const auto& size : p.at("sizes")) {
      const auto side = size.get<int64_t>();
      const std::string suffix = std::to_string(side);
      const at::Tensor map = network(normalised_video(c, p.at("n").get<int64_t>(), side, prefix + suffix).to(type));
      const auto channels = static_cast<int64_t>(c.output_shape("featmap_" + suffix).at(1));
      outputs["featmap_" + suffix] = map.slice(1, 0, channels);
      outputs["featvec_" + suffix] = nn::mean_of_positions(map, type);
    }
    return outputs;
  };
  check_forward(c, network, dtype, forward, report);
}

}  // namespace vs::golden
