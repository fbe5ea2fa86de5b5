#include "lib/weights/unpickler.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::weights {

PickleDocument Unpickler::run() {
  constexpr uint8_t kProtocol = 0x80, kStop = '.';
  if (take(1)[0] != kProtocol) malformed("it does not begin as a pickle of protocol 2 or later");
  if (const uint64_t protocol = take_number(1); protocol > 5) malformed(fmt::format("protocol {} unknown", protocol));
  for (;;) {
    const uint8_t opcode = take(1)[0];
    if (opcode == kStop) break;
    if (!run_opcode(opcode)) malformed(fmt::format("opcode 0x{:02x} unknown", opcode));
  }
  document_.root = pop();
  document_.bytes = bytes_.first(at_);
  return std::move(document_);
}

void Unpickler::malformed(const std::string& finding) const {
  throw DataError(path_, fmt::format("not a readable pickle: {} (at its byte {})", finding, at_));
}

std::span<const uint8_t> Unpickler::take(uint64_t count) {
  if (count > bytes_.size() - at_) throw PickleEnds{};
  const auto piece = bytes_.subspan(at_, count);
  at_ += count;
  return piece;
}

uint64_t Unpickler::take_number(size_t count) {
  const auto piece = take(count);
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= uint64_t{piece[i]} << (8 * i);
  return value;
}

std::string_view Unpickler::take_line() {
  constexpr size_t kLongest = 4096;
  const auto rest = bytes_.subspan(at_, std::min(kLongest, bytes_.size() - at_));
  const auto end = std::find(rest.begin(), rest.end(), static_cast<uint8_t>('\n'));
  if (end == rest.end()) {
    if (rest.size() < kLongest) throw PickleEnds{};
    malformed("a line is too long");
  }
  const auto length = static_cast<size_t>(end - rest.begin());
  at_ += length + 1;
  return {reinterpret_cast<const char*>(rest.data()), length};
}

void Unpickler::push(const PickleValue& value) {
  if (stack_.size() >= kMostOnStack) malformed("too many values at once");
  stack_.push_back(value);
}

PickleValue Unpickler::pop() {
  const PickleValue value = top();
  stack_.pop_back();
  return value;
}

PickleValue& Unpickler::top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) malformed("a value is missing");
  return stack_.back();
}

std::vector<PickleValue> Unpickler::pop_to_mark() {
  if (marks_.empty()) malformed("a mark is missing");
  const size_t mark = marks_.back();
  marks_.pop_back();
  return pop_many(stack_.size() - mark);
}

std::vector<PickleValue> Unpickler::pop_many(size_t count) {
  const size_t floor = marks_.empty() ? 0 : marks_.back();
  if (count > stack_.size() - floor) malformed("a value is missing");
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<PickleValue> values(first, stack_.end());
  stack_.erase(first, stack_.end());
  return values;
}

void Unpickler::remember(uint64_t index) {
  if (index >= std::min(bytes_.size(), kMostItems)) malformed(fmt::format("memo number {} is too large", index));
  if (index >= memo_.size()) memo_.resize(index + 1, PickleValue{PickleKind::kOpaque, PickleDocument::kNoGlobal, 0});
  memo_[index] = top();
}

void Unpickler::recall(uint64_t index) {
  if (index >= memo_.size()) malformed(fmt::format("memo number {} was not set", index));
  push(memo_[index]);
}

bool Unpickler::run_opcode(uint8_t opcode) {
  return run_memo(opcode) || run_constant(opcode) || run_container(opcode) || run_object(opcode);
}

bool Unpickler::run_memo(uint8_t opcode) {
  switch (opcode) {
    case 'q':  // BINPUT
      return remember(take_number(1)), true;
    case 'r':  // LONG_BINPUT
      return remember(take_number(4)), true;
    case 0x94:  // MEMOIZE
      return remember(memo_.size()), true;
    case 'h':  // BINGET
      return recall(take_number(1)), true;
    case 'j':  // LONG_BINGET
      return recall(take_number(4)), true;
    case '(':  // MARK
      if (marks_.size() >= kMostMarks) malformed("it is nested too deeply");
      return marks_.push_back(stack_.size()), true;
    case '0':  // POP
      if (!marks_.empty() && marks_.back() == stack_.size()) return marks_.pop_back(), true;
      return pop(), true;
    case '1':  // POP_MARK
      return pop_to_mark(), true;
    case '2':  // DUP
      return push(PickleValue(top())), true;
    case 0x95:  // FRAME: a hint how much to read ahead
      return take(8), true;
    case 0x98:  // READONLY_BUFFER
      return true;
    default:
      return false;
  }
}

