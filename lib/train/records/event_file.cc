#include "lib/train/records/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace vs::train {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) ? (value >> 1U) ^ 0x82F63B78U : value >> 1U;
    table[byte] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = make_table();

/// Sums of records are turned and shifted, so that a sum over bytes that hold sums still tells something.
uint32_t masked_crc32c(std::span<const uint8_t> bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U; }

template <class Unsigned>
void add_fixed(Bytes& bytes, Unsigned value) {
  for (size_t i = 0; i < sizeof value; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

/// Fields of protocol buffers: a number and how the value is written.
enum class Wire : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void add_varint(Bytes& bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7U) bytes.push_back(static_cast<uint8_t>(value | 0x80U));
  bytes.push_back(static_cast<uint8_t>(value));
}

void add_key(Bytes& bytes, uint8_t field, Wire wire) {
  bytes.push_back(static_cast<uint8_t>(field << 3U | static_cast<uint8_t>(wire)));
}

void add_bytes(Bytes& bytes, uint8_t field, std::span<const uint8_t> value) {
  add_key(bytes, field, Wire::kBytes);
  add_varint(bytes, value.size());
  bytes.insert(bytes.end(), value.begin(), value.end());
}

void add_text(Bytes& bytes, uint8_t field, std::string_view value) {
  add_bytes(bytes, field, {reinterpret_cast<const uint8_t*>(value.data()), value.size()});
}

/// Event: wall_time = 1, step = 2 (left out where it is 0, as protocol buffers do), then what it is.
Bytes event_at(double wall_time_s, int64_t step) {
  Bytes event;
  add_key(event, 1, Wire::kFixed64);
  add_fixed(event, std::bit_cast<uint64_t>(wall_time_s));
  if (step != 0) {
    add_key(event, 2, Wire::kVarint);
    add_varint(event, static_cast<uint64_t>(step));
  }
  return event;
}

constexpr uint8_t kEventFileVersion = 3, kEventSummary = 5, kEventSessionLog = 7;
constexpr uint8_t kSummaryValue = 1, kValueTag = 1, kValueSimple = 2;
constexpr uint8_t kSessionStatus = 1, kSessionStart = 1;

}  // namespace

uint32_t crc32c(std::span<const uint8_t> bytes) {
  uint32_t crc = 0xFFFFFFFFU;
  for (const uint8_t byte : bytes) crc = (crc >> 8U) ^ kTable[(crc ^ byte) & 0xFFU];
  return ~crc;
}

std::string event_file_name(int64_t start_s) { return fmt::format("events.out.tfevents.{:010}.vs", start_s); }

EventFile::EventFile(const std::string& path, double wall_time_s, std::optional<int64_t> resumed_at)
    : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (!file_.is_open()) throw RunError(path_, std::string("cannot be written: ") + std::strerror(errno));
  Bytes first = event_at(wall_time_s, 0);
  add_text(first, kEventFileVersion, "brain.Event:2");
  write_record(first);
  if (!resumed_at) return;
  // The start of a session: what is there from this step on is of a run that was stopped.
  Bytes session = event_at(wall_time_s, *resumed_at + 1), status;
  add_key(status, kSessionStatus, Wire::kVarint);
  add_varint(status, kSessionStart);
  add_bytes(session, kEventSessionLog, status);
  write_record(session);
}

void EventFile::add_scalars(std::span<const std::pair<std::string, double>> values, int64_t step, double wall_time_s) {
  if (values.empty()) return;
  Bytes summary;
  for (const auto& [tag, number] : values) {
    Bytes value;
    add_text(value, kValueTag, tag);
    add_key(value, kValueSimple, Wire::kFixed32);
    add_fixed(value, std::bit_cast<uint32_t>(static_cast<float>(number)));
    add_bytes(summary, kSummaryValue, value);
  }
  Bytes event = event_at(wall_time_s, step);
  add_bytes(event, kEventSummary, summary);
  write_record(event);
}

void EventFile::write_record(std::span<const uint8_t> data) {
  Bytes record;
  add_fixed(record, uint64_t{data.size()});
  add_fixed(record, masked_crc32c(record));
  record.insert(record.end(), data.begin(), data.end());
  add_fixed(record, masked_crc32c(data));
  write_all(file_.get(), record, path_);
}

}  // namespace vs::train
