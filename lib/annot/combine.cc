#include "lib/annot/combine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>

#include "lib/annot/json_records_internal.h"
#include "lib/annot/losses.h"
#include "lib/annot/parsers_internal.h"
#include "lib/core/error.h"
#include "lib/core/sha256.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::annot {
namespace {

AnnotationSet without_items(const AnnotationSet& set) {
  AnnotationSet empty;
  empty.media = set.media;
  empty.multi_label = set.multi_label;
  empty.with_offset = set.with_offset;
  empty.num_classes = set.num_classes;
  empty.classes = set.classes;
  empty.extras = set.extras;
  empty.losses = set.losses;
  return empty;
}

std::string order_key(uint64_t seed, const std::string& path) {
  const std::string text = fmt::format("{} {}", seed, path);
  return sha256_of_bytes(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

/// Adds what a file has of its own to the merged set. Spellings of class names are joined; of two other values the
/// first stays.
void merge_extras(const NamedSet& from, AnnotationSet& merged) {
  for (const Extra& extra : from.set.extras) {
    const auto known = std::find_if(merged.extras.begin(), merged.extras.end(), [&](const Extra& other) {
      return other.format == extra.format && other.name == extra.name;
    });
    if (known == merged.extras.end()) {
      merged.extras.push_back(extra);
    } else if (extra.name == kClassNamesExtra) {
      std::set<std::string> names = text_list(*known), more = text_list(extra);
      names.merge(more);
      known->json = store::json_line(names);
    } else if (known->json != extra.json) {
      merged.losses.push_back({fmt::format("another `{}`", extra.name), 0, from.file});
    }
  }
}

/// Label by which a video is divided: the rarest, -1 for none.
int32_t class_of(const std::vector<int32_t>& labels, const std::map<int32_t, int64_t>& counts) {
  int32_t rarest = -1;
  for (int32_t label : labels) {
    if (rarest < 0 || counts.at(label) < counts.at(rarest)) rarest = label;
  }
  return rarest;
}

/// Sizes of the parts of a class of n videos: the whole numbers nearest to n * fraction + carry that add up to n, by
/// largest remainder. What rounding took or gave stays in `carry`. The first part gets one video of two or more.
std::vector<size_t> divide(size_t n, const std::vector<SplitPart>& parts, std::vector<double>& carry) {
  std::vector<size_t> sizes(parts.size());
  std::vector<std::pair<double, size_t>> remainders;
  size_t given = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    const double exact = static_cast<double>(n) * parts[p].fraction + carry[p];
    sizes[p] = std::min(static_cast<size_t>(std::max(std::floor(exact), 0.0)), n - given);
    given += sizes[p];
    carry[p] = exact;
    remainders.emplace_back(exact - static_cast<double>(sizes[p]), p);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (size_t i = 0; given < n; i = (i + 1) % parts.size(), ++given) ++sizes[remainders[i].second];
  if (n > 1 && sizes[0] == 0) {
    --*std::max_element(sizes.begin() + 1, sizes.end());
    ++sizes[0];
  }
  for (size_t p = 0; p < parts.size(); ++p) carry[p] -= static_cast<double>(sizes[p]);
  return sizes;
}

/// Shard number and count of "name-00003-of-00016.ext"; nothing for other names.
struct ShardName {
  std::string stem, extension;
  int64_t index = 0, count = 0;
};

std::optional<ShardName> shard_name(const std::string& file) {
  const size_t slash = file.rfind('/');
  const size_t name = slash == std::string::npos ? 0 : slash + 1;
  const size_t of = file.rfind("-of-");
  if (of == std::string::npos || of < name) return std::nullopt;
  const size_t dash = of == 0 ? std::string::npos : file.rfind('-', of - 1);
  if (dash == std::string::npos || dash < name) return std::nullopt;
  const size_t dot = std::min(file.find('.', of), file.size());
  const auto index = parse_integer(std::string_view(file).substr(dash + 1, of - dash - 1));
  const auto count = parse_integer(std::string_view(file).substr(of + 4, dot - of - 4));
  if (!index || !count || *index < 0 || *index >= *count) return std::nullopt;
  return ShardName{file.substr(0, dash), file.substr(dot), *index, *count};
}

}  // namespace

std::vector<std::string> names_of(const Annotation& item, const std::string& data_prefix) {
  const std::string full = with_prefix(data_prefix, item.path);
  return {item.path, without_extension(item.path), full, without_extension(full)};
}

int64_t filter_set(AnnotationSet& set, const RecordFilter& filter) {
  const auto before = static_cast<int64_t>(set.items.size());
  std::erase_if(set.items, [&](const Annotation& item) {
    if (item.num_frames >= 0 && item.num_frames < filter.min_frames) return true;
    if (item.line > 0 && filter.drop_lines.contains(item.line)) return true;
    const auto names = names_of(item, filter.data_prefix);
    const auto named_in = [&](const std::unordered_set<std::string>& list) {
      return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return list.contains(name); });
    };
    return named_in(filter.drop) || (!filter.keep.empty() && !named_in(filter.keep));
  });
  return before - static_cast<int64_t>(set.items.size());
}