bool Unpickler::run_constant(uint8_t opcode) {
  const auto push_int = [&](int64_t value) { push({PickleKind::kInt, 0, value}); };
  switch (opcode) {
    case 'N':  // NONE
      return push({}), true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      return push({PickleKind::kBool, 0, opcode == 0x88}), true;
    case 'K':  // BININT1
      return push_int(static_cast<int64_t>(take_number(1))), true;
    case 'M':  // BININT2
      return push_int(static_cast<int64_t>(take_number(2))), true;
    case 'J':  // BININT
      return push_int(static_cast<int32_t>(take_number(4))), true;
    case 'I':  // INT: Python 2 writes numbers of more than 32 bits so
      return push_int_line(), true;
    case 0x8a:  // LONG1
      return push_long(1), true;
    case 0x8b:  // LONG4
      return push_long(4), true;
    case 'G':  // BINFLOAT
      return push_real(), true;
    case 'U':   // SHORT_BINSTRING: text of Python 2
    case 0x8c:  // SHORT_BINUNICODE
      return push_text(PickleKind::kText, 1), true;
    case 'T':  // BINSTRING
    case 'X':  // BINUNICODE
      return push_text(PickleKind::kText, 4), true;
    case 0x8d:  // BINUNICODE8
      return push_text(PickleKind::kText, 8), true;
    case 'C':  // SHORT_BINBYTES
      return push_text(PickleKind::kBytes, 1), true;
    case 'B':  // BINBYTES
      return push_text(PickleKind::kBytes, 4), true;
    case 0x8e:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      return push_text(PickleKind::kBytes, 8), true;
    default:
      return false;
  }
}

void Unpickler::push_text(PickleKind kind, size_t length_bytes) {
  const uint64_t length = take_number(length_bytes);
  const size_t start = at_;
  if (length > UINT32_MAX) malformed("a text of more than 4 GB");
  take(length);
  push({kind, static_cast<uint32_t>(length), static_cast<int64_t>(start)});
}

void Unpickler::push_long(size_t length_bytes) {
  const auto digits = take(take_number(length_bytes));
  if (digits.size() > 8) return push({PickleKind::kOpaque, PickleDocument::kNoGlobal, 0});
  uint64_t value = !digits.empty() && (digits.back() & 0x80U) ? ~uint64_t{0} : 0;
  for (size_t i = digits.size(); i-- > 0;) value = (value << 8U) | digits[i];
  push({PickleKind::kInt, 0, static_cast<int64_t>(value)});
}

void Unpickler::push_int_line() {
  const std::string_view line = take_line();
  if (line == "00" || line == "01") return push({PickleKind::kBool, 0, line == "01"});
  const auto value = parse_integer(line);
  if (!value) malformed("a number is malformed");
  push({PickleKind::kInt, 0, *value});
}

void Unpickler::push_real() {
  uint64_t bits = 0;  // big-endian, unlike all else
  for (const uint8_t byte : take(sizeof bits)) bits = bits << 8U | byte;
  push({PickleKind::kReal, 0, static_cast<int64_t>(bits)});
}

void Unpickler::build() {
  const PickleValue state = pop();
  if (top().kind != PickleKind::kCall) return;
  charge(1);
  document_.objects[top().object].push_back(state);
}

void Unpickler::charge(size_t items) {
  num_items_ += items;
  if (num_items_ > std::min(2 * bytes_.size(), kMostItems)) malformed("its containers hold too many items");
}

PickleValue Unpickler::make(PickleKind kind, std::vector<PickleValue> items) {
  if (document_.objects.size() >= kMostObjects) malformed("too many containers");
  charge(items.size());
  document_.objects.push_back(std::move(items));
  return {kind, static_cast<uint32_t>(document_.objects.size() - 1), 0};
}

