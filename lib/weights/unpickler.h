// The machine that read_pickle() runs; a header of this room.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/weights/pickle.h"

namespace vs::weights {

/// Thrown where the bytes end before the pickle does.
struct PickleEnds {};

/// Stack machine of the pickle opcodes. Limits: see kMost... below; a memo number must be below the number of bytes,
/// since picklers count up; all containers together may not hold more items than twice the bytes, so that one that is
/// copied again and again is refused.
class Unpickler {
 public:
  Unpickler(std::span<const uint8_t> bytes, const std::string& path, PickleCalls calls)
      : bytes_(bytes), path_(path), calls_(calls) {
    document_.bytes = bytes;
  }
  /// Runs to the STOP opcode. Throws PickleEnds or DataError.
  PickleDocument run();

 private:
  // Far above what a checkpoint needs, low enough that a hostile one of any size costs some 100 MB.
  static constexpr size_t kMostMarks = 10000;  // a pickler of Python stops at 1000 levels
  static constexpr size_t kMostOnStack = size_t{1} << 22;
  static constexpr size_t kMostObjects = size_t{1} << 22;  // containers, classes, tensors and storages each
  static constexpr size_t kMostItems = size_t{1} << 24;    // in all containers, and in the memo

  // Bytes.
  std::span<const uint8_t> take(uint64_t count);
  uint64_t take_number(size_t bytes);
  std::string_view take_line();
  [[noreturn]] void malformed(const std::string& finding) const;

  // The stack.
  void push(const PickleValue& value);
  PickleValue pop();
  PickleValue& top();
  std::vector<PickleValue> pop_to_mark();
  std::vector<PickleValue> pop_many(size_t count);
  void remember(uint64_t index);
  void recall(uint64_t index);

  // Values. Opcodes come in four groups; each returns false for an opcode that is not its own.
  bool run_opcode(uint8_t opcode);
  bool run_constant(uint8_t opcode);
  bool run_container(uint8_t opcode);
  bool run_memo(uint8_t opcode);
  bool run_object(uint8_t opcode);
  void push_text(PickleKind kind, size_t length_bytes);
  void push_long(size_t length_bytes);
  void push_int_line();
  void push_real();
  void build();
  PickleValue make(PickleKind kind, std::vector<PickleValue> items);
  PickleValue make_global(std::string_view module, std::string_view name);
  PickleValue make_opaque(const PickleValue& callee) const;
  void charge(size_t items);
  void append(const PickleValue& list, std::span<const PickleValue> items, bool pairs);

  // Calls (unpickler_calls.cc).
  PickleValue call(PickleValue callee, PickleValue arguments);
  PickleValue make_dict(const std::vector<PickleValue>& arguments);
  PickleValue make_tensor(const std::vector<PickleValue>& arguments, bool typed);
  PickleValue make_storage(const PickleValue& id);
  bool is_sequence(const PickleValue& value) const;
  std::string_view global_name(const PickleValue& value) const;

  std::span<const uint8_t> bytes_;
  const std::string& path_;
  PickleCalls calls_;
  size_t at_ = 0;
  size_t num_items_ = 0;
  size_t class_text_ = 0;  // bytes of all class names
  std::vector<PickleValue> stack_, memo_;
  std::vector<size_t> marks_;
  PickleDocument document_;
};

}  // namespace vs::weights