std::vector<SplitPart> parse_split_parts(const std::string& text) {
  constexpr double kTolerance = 1e-6;
  std::vector<SplitPart> parts;
  std::set<std::string> names;
  double sum = 0;
  const auto refuse = [&](const std::string& finding) {
    throw UsageError("parts " + text, finding, "write them like train=0.8,val=0.1,test=0.1");
  };
  for (const std::string_view piece : split(text, ',')) {
    const size_t equals = piece.find('=');
    const std::string name(trim(piece.substr(0, equals)));
    const auto fraction =
        parse_real(equals == std::string_view::npos ? std::string_view() : trim(piece.substr(equals + 1)));
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '-';
    });
    if (!plain || !fraction) refuse(fmt::format("\"{}\" is no name with a fraction", std::string(piece)));
    const double value = fraction.value_or(0);
    if (value <= 0) refuse(fmt::format("the fraction of {} is not above 0", name));
    if (!names.insert(name).second) refuse(fmt::format("{} is named twice", name));
    sum += value;
    parts.push_back({name, value});
  }
  if (parts.size() < 2) refuse("fewer than two parts");
  if (std::abs(sum - 1) > kTolerance) refuse(fmt::format("the fractions add up to {:g}, not 1", sum));
  return parts;
}

std::vector<AnnotationSet> split_set(const AnnotationSet& set, const std::vector<SplitPart>& parts, uint64_t seed) {
  std::map<int32_t, int64_t> counts;
  std::map<std::string, std::set<int32_t>> labels_of_video;
  for (const Annotation& item : set.items) {
    auto& labels = labels_of_video[item.path];
    for (int32_t label : item.labels) {
      if (labels.insert(label).second) ++counts[label];
    }
  }
  std::map<int32_t, std::vector<std::pair<std::string, std::string>>> videos_of_class;  // label -> (order, path)
  for (const auto& [path, labels] : labels_of_video) {
    const int32_t label = class_of({labels.begin(), labels.end()}, counts);
    videos_of_class[label].emplace_back(order_key(seed, path), path);
  }
  std::unordered_map<std::string, size_t> part_of;
  std::vector<double> carry(parts.size());
  for (auto& [label, videos] : videos_of_class) {
    std::sort(videos.begin(), videos.end());
    const std::vector<size_t> sizes = divide(videos.size(), parts, carry);
    auto next = videos.begin();
    for (size_t p = 0; p < parts.size(); ++p) {
      for (size_t i = 0; i < sizes[p]; ++i) part_of.emplace((next++)->second, p);
    }
  }
  std::vector<AnnotationSet> sets(parts.size(), without_items(set));
  for (const Annotation& item : set.items) {
    const size_t part = part_of.at(item.path);
    sets[part].items.push_back(item);
    sets[part].items.back().split = parts[part].name;
  }
  return sets;
}

