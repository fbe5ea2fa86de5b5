// Scalars for TensorBoard.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/descriptor.h"

namespace vs::train {

/// CRC-32C (Castagnoli, polynomial 0x82F63B78 reflected). crc32c("123456789") = 0xE3069283.
uint32_t crc32c(std::span<const uint8_t> bytes);

/// The name under which TensorBoard finds a file: "events.out.tfevents.1700000000.vs". A resumed run writes another
/// file; start_s, seconds since 1970, orders them.
std::string event_file_name(int64_t start_s);

/// An event file, being written: TFRecord frames of Event messages of protocol buffers, the first one naming the
/// format's version. An event is in the file when a call returns.
/// Source: TensorFlow's record_writer and event.proto, summary.proto.
class EventFile {
 public:
  /// Makes the file; one of that name is replaced. wall_time_s: seconds since 1970, here and below. resumed_at: the run
  /// goes on after this step; TensorBoard forgets what earlier files of the folder hold beyond it.
  /// Throws RunError if it cannot be written.
  EventFile(const std::string& path, double wall_time_s, std::optional<int64_t> resumed_at = {});

  /// Values of one step, in single precision; a tag such as "train/loss" makes a chart in the group "train". Throws
  /// RunError if the disk is full.
  void add_scalars(std::span<const std::pair<std::string, double>> values, int64_t step, double wall_time_s);

 private:
  void write_record(std::span<const uint8_t> data);

  std::string path_;
  Descriptor file_;
};

}  // namespace vs::train
