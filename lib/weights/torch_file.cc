// The two formats of torch.save.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/weights/state_dict.h"
#include "lib/weights/zip_archive.h"

namespace vs::weights {
namespace {

// A state dict of a thousand tensors pickles to 0.2 MB; what is larger holds something else than weights.
constexpr uint64_t kLongestPickle = uint64_t{1} << 28;
constexpr const char* kCopyAgain = "copy or download it again";

/// "archive/" of the entry "archive/data.pkl"; nothing if there is none.
std::optional<std::string> prefix_of(const ZipArchive& archive) {
  constexpr std::string_view kPickle = "data.pkl";
  for (const ZipEntry& entry : archive.entries()) {
    const std::string_view name = entry.name;
    if (!name.ends_with(kPickle)) continue;
    const std::string_view prefix = name.substr(0, name.size() - kPickle.size());
    if (prefix.empty() || prefix.find('/') == prefix.size() - 1) return std::string(prefix);
  }
  return std::nullopt;
}

void check_byte_order(const ZipArchive& archive, const std::string& prefix, const ByteFile& file) {
  const ZipEntry* entry = archive.find(prefix + "byteorder");
  constexpr std::string_view kLittle = "little";
  if (!entry) return;  // not written before torch 2.1, when all were little-endian in practice
  if (entry->size == kLittle.size()) {
    const auto bytes = archive.read(*entry);
    if (std::equal(bytes.begin(), bytes.end(), kLittle.begin())) return;
  }
  throw DataError(file.path(), "its numbers are not little-endian", "save it again on a usual machine");
}

/// Reads pickles that follow each other in a file whose other bytes are not looked at.
class PickleSequence {
 public:
  explicit PickleSequence(const ByteFile& file) : file_(&file) {}

  /// The next one, valid until the sequence is gone.
  const PickleDocument& next() {
    // How long it is shows only at its end: read more until it fits.
    constexpr uint64_t kFirst = 1 << 16;
    for (uint64_t size = kFirst;; size *= 4) {
      const uint64_t rest = file_->size() - at_;
      const uint64_t take = std::min(size, rest);
      auto bytes = std::make_unique<std::vector<uint8_t>>(file_->read_at(at_, take));
      auto document = read_pickle(*bytes, file_->path());
      if (!document && take == rest) throw DataError(file_->path(), "truncated: its pickle has no end", kCopyAgain);
      if (!document && take >= kLongestPickle) throw DataError(file_->path(), "its pickle is too long");
      if (!document) continue;
      at_ += document->bytes.size();
      bytes_.push_back(std::move(bytes));
      documents_.push_back(std::make_unique<PickleDocument>(std::move(*document)));
      return *documents_.back();
    }
  }
  uint64_t position() const { return at_; }