std::vector<ClassSet> sets_by_class(const AnnotationSet& set) {
  std::map<int32_t, ClassSet> parts;
  for (const Annotation& item : set.items) {
    if (item.labels.size() != 1) throw DataError(item.path, fmt::format("has {} labels, not one", item.labels.size()));
    const auto label = static_cast<size_t>(item.labels[0]);
    if (label >= set.classes.size()) {
      throw DataError(item.path, fmt::format("no name for label {}", label), "give the names with --classes");
    }
    const std::string& name = set.classes[label];
    if (name.find('/') != std::string::npos || name.starts_with('.')) {
      throw DataError(item.path, fmt::format("class \"{}\" cannot name a file", name));
    }
    const auto [part, added] = parts.try_emplace(item.labels[0]);
    if (added) part->second = {name, without_items(set)};
    part->second.set.items.push_back(item);
  }
  std::vector<ClassSet> sets;
  for (auto& [label, part] : parts) sets.push_back(std::move(part));
  return sets;
}

AnnotationSet merge_sets(const std::vector<NamedSet>& sets, bool unique) {
  AnnotationSet merged;
  if (sets.empty()) return merged;
  merged = without_items(sets[0].set);
  std::map<std::tuple<std::string, int64_t>, std::pair<size_t, size_t>> seen;  // -> set, item
  for (size_t s = 0; s < sets.size(); ++s) {
    const AnnotationSet& set = sets[s].set;
    const auto differ = [&](const char* what) {
      throw DataError(sets[s].file, fmt::format("{} than in {}", what, sets[0].file), "convert one of them first");
    };
    if (set.media != merged.media) differ("other media (frames, videos or names)");
    if (set.with_offset != merged.with_offset) differ("another form, with and without offsets,");
    if (!set.classes.empty() && !merged.classes.empty() && set.classes != merged.classes) differ("other class names");
    if (merged.classes.empty()) merged.classes = set.classes;
    merged.multi_label = merged.multi_label || set.multi_label;
    merged.num_classes = std::max(merged.num_classes, set.num_classes);
    if (s > 0) {
      merge_extras(sets[s], merged);
      add_losses(set.losses, merged.losses);
    }
    for (size_t i = 0; i < set.items.size(); ++i) {
      const Annotation& item = set.items[i];
      const auto [place, first] = seen.emplace(std::tuple(item.path, item.offset), std::pair(s, i));
      if (!first) {
        const auto& [other_set, other_item] = place->second;
        const Annotation& other = sets[other_set].set.items[other_item];
        const std::string where = item.line > 0 ? fmt::format("{}:{}", sets[s].file, item.line) : sets[s].file;
        const std::string there =
            other.line > 0 ? fmt::format("{}:{}", sets[other_set].file, other.line) : sets[other_set].file;
        if (!same_labels(other, item) || other.num_frames != item.num_frames) {
          throw DataError(where, fmt::format("{} has other labels or frames than at {}", item.path, there));
        }
        if (!unique)
          throw DataError(where, fmt::format("{} stands at {} too", item.path, there),
                          "use --unique to keep the first");
        continue;
      }
      merged.items.push_back(item);
    }
  }
  return merged;
}

std::vector<std::string> ordered_shards(const std::vector<std::string>& files) {
  std::vector<std::pair<ShardName, std::string>> shards;
  for (const std::string& file : files) {
    if (auto shard = shard_name(file)) shards.emplace_back(std::move(*shard), file);
  }
  if (shards.size() != files.size() || files.empty()) return files;
  const ShardName& first = shards[0].first;
  const bool one_name = std::all_of(shards.begin(), shards.end(), [&](const auto& shard) {
    return shard.first.stem == first.stem && shard.first.extension == first.extension &&
           shard.first.count == first.count;
  });
  if (!one_name) return files;
  std::sort(shards.begin(), shards.end(), [](const auto& a, const auto& b) { return a.first.index < b.first.index; });
  std::vector<std::string> missing, ordered;
  size_t next = 0;
  for (int64_t index = 0; index < first.count; ++index) {
    if (next < shards.size() && shards[next].first.index == index) {
      ordered.push_back(shards[next++].second);
    } else {
      constexpr size_t kMostNamed = 10;
      if (missing.size() < kMostNamed)
        missing.push_back(fmt::format("{}-{:05}-of-{:05}{}", first.stem, index, first.count, first.extension));
      if (missing.size() == kMostNamed) break;
    }
  }
  if (!missing.empty()) throw DataError(first.stem, "shards are missing", join(missing, ", "));
  if (next != shards.size()) throw DataError(first.stem, "a shard is named twice");
  return ordered;
}

}  // namespace vs::annot
