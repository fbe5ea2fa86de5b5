// Checkpoint files made by hand, byte by byte, right or wrong as a test wants them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/weights/crc32.h"

namespace vs::test {

/// `bytes` lowest bytes of a number, little-endian.
inline std::string little(uint64_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += i < sizeof value ? static_cast<char>((value >> (8 * i)) & 0xFFU) : '\0';
  return text;
}

inline std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string bytes_of(std::initializer_list<float> values) {
  std::string text;
  for (const float value : values) text.append(reinterpret_cast<const char*>(&value), sizeof value);
  return text;
}

// Pieces of a pickle.
inline std::string text(std::string_view value) { return "X" + little(value.size(), 4) + std::string(value); }
inline std::string integer(int64_t value) { return "\x8a\x08" + little(static_cast<uint64_t>(value), 8); }
inline std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const auto& item : items) all += item;
  return all + "t";
}
inline std::string numbers(const std::vector<int64_t>& values) {
  std::vector<std::string> items;
  for (const int64_t value : values) items.push_back(integer(value));
  return tuple(items);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string all = "}(";
  for (const auto& [key, value] : items) all += text(key) + value;
  return all + "u";
}
inline std::string pickle(const std::string& value) { return "\x80\x02" + value + "."; }

/// A storage in the pickle, as torch.save writes it.
inline std::string storage(const std::string& key, int64_t elements, const std::string& type = "FloatStorage",
                           const std::string& module = "torch") {
  return tuple({text("storage"), global(module, type), text(key), text("cpu"), integer(elements)}) + "Q";
}
inline std::string tensor(const std::string& storage, int64_t offset, const std::vector<int64_t>& shape,
                          const std::vector<int64_t>& strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({storage, integer(offset), numbers(shape), numbers(strides), "\x89", "N"}) + "R";
}

/// What a zip file may say wrong.
struct ZipLies {
  uint16_t method = 0;
  uint16_t flags = 0;
  bool zip64 = false;
  uint64_t size_added = 0;    ///< to both sizes in the directory
  uint64_t offset_added = 0;  ///< to the place of the first entry
  uint64_t count_added = 0;   ///< to the number of entries
};

inline std::string zip(const std::vector<std::pair<std::string, std::string>>& entries, const ZipLies& lies = {}) {
  std::string file, directory;
  bool first = true;
  for (const auto& [name, data] : entries) {
    const uint32_t crc = weights::crc32(bytes_of(data));
    const uint64_t offset = file.size() + (first ? lies.offset_added : 0);
    const uint64_t size = data.size() + (first ? lies.size_added : 0);
    file += "PK\x03\x04" + little(0, 2) + little(lies.flags, 2) + little(lies.method, 2) + little(0, 4) +
            little(crc, 4) + little(data.size(), 4) + little(data.size(), 4) + little(name.size(), 2) + little(0, 2) +
            name + data;
    const std::string extra =
        lies.zip64 ? little(1, 2) + little(24, 2) + little(size, 8) + little(size, 8) + little(offset, 8) : "";
    const uint64_t small = 0xFFFFFFFF;
    directory += "PK\x01\x02" + little(0, 4) + little(lies.flags, 2) + little(lies.method, 2) + little(0, 4) +
                 little(crc, 4) + little(lies.zip64 ? small : size, 4) + little(lies.zip64 ? small : size, 4) +
                 little(name.size(), 2) + little(extra.size(), 2) + little(0, 2) + little(0, 8) +
                 little(lies.zip64 ? small : offset, 4) + name + extra;
    first = false;
  }
  const uint64_t start = file.size(), count = entries.size() + lies.count_added;
  file += directory;
  if (lies.zip64) {
    const uint64_t end64 = file.size();
    file += "PK\x06\x06" + little(44, 8) + little(0, 12) + little(count, 8) + little(count, 8) +
            little(directory.size(), 8) + little(start, 8);
    file += "PK\x06\x07" + little(0, 4) + little(end64, 8) + little(1, 4);
  }
  const uint64_t saturated = 0xFFFFFFFF;
  file += "PK\x05\x06" + little(0, 4) + little(lies.zip64 ? saturated : count, 2) +
          little(lies.zip64 ? saturated : count, 2) + little(lies.zip64 ? saturated : directory.size(), 4) +
          little(lies.zip64 ? saturated : start, 4) + little(0, 2);
  return file;
}

/// A file of torch.save since 1.6: a pickled value and the storages by key.
inline std::string torch_zip(const std::string& value, std::vector<std::pair<std::string, std::string>> storages,
                             const ZipLies& lies = {}) {
  std::vector<std::pair<std::string, std::string>> entries{{"archive/data.pkl", pickle(value)},
                                                           {"archive/byteorder", "little"}};
  for (auto& [key, data] : storages) entries.emplace_back("archive/data/" + key, std::move(data));
  return zip(entries, lies);
}

/// A file of torch.save before 1.6.
inline std::string torch_legacy(const std::string& value,
                                const std::vector<std::pair<std::string, std::string>>& storages,
                                size_t element_size = 4) {
  std::string keys = "](", data;
  for (const auto& [key, bytes] : storages) {
    keys += text(key);
    data += little(bytes.size() / element_size, 8) + bytes;
  }
  return pickle(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12)) + pickle(integer(1001)) +
         pickle(dict({{"little_endian", "\x88"}})) + pickle(value) + pickle(keys + "e") + data;
}

/// A safetensors file with this header.
inline std::string safetensors(const std::string& header, const std::string& data) {
  return little(header.size(), 8) + header + data;
}

}  // namespace vs::test