 private:
  const ByteFile* file_;
  uint64_t at_ = 0;
  std::vector<std::unique_ptr<std::vector<uint8_t>>> bytes_;
  std::vector<std::unique_ptr<PickleDocument>> documents_;
};

/// The number 0x1950a86a20f9469cfc6c that a legacy file begins with: too long for a value, so its bytes are looked at.
bool is_magic(const PickleDocument& pickle) {
  constexpr std::array<uint8_t, 12> kLong{0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
  return std::search(pickle.bytes.begin(), pickle.bytes.end(), kLong.begin(), kLong.end()) != pickle.bytes.end();
}

/// The storages lie after the pickles in the order of the list of their keys, each with its number of elements before.
StoragePlaces walk_storages(const PickleDocument& pickle, const PickleDocument& keys, uint64_t position,
                            const ByteFile& file) {
  std::unordered_map<std::string_view, const PickledStorage*> known;
  for (const PickledStorage& storage : pickle.storages) known.emplace(storage.key, &storage);
  if (keys.root.kind != PickleKind::kList) throw DataError(file.path(), "its list of storages is malformed");
  StoragePlaces places;
  for (const PickleValue& item : keys.items(keys.root)) {
    const std::string_view key = item.kind == PickleKind::kText ? keys.text(item) : std::string_view();
    const auto found = known.find(key);
    const auto element = found == known.end() ? std::nullopt : element_size(*found->second, pickle);
    if (!element) throw DataError(file.path(), "its storage " + shown(key) + " is of unknown type");
    std::array<uint8_t, 8> count_bytes{};
    file.read_at(position, count_bytes);
    const uint64_t count = load_u64(count_bytes, 0);
    position += count_bytes.size();
    uint64_t size = 0;
    if (count != found->second->num_elements || __builtin_mul_overflow(count, *element, &size))
      throw DataError(file.path(), "its storage " + shown(key) + " has another size than stated");
    if (!file.holds(position, size))
      throw DataError(file.path(),
                      fmt::format("truncated: storage {} ends at byte {}, but it has {} bytes", shown(key),
                                  position + size, file.size()),
                      kCopyAgain);
    if (!places.emplace(key, StoragePlace{position, size, 0}).second)
      throw DataError(file.path(), "its storage " + shown(key) + " is listed twice");
    position += size;
  }
  return places;
}

}  // namespace

CheckpointContent read_torch_zip(const ByteFile& file) {
  const ZipArchive archive(file);
  const auto prefix = prefix_of(archive);
  if (!prefix)
    throw DataError(file.path(), "a zip file, but not a checkpoint: no data.pkl in it", "give a file of torch.save");
  check_byte_order(archive, *prefix, file);
  const ZipEntry* entry = archive.find(*prefix + "data.pkl");
  if (entry->size > kLongestPickle) throw DataError(file.path(), "its pickle is too long");
  const std::vector<uint8_t> bytes = archive.read(*entry);
  const auto pickle = read_pickle(bytes, file.path());
  if (!pickle) throw DataError(file.path(), "truncated: its pickle has no end", kCopyAgain);

  StoragePlaces places;
  const std::string folder = *prefix + "data/";
  for (const PickledStorage& storage : pickle->storages) {
    if (places.contains(storage.key)) continue;
    const ZipEntry* data = archive.find(folder + std::string(storage.key));
    if (data) places.emplace(storage.key, StoragePlace{archive.data_offset(*data), data->size, data->crc});
  }
  CheckpointContent content;
  content.format = CheckpointFormat::kTorchZip;
  read_state_dict(*pickle, places, file, content);
  return content;
}

bool recognises_torch_legacy(const ByteFile& file) {
  std::array<uint8_t, 2> start{};
  if (file.size() < start.size()) return false;
  file.read_at(0, start);
  return start[0] == 0x80 && start[1] >= 2 && start[1] <= 5;
}

CheckpointContent read_torch_legacy(const ByteFile& file) {
  PickleSequence sequence(file);
  if (!is_magic(sequence.next()))
    throw DataError(file.path(), "not a checkpoint: a pickle, but not one of torch.save", "give a file of torch.save");
  constexpr int64_t kProtocol = 1001;
  const PickleDocument& protocol = sequence.next();
  if (protocol.root.kind != PickleKind::kInt || protocol.root.number != kProtocol)
    throw DataError(file.path(), "in a protocol of torch.save that is unknown");
  const PickleDocument& system = sequence.next();
  if (system.root.kind == PickleKind::kDict) {
    const auto little = system.find(system.root, "little_endian");
    if (little && little->kind == PickleKind::kBool && little->number == 0)
      throw DataError(file.path(), "its numbers are not little-endian", "save it again on a usual machine");
  }
  const PickleDocument& pickle = sequence.next();
  const PickleDocument& keys = sequence.next();
  const StoragePlaces places = walk_storages(pickle, keys, sequence.position(), file);
  CheckpointContent content;
  content.format = CheckpointFormat::kTorchLegacy;
  read_state_dict(pickle, places, file, content);
  return content;
}

}  // namespace vs::weights
