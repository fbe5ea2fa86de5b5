#include "lib/weights/zip_archive.h"

#include <algorithm>
#include <array>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/weights/content.h"
#include "lib/weights/crc32.h"

namespace vs::weights {
namespace {

// Sizes and signatures of the records: PKWARE's .ZIP File Format Specification (APPNOTE 6.3), sections 4.3.7 to 4.3.16.
constexpr uint64_t kEndSize = 22, kLocatorSize = 20, kEnd64Size = 56, kEntrySize = 46, kLocalSize = 30;
constexpr uint32_t kEndSignature = 0x06054b50, kLocatorSignature = 0x07064b50, kEnd64Signature = 0x06064b50;
constexpr uint32_t kEntrySignature = 0x02014b50, kLocalSignature = 0x04034b50;
constexpr uint64_t kLongestComment = 0xFFFF;
constexpr uint16_t kSaturated16 = 0xFFFF;
constexpr uint32_t kSaturated32 = 0xFFFFFFFF;

[[noreturn]] void broken(const ByteFile& file, const std::string& finding) {
  throw DataError(file.path(), "broken zip file: " + finding, "copy or download it again");
}

/// Takes the 64-bit values that stand in the extra field for saturated ones, in the order size, packed size, offset.
void read_extra(std::span<const uint8_t> extra, uint64_t& size, uint64_t& packed, uint64_t& offset,
                const ByteFile& file) {
  constexpr uint16_t kZip64 = 1;
  for (size_t at = 0; at + 4 <= extra.size();) {
    const uint16_t id = load_u16(extra, at), length = load_u16(extra, at + 2);
    at += 4;
    if (length > extra.size() - at) broken(file, "an extra field is longer than its place");
    size_t used = 0;
    for (uint64_t* value : {&size, &packed, &offset}) {
      if (id != kZip64 || *value != kSaturated32) continue;
      if (used + 8 > length) broken(file, "a 64-bit size is missing");
      *value = load_u64(extra, at + used);
      used += 8;
    }
    at += length;
  }
}

}  // namespace

bool ZipArchive::recognises(const ByteFile& file) {
  std::array<uint8_t, 4> start{};
  if (file.size() < start.size()) return false;
  file.read_at(0, start);
  return load_u32(start, 0) == kLocalSignature || load_u32(start, 0) == kEndSignature;
}

ZipArchive::ZipArchive(const ByteFile& file) : file_(&file) { read_directory(find_directory()); }

ZipArchive::Directory ZipArchive::find_directory() const {
  const uint64_t tail_size = std::min(file_->size(), kEndSize + kLongestComment);
  const uint64_t tail_offset = file_->size() - tail_size;
  const std::vector<uint8_t> tail = file_->read_at(tail_offset, tail_size);
  for (size_t at = tail_size < kEndSize ? 0 : tail_size - kEndSize + 1; at-- > 0;) {
    if (load_u32(tail, at) != kEndSignature) continue;
    Directory directory{load_u32(tail, at + 16), load_u32(tail, at + 12), load_u16(tail, at + 10)};
    if (directory.offset == kSaturated32 || directory.size == kSaturated32 || directory.count == kSaturated16)
      directory = find_directory64(tail_offset + at);
    if (!file_->holds(directory.offset, directory.size)) broken(*file_, "its directory lies beyond the end");
    if (directory.count > directory.size / kEntrySize) broken(*file_, "its directory is too short for its entries");
    return directory;
  }
  throw DataError(file_->path(), "truncated: a zip file without a directory at its end", "copy or download it again");
}

ZipArchive::Directory ZipArchive::find_directory64(uint64_t end_offset) const {
  if (end_offset < kLocatorSize) broken(*file_, "the 64-bit directory is missing");
  const std::vector<uint8_t> locator = file_->read_at(end_offset - kLocatorSize, kLocatorSize);
  if (load_u32(locator, 0) != kLocatorSignature) broken(*file_, "the 64-bit directory is missing");
  const uint64_t offset = load_u64(locator, 8);
  if (!file_->holds(offset, kEnd64Size)) broken(*file_, "the 64-bit directory lies beyond the end");
  const std::vector<uint8_t> end = file_->read_at(offset, kEnd64Size);
  if (load_u32(end, 0) != kEnd64Signature) broken(*file_, "the 64-bit directory is missing");
  return {load_u64(end, 48), load_u64(end, 40), load_u64(end, 32)};
}

void ZipArchive::read_directory(const Directory& directory) {
  const std::vector<uint8_t> bytes = file_->read_at(directory.offset, directory.size);
  const std::span<const uint8_t> all(bytes);
  entries_.reserve(directory.count);
  size_t at = 0;
  for (uint64_t i = 0; i < directory.count; ++i) {
    if (bytes.size() - at < kEntrySize || load_u32(all, at) != kEntrySignature)
      broken(*file_, "entry " + std::to_string(i) + " of its directory is missing");
    const uint16_t flags = load_u16(all, at + 8), method = load_u16(all, at + 10);
    const size_t name = load_u16(all, at + 28), extra = load_u16(all, at + 30), comment = load_u16(all, at + 32);
    if (name + extra + comment > bytes.size() - at - kEntrySize) broken(*file_, "its directory ends in an entry");
    ZipEntry entry;
    entry.name.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at + kEntrySize),
                      bytes.begin() + static_cast<std::ptrdiff_t>(at + kEntrySize + name));
    entry.crc = load_u32(all, at + 16);
    uint64_t packed = load_u32(all, at + 20);
    entry.size = load_u32(all, at + 24);
    entry.header_offset = load_u32(all, at + 42);
    read_extra(all.subspan(at + kEntrySize + name, extra), entry.size, packed, entry.header_offset, *file_);
    entry.encrypted = (flags & 1U) != 0;
    entry.compressed = method != 0;
    if (!entry.compressed && !entry.encrypted && packed != entry.size)
      broken(*file_, "the two sizes of entry " + shown(entry.name) + " differ");
    entries_.push_back(std::move(entry));
    at += kEntrySize + name + extra + comment;
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!by_name_.emplace(entries_[i].name, i).second)
      broken(*file_, "two entries are called " + shown(entries_[i].name));
  }
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &entries_[found->second];
}

uint64_t ZipArchive::data_offset(const ZipEntry& entry) const {
  if (entry.compressed || entry.encrypted)
    throw DataError(file_->path(),
                    "its entry " + shown(entry.name) + " is " + (entry.encrypted ? "encrypted" : "compressed"),
                    "give the file as torch.save wrote it, not packed again");
  if (!file_->holds(entry.header_offset, kLocalSize))
    broken(*file_, "entry " + shown(entry.name) + " lies beyond the end");
  std::array<uint8_t, kLocalSize> header{};
  file_->read_at(entry.header_offset, header);
  if (load_u32(header, 0) != kLocalSignature) broken(*file_, "entry " + shown(entry.name) + " is not where it says");
  const uint64_t offset = entry.header_offset + kLocalSize + load_u16(header, 26) + load_u16(header, 28);
  if (!file_->holds(offset, entry.size)) broken(*file_, "entry " + shown(entry.name) + " lies beyond the end");
  return offset;
}

std::vector<uint8_t> ZipArchive::read(const ZipEntry& entry) const {
  std::vector<uint8_t> bytes = file_->read_at(data_offset(entry), entry.size);
  if (entry.crc != 0 && crc32(bytes) != entry.crc)
    throw DataError(file_->path(), "damaged: the checksum of " + shown(entry.name) + " is wrong",
                    "copy or download it again");
  return bytes;
}

}  // namespace vs::weights
