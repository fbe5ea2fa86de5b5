// vs-golden: runs golden case files against this library. One checker a kind, found by the file's root attribute
// `kind`.
//
// A checker reads inputs and hyper-parameters from the case, computes, and hands every result to Report::compare, which
// looks up `output/<name>` and the case's tolerance. An output that no checker compared is a failure of the case.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/golden/content.h"

namespace vs::golden {

/// u(key, i) of the golden README: a number in [-1, 1), exact in float32.
double deterministic_u(const std::string& key, uint64_t index);
/// shift + scale * u for i < count, computed in double, rounded once to float.
std::vector<float> fill(uint64_t count, const std::string& key, double scale = 1, double shift = 0);
/// floor((u + 1) * 128) for i < count.
std::vector<uint8_t> image(uint64_t count, const std::string& key);
/// [frames, height, width, 3] uint8.
std::vector<uint8_t> smooth_video(int64_t frames, int64_t height, int64_t width, const std::string& key);
/// Uniform draws r = (u(key, i) + 1) / 2 in [0, 1).
std::vector<double> uniform_draws(const std::string& key, uint64_t count);

/// Where the networks of cases compute, and what that asks of the comparison.
struct Place {
  c10::Device device = c10::kCPU;
  /// Floating-point outputs may differ by this share of their largest magnitude, whatever less a case states: the order
  /// of sums is another on a GPU than in the reference.
  double least_rtol = 0;
};

/// One case file, and where it is to be computed.
class Case {
 public:
  explicit Case(const std::string& path);
  /// For cases of networks; the CPU otherwise.
  void compute_at(const Place& place) { place_ = place; }

  const std::string& path() const { return path_; }
  const std::string& kind() const { return kind_; }
  /// The root attribute `case`.
  const nlohmann::json& parameters() const { return parameters_; }
  const Content& content() const { return *content_; }
  /// Where its networks and their inputs are.
  const c10::Device& device() const { return place_.device; }
  double least_rtol() const { return place_.least_rtol; }

  bool has_input(const std::string& name) const;
  bool has_output(const std::string& name) const;
  std::vector<uint64_t> input_shape(const std::string& name) const;
  std::vector<uint64_t> output_shape(const std::string& name) const;
  /// input/<name> as T: int64_t, uint8_t, float, double.
  template <class T>
  std::vector<T> input(const std::string& name) const {
    return read<T>("input/" + name);
  }
  template <class T>
  std::vector<T> output(const std::string& name) const {
    return read<T>("output/" + name);
  }
  std::vector<std::string> input_strings(const std::string& name) const { return content_->strings("input/" + name); }
  std::vector<std::string> output_strings(const std::string& name) const { return content_->strings("output/" + name); }
  std::vector<std::string> output_names() const;

 private:
  template <class T>
  std::vector<T> read(const std::string& name) const {
    std::vector<T> values;
    content_->read(name, values);
    return values;
  }

  std::string path_, kind_;
  Place place_;
  std::unique_ptr<Content> content_;
  nlohmann::json parameters_;
};

/// What a checker found. Compare every output; integers exactly, floats within |got - want| <= atol + rtol * max|want|,
/// NaN equals NaN.
class Report {
 public:
  explicit Report(const Case& c) : case_(&c) {}
  /// For a table, which has no outputs: only check() and skip() make sense.
  Report() = default;

  /// Compares with output/<name>; the shape too where `shape` is given. Tolerance: the case's `tolerance[name]`, else
  /// its rtol/atol.
  void compare(const std::string& name, const std::vector<double>& got, const std::vector<uint64_t>& shape = {});
  void compare(const std::string& name, const std::vector<float>& got, const std::vector<uint64_t>& shape = {});
  void compare(const std::string& name, const std::vector<int64_t>& got, const std::vector<uint64_t>& shape = {});
  void compare(const std::string& name, const std::vector<uint8_t>& got, const std::vector<uint64_t>& shape = {});
  void compare(const std::string& name, const std::vector<std::string>& got);
  /// As above, with a tolerance of the checker's own (for cases that state it in words).
  void compare_within(const std::string& name, const std::vector<double>& got, double rtol, double atol);

  /// A check beside the outputs: `relative_error` is reported, `ok` decides.
  void check(const std::string& what, bool ok, double relative_error = 0);
  /// Marks an output as deliberately not compared, with the reason (printed).
  void skip(const std::string& name, const std::string& reason);

  /// |got - want| <= atol + rtol * max|want|.
  struct Tolerance {
    double rtol, atol;
  };
  /// What the case allows for that output where it is computed.
  Tolerance tolerance_of(const std::string& name) const;

  double largest_relative_error() const { return largest_; }
  const std::vector<std::string>& failures() const { return failures_; }
  const std::vector<std::string>& skips() const { return skips_; }
  const std::vector<std::string>& compared() const { return compared_; }

 private:
  void compare_numbers(const std::string& name, const std::vector<double>& got, const std::vector<uint64_t>& shape,
                       bool exact, const Tolerance* own);
  const Case* case_ = nullptr;
  double largest_ = 0;
  std::vector<std::string> failures_, skips_, compared_;
};

using Checker = std::function<void(const Case&, Report&)>;
/// Checks a JSON table (a file named such as expected.json): prints its own lines through Report::check.
using TableChecker = std::function<void(const std::string& path, Report&)>;

/// A kind of JSON table. Several kinds share the file name expected.json, so a kind may tell its own by content
/// instead.
struct TableKind {
  std::string file_name;  ///< such as "file_lists.json"; looked at only where is_own is empty
  TableChecker check;
  std::function<bool(const nlohmann::json&)> is_own = {};
};

/// What one kinds_*.cc file offers. See kinds.h.
struct KindTable {
  std::vector<std::pair<std::string, Checker>> kinds;  ///< root attribute `kind` -> checker
  std::vector<TableKind> tables;
};

}  // namespace vs::golden