bool Unpickler::run_container(uint8_t opcode) {
  switch (opcode) {
    case ')':  // EMPTY_TUPLE
      return push(make(PickleKind::kTuple, {})), true;
    case ']':  // EMPTY_LIST
      return push(make(PickleKind::kList, {})), true;
    case '}':  // EMPTY_DICT
      return push(make(PickleKind::kDict, {})), true;
    case 0x8f:  // EMPTY_SET
      return push({PickleKind::kOpaque, PickleDocument::kNoGlobal, 0}), true;
    case 't':  // TUPLE
      return push(make(PickleKind::kTuple, pop_to_mark())), true;
    case 'l':  // LIST
      return push(make(PickleKind::kList, pop_to_mark())), true;
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      return push(make(PickleKind::kTuple, pop_many(opcode - 0x84U))), true;
    case 'a':  // APPEND
    {
      const auto items = pop_many(1);
      return append(top(), items, false), true;
    }
    case 's':  // SETITEM
    {
      const auto items = pop_many(2);
      return append(top(), items, true), true;
    }
    case 'e':   // APPENDS
    case 0x90:  // ADDITEMS, of a set
    {
      const auto items = pop_to_mark();
      return append(top(), items, false), true;
    }
    case 'u':  // SETITEMS
    {
      const auto items = pop_to_mark();
      return append(top(), items, true), true;
    }
    case 0x91:  // FROZENSET
      return pop_to_mark(), push({PickleKind::kOpaque, PickleDocument::kNoGlobal, 0}), true;
    default:
      return false;
  }
}

void Unpickler::append(const PickleValue& list, std::span<const PickleValue> items, bool pairs) {
  if (pairs && items.size() % 2 != 0) malformed("a key without a value");
  if (list.kind == PickleKind::kOpaque || list.kind == PickleKind::kCall)
    return;  // what an unknown object holds is not looked at
  if (list.kind != (pairs ? PickleKind::kDict : PickleKind::kList)) malformed("items for a value that holds none");
  charge(items.size());
  auto& target = document_.objects[list.object];
  target.insert(target.end(), items.begin(), items.end());
}

PickleValue Unpickler::make_global(std::string_view module, std::string_view name) {
  if (document_.globals.size() >= kMostObjects) malformed("too many classes");
  // A name may be said once and used often; the copies may not outgrow the file.
  constexpr size_t kSmall = 4096;
  class_text_ += module.size() + name.size();
  if (class_text_ > 2 * bytes_.size() + kSmall) malformed("its class names are too long");
  document_.globals.push_back(std::string(module) + "." + std::string(name));
  return {PickleKind::kGlobal, static_cast<uint32_t>(document_.globals.size() - 1), 0};
}

PickleValue Unpickler::make_opaque(const PickleValue& callee) const {
  const bool known = callee.kind == PickleKind::kGlobal || callee.kind == PickleKind::kOpaque;
  return {PickleKind::kOpaque, known ? callee.object : PickleDocument::kNoGlobal, 0};
}

bool Unpickler::run_object(uint8_t opcode) {
  switch (opcode) {
    case 'c':  // GLOBAL
    {
      const std::string_view module = take_line();
      return push(make_global(module, take_line())), true;
    }
    case 0x93:  // STACK_GLOBAL
    {
      const PickleValue name = pop(), module = pop();
      if (name.kind != PickleKind::kText || module.kind != PickleKind::kText) malformed("a class without a name");
      return push(make_global(document_.text(module), document_.text(name))), true;
    }
    case 'R':   // REDUCE
    case 0x81:  // NEWOBJ
    {
      const PickleValue arguments = pop(), callee = pop();
      return push(call(callee, arguments)), true;
    }
    case 0x92:  // NEWOBJ_EX
    {
      pop();  // keyword arguments
      const PickleValue arguments = pop(), callee = pop();
      return push(call(callee, arguments)), true;
    }
    case 'b':  // BUILD: attributes of an object, such as a state dict's _metadata
      return build(), true;
    case 'o':  // OBJ
    {
      const auto items = pop_to_mark();
      return push(make_opaque(items.empty() ? PickleValue{} : items.front())), true;
    }
    case 'i':  // INST
    {
      const std::string_view module = take_line();
      const PickleValue callee = make_global(module, take_line());
      return pop_to_mark(), push(make_opaque(callee)), true;
    }
    case 'Q':  // BINPERSID
      return push(make_storage(pop())), true;
    case 0x82:  // EXT1
      return take(1), push({PickleKind::kOpaque, PickleDocument::kNoGlobal, 0}), true;
    case 0x83:  // EXT2
      return take(2), push({PickleKind::kOpaque, PickleDocument::kNoGlobal, 0}), true;
    case 0x84:  // EXT4
      return take(4), push({PickleKind::kOpaque, PickleDocument::kNoGlobal, 0}), true;
    default:
      return false;
  }
}

}  // namespace vs::weights
