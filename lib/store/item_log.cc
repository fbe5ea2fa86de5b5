#include "lib/store/item_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/sha256.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::store {
namespace {

// A record: mark, length of the body, 16 hex digits of the body's SHA-256, body. The first record's body is the run
// key. A body of an item: length of the JSON part, JSON part, payload. Lengths are 8 bytes, little-endian. After the
// items there may be an end note: a body alike, told apart by its JSON part.
constexpr std::string_view kMark = "vsrecord";
constexpr std::string_view kEndWords = R"({"end": true})";
constexpr size_t kSumSize = 16;
constexpr size_t kHeadSize = kMark.size() + 8 + kSumSize;

std::string length_bytes(uint64_t value) {
  std::string bytes(8, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes;
}

uint64_t length_of(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 8; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string sum_of(std::string_view body) { return sha256_of_bytes(as_bytes(body)).substr(0, kSumSize); }

/// Modification time in nanoseconds; -1 for what is no plain file.
int64_t modified_ns(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return -1;
  return static_cast<int64_t>(status.st_mtim.tv_sec) * 1000000000 + status.st_mtim.tv_nsec;
}

}  // namespace

struct ItemLog::Impl {
  std::string path;
  int descriptor = -1;
  std::vector<uint64_t> ends;  ///< where the header and each item end
  std::string end_note;
  bool resumed = false;

  ~Impl() {
    if (descriptor >= 0) ::close(descriptor);
  }

  /// Opens and locks; tries again if the file was removed by its former owner in between.
  void open() {
    for (;;) {
      descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (descriptor < 0) throw RunError(path, std::string("cannot be written: ") + std::strerror(errno));
      // Shared disks may refuse locks altogether; that is not a second run.
      if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw RunError(path, "another run is writing this output");
      struct stat status {};
      if (::fstat(descriptor, &status) == 0 && status.st_nlink > 0) return;
      ::close(std::exchange(descriptor, -1));
    }
  }

  std::optional<std::string> read(uint64_t offset, uint64_t size) const {
    std::string bytes(size, '\0');
    uint64_t got = 0;
    while (got < size) {
      const ssize_t part = ::pread(descriptor, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
      if (part < 0 && errno == EINTR) continue;
      if (part < 0) throw RunError(path, std::string("cannot be read: ") + std::strerror(errno));
      if (part == 0) return std::nullopt;
      got += static_cast<uint64_t>(part);
    }
    return bytes;
  }

  uint64_t file_size() const {
    struct stat status {};
    ::fstat(descriptor, &status);
    return static_cast<uint64_t>(status.st_size);
  }

  /// The body of a whole record at `offset`, nothing if it is torn.
  std::optional<std::string> body_at(uint64_t offset, uint64_t size) const {
    if (offset + kHeadSize > size) return std::nullopt;
    const auto head = read(offset, kHeadSize);
    if (!head || !head->starts_with(kMark)) return std::nullopt;
    const uint64_t length = length_of(std::string_view(*head).substr(kMark.size()));
    if (length > size - offset - kHeadSize) return std::nullopt;
    auto body = read(offset + kHeadSize, length);
    if (!body || head->substr(kMark.size() + 8) != sum_of(*body)) return std::nullopt;
    return body;
  }

  uint64_t end() const { return ends.empty() ? 0 : ends.back(); }

  /// Puts a record behind the last item; returns where it ends.
  uint64_t put(std::string_view body) const {
    std::string record(kMark);
    record += length_bytes(body.size());
    record += sum_of(body);
    record += body;
    if (::lseek(descriptor, static_cast<off_t>(end()), SEEK_SET) < 0)
      throw RunError(path, std::string("cannot be written: ") + std::strerror(errno));
    write_all(descriptor, as_bytes(record), path);
    return end() + record.size();
  }

  void append(std::string_view body) { ends.push_back(put(body)); }

  void drop_end_note() {
    if (end_note.empty()) return;
    cut(end());
    end_note.clear();
  }

  void cut(uint64_t size) const {
    if (::ftruncate(descriptor, static_cast<off_t>(size)) != 0)
      throw RunError(path, std::string("cannot be written: ") + std::strerror(errno));
  }

  struct Record {
    LoggedItem item;
    int64_t modified_ns = -1;
  };

  Record record(uint64_t index) const {
    const auto body = body_at(ends[index], ends[index + 1]);
    const uint64_t length = body && body->size() >= 8 ? length_of(*body) : 0;
    if (!body || body->size() < 8 || length > body->size() - 8)
      throw DataError(path, "is damaged", "--force starts anew");
    const Json meta = parse_json(JsonText(path, body->substr(8, length)));
    Record record;
    record.item.index = index;
    if (meta.contains("reason")) record.item.reason = meta["reason"].get<std::string>();
    if (meta.contains("sha256")) {
      record.item.input = FileRecord{"", meta["size"].get<uint64_t>(), meta["sha256"].get<std::string>()};
      record.modified_ns = meta["modified_ns"].get<int64_t>();
    }
    record.item.payload = body->substr(8 + length);
    return record;
  }
};

ItemLog::ItemLog(std::string path, const Json& key, bool start_anew) : impl_(std::make_unique<Impl>()) {
  impl_->path = std::move(path);
  impl_->open();
  const uint64_t size = impl_->file_size();
  const auto header = start_anew ? std::nullopt : impl_->body_at(0, size);
  if (!header) {
    impl_->cut(0);
    impl_->append(json_line(key));
    return;
  }
  const JsonText text(impl_->path, *header);
  if (const auto found = first_difference(parse_json(text), key))
    throw UsageError(impl_->path, "a stopped run of other options or videos lies here: " + *found,
                     "give the same ones to go on with it, or --force to start anew");
  uint64_t end = kHeadSize + header->size();
  impl_->ends.push_back(end);
  const std::string end_head = length_bytes(kEndWords.size()) + std::string(kEndWords);
  while (const auto body = impl_->body_at(end, size)) {
    end += kHeadSize + body->size();
    if (body->starts_with(end_head)) {
      impl_->end_note = body->substr(end_head.size());
      break;
    }
    impl_->ends.push_back(end);
  }
  impl_->cut(end);
  impl_->resumed = impl_->ends.size() > 1;
}

ItemLog::ItemLog(ItemLog&&) noexcept = default;
ItemLog& ItemLog::operator=(ItemLog&&) noexcept = default;
ItemLog::~ItemLog() = default;

uint64_t ItemLog::size() const { return impl_->ends.size() - 1; }
bool ItemLog::resumed() const { return impl_->resumed; }

ItemRunResult ItemLog::result(const std::vector<Item>& items) const {
  ItemRunResult result;
  for (uint64_t i = 0; i < size(); ++i) {
    auto record = impl_->record(i);
    const Item& item = items.at(i);
    if (record.item.input) {
      FileRecord& input = *record.item.input;
      input.path = item.path;
      // Same size and time: the same file. Else its content decides.
      if (modified_ns(item.path) != record.modified_ns && file_record(item.path) != input)
        throw UsageError(item.path, "has changed since the run that was stopped", "--force starts anew");
      result.inputs.push_back(input);
    }
    if (record.item.reason) {
      ++result.counts.failed;
      result.failures.push_back({item.id, item.path, *record.item.reason});
    } else {
      ++result.counts.done;
    }
  }
  return result;
}

void ItemLog::for_each(const std::function<void(const LoggedItem&)>& visit) const {
  for (uint64_t i = 0; i < size(); ++i) visit(impl_->record(i).item);
}

void ItemLog::truncate(uint64_t size) {
  impl_->drop_end_note();
  if (size >= this->size()) return;
  impl_->ends.resize(size + 1);
  impl_->cut(impl_->ends.back());
}

void ItemLog::append(const LoggedItem& item) {
  if (item.index != size()) throw std::logic_error("a journal holds items in order");
  Json meta = Json::object();
  if (item.reason) meta["reason"] = utf8_or_escaped(*item.reason);
  if (item.input) {
    meta["size"] = item.input->size;
    meta["sha256"] = item.input->sha256;
    meta["modified_ns"] = modified_ns(item.input->path);
  }
  impl_->drop_end_note();
  const std::string words = json_line(meta);
  impl_->append(length_bytes(words.size()) + words + item.payload);
}

void ItemLog::set_end_note(const std::string& note) {
  if (note.empty()) throw std::logic_error("an end note says something");
  impl_->drop_end_note();
  impl_->put(length_bytes(kEndWords.size()) + std::string(kEndWords) + note);
  impl_->end_note = note;
}

const std::string& ItemLog::end_note() const { return impl_->end_note; }

void ItemLog::remove() {
  ::unlink(impl_->path.c_str());
  ::close(std::exchange(impl_->descriptor, -1));
}

}  // namespace vs::store
