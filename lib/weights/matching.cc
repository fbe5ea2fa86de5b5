#include "lib/weights/matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::weights {
namespace {

constexpr std::string_view kCounter = "num_batches_tracked";

std::string_view parent_of(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

bool fits_any(std::string_view name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return fits_pattern(name, pattern); });
}

bool begins_with_any(std::string_view name, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

/// Equal but for the first extent: another number of classes.
bool differs_in_classes(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  return a.size() == b.size() && !a.empty() && a[0] != b[0] && std::equal(a.begin() + 1, a.end(), b.begin() + 1);
}

class Matcher {
 public:
  Matcher(const std::vector<NamedShape>& expected, const std::vector<NamedShape>& found, const MatchOptions& options)
      : expected_(&expected), options_(&options) {
    for (const NamedShape& tensor : found) {
      if (!found_.emplace(tensor.name, &tensor).second) throw std::logic_error("a tensor is offered twice");
    }
  }

  MatchReport run(const std::vector<NamedShape>& found) {
    find_replaced_layers();
    std::set<std::string_view> names;
    for (const NamedShape& wanted : *expected_) {
      if (!names.insert(wanted.name).second) throw std::logic_error("a tensor is expected twice");
      place(wanted);
    }
    for (const NamedShape& tensor : found) {
      if (!names.contains(tensor.name)) report_.unexpected.push_back(tensor.name);
    }
    find_unused(options_->partial, [](const std::string& name, const std::string& p) { return fits_pattern(name, p); });
    find_unused(options_->replaced_heads,
                [](const std::string& name, const std::string& p) { return name.starts_with(p); });
    return std::move(report_);
  }

 private:
  /// A layer of a replaced head is replaced whole: its bias too if only its weight has another number of classes.
  void find_replaced_layers() {
    for (const NamedShape& wanted : *expected_) {
      if (!begins_with_any(wanted.name, options_->replaced_heads)) continue;
      const auto found = found_.find(wanted.name);
      if (wanted.name.ends_with(kCounter) && found == found_.end()) continue;
      if (found == found_.end() || differs_in_classes(wanted.shape, found->second->shape))
        replaced_layers_.insert(parent_of(wanted.name));
    }
  }

  void place(const NamedShape& wanted) {
    if (begins_with_any(wanted.name, options_->replaced_heads) && replaced_layers_.contains(parent_of(wanted.name))) {
      report_.replaced.push_back(wanted.name);
      return;
    }
    const auto found = found_.find(wanted.name);
    if (found != found_.end() && found->second->shape == wanted.shape) {
      report_.matched.push_back(wanted.name);
    } else if (found != found_.end() && options_->adaptable && options_->adaptable(wanted, *found->second)) {
      report_.adapted.push_back(wanted.name);
    } else if (fits_any(wanted.name, options_->partial)) {
      report_.partial.push_back(wanted.name);
    } else if (found != found_.end()) {
      report_.wrongly_shaped.push_back({wanted.name, wanted.shape, found->second->shape});
    } else if (wanted.name.ends_with(kCounter) || fits_any(wanted.name, options_->computed)) {
      report_.optional.push_back(wanted.name);
    } else {
      report_.missing.push_back(wanted.name);
    }
  }

  template <class Fits>
  void find_unused(const std::vector<std::string>& patterns, Fits fits) {
    for (const std::string& pattern : patterns) {
      const bool used = std::any_of(expected_->begin(), expected_->end(),
                                    [&](const NamedShape& wanted) { return fits(wanted.name, pattern); });
      if (!used) report_.unused_patterns.push_back(pattern);
    }
  }

  const std::vector<NamedShape>* expected_;
  const MatchOptions* options_;
  std::unordered_map<std::string_view, const NamedShape*> found_;
  std::set<std::string_view> replaced_layers_;
  MatchReport report_;
};

}  // namespace

std::vector<NamedShape> named_shapes(const std::vector<TensorInfo>& tensors) {
  std::vector<NamedShape> shapes;
  shapes.reserve(tensors.size());
  for (const TensorInfo& tensor : tensors) shapes.push_back({tensor.name, tensor.shape});
  return shapes;
}

MatchReport match_names(const std::vector<NamedShape>& expected, const std::vector<NamedShape>& found,
                        const MatchOptions& options) {
  return Matcher(expected, found, options).run(found);
}

std::string first_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) shown.push_back(printable(names[i]));
  std::string text = join(shown, ", ");
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

void require_complete(const MatchReport& report, const std::string& path, const std::string& hint) {
  if (!report.unused_patterns.empty())
    throw UsageError(report.unused_patterns.front(), "fits no tensor of the network",
                     "name what may be missing as the network calls it");
  if (report.complete()) return;
  std::vector<std::string> findings, wrong;
  const auto& missing = report.missing;
  for (const WrongShape& entry : report.wrongly_shaped)
    wrong.push_back(
        fmt::format("{} {} instead of {}", entry.name, shape_text(entry.found), shape_text(entry.expected)));
  if (!missing.empty())
    findings.push_back(
        fmt::format("{} tensor{} missing: {}", missing.size(), missing.size() == 1 ? "" : "s", first_names(missing)));
  if (!wrong.empty()) findings.push_back(fmt::format("{} of another shape: {}", wrong.size(), first_names(wrong)));
  const bool nothing = report.matched.empty() && report.adapted.empty();
  throw DataError(path, join(findings, "; "),
                  !hint.empty() ? hint
                  : nothing     ? "no tensor fits: is it for another network, or does it need a name map?"
                                : "--partial lists what may be missing");
}

std::string summary_of(const MatchReport& report) {
  const size_t loaded = report.matched.size() + report.adapted.size();
  const size_t expected = loaded + report.missing.size() + report.wrongly_shaped.size() + report.partial.size() +
                          report.replaced.size() + report.optional.size();
  std::string text = fmt::format("{} of {} tensors loaded", loaded, expected);
  const auto add = [&](size_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(report.adapted.size(), "of them adapted");
  add(report.missing.size(), "missing");
  add(report.wrongly_shaped.size(), "of another shape");
  add(report.partial.size(), "left out as allowed");
  add(report.replaced.size(), "of the head left to be initialised");
  add(report.optional.size(), "not needed");
  add(report.unexpected.size(), "unexpected");
  return text;
}

nlohmann::ordered_json json_of(const MatchReport& report) {
  nlohmann::ordered_json wrong = nlohmann::ordered_json::array();
  for (const WrongShape& entry : report.wrongly_shaped)
    wrong.push_back({{"name", entry.name}, {"expected", entry.expected}, {"found", entry.found}});
  return {{"matched", report.matched.size()}, {"adapted", report.adapted},      {"missing", report.missing},
          {"wrongly_shaped", wrong},          {"partial", report.partial},      {"replaced", report.replaced},
          {"optional", report.optional},      {"unexpected", report.unexpected}};
}

bool fits_pattern(std::string_view name, std::string_view pattern) {
  size_t n = 0, p = 0, star = std::string_view::npos, after_star = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      // The last star takes one character more.
      p = star + 1;
      n = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace vs::weights
