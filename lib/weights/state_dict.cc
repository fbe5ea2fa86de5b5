#include "lib/weights/state_dict.h"

#include <fmt/format.h>

#include <array>
#include <unordered_set>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::weights {
namespace {

constexpr std::array<std::string_view, 3> kWrappers{"state_dict", "model_state_dict", "model"};
// Storages of types that vs does not use; their size is needed to walk over them.
struct OtherStorage {
  std::string_view name, dtype;
  uint64_t size;
};
constexpr std::array<OtherStorage, 7> kOthers{{{"ComplexFloatStorage", "complex64", 8},
                                               {"ComplexDoubleStorage", "complex128", 16},
                                               {"QInt8Storage", "qint8", 1},
                                               {"QUInt8Storage", "quint8", 1},
                                               {"QInt32Storage", "qint32", 4},
                                               {"QUInt4x2Storage", "quint4x2", 1},
                                               {"QUInt2x4Storage", "quint2x4", 1}}};

std::string_view last_name(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

const OtherStorage* other_storage(const PickledStorage& storage, const PickleDocument& pickle) {
  for (const OtherStorage& other : kOthers) {
    if (last_name(pickle.globals[storage.type]) == other.name) return &other;
  }
  return nullptr;
}

class StateDictReader {
 public:
  StateDictReader(const PickleDocument& pickle, const StoragePlaces& places, const ByteFile& file,
                  CheckpointContent& content)
      : pickle_(&pickle), places_(&places), file_(&file), content_(&content) {}

  void run() {
    const PickleValue dict = find_dict();
    const auto& items = pickle_->items(dict);
    // Of two entries of one key the last one counts, as in Python.
    std::unordered_map<std::string_view, size_t> last;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      if (items[i].kind == PickleKind::kText) last[pickle_->text(items[i])] = i;
    }
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      if (items[i].kind == PickleKind::kText && last[pickle_->text(items[i])] == i)
        add(name_of_key(items[i]), items[i + 1]);
    }
    uint64_t total = 0;
    for (const StoredTensor& tensor : content_->tensors) total += tensor.info.size_bytes();
    // Tensors may share a storage, but a small file that unfolds to a huge one is an attack.
    constexpr uint64_t kMostSharing = 16, kSmall = 1 << 20;
    if (total / kMostSharing > file_->size() + kSmall)
      bad(fmt::format("its tensors unfold to {} from a file of {}", human_bytes(total), human_bytes(file_->size())));
  }

 private:
  [[noreturn]] void bad(const std::string& finding) const { throw DataError(file_->path(), finding); }

  bool holds_tensor(const PickleValue& dict) const {
    const auto& items = pickle_->items(dict);
    for (size_t i = 1; i < items.size(); i += 2) {
      if (items[i].kind == PickleKind::kTensor) return true;
    }
    return false;
  }

  PickleValue find_dict() {
    const PickleValue root = pickle_->root;
    if (root.kind == PickleKind::kOpaque)
      throw DataError(file_->path(), "holds a pickled " + shown(pickle_->class_of(root)) + ", not a state dict",
                      "save model.state_dict() instead of the model");
    if (root.kind != PickleKind::kDict)
      throw DataError(file_->path(), "holds no state dict", "save model.state_dict() with torch.save");
    for (const std::string_view wrapper : kWrappers) {
      const auto below = pickle_->find(root, wrapper);
      if (!below || below->kind != PickleKind::kDict || !holds_tensor(*below)) continue;
      content_->wrapper = wrapper;
      std::unordered_set<std::string_view> others;
      const auto& items = pickle_->items(root);
      for (size_t i = 0; i + 1 < items.size(); i += 2) {
        const auto key = items[i].kind == PickleKind::kText ? pickle_->text(items[i]) : std::string_view(wrapper);
        if (key != wrapper && others.insert(key).second)
          content_->skipped.push_back({shown(key), "beside the state dict"});
      }
      return *below;
    }
    if (!holds_tensor(root)) {
      std::string keys;
      constexpr size_t kShown = 8;
      const auto& items = pickle_->items(root);
      for (size_t i = 0; i < std::min(items.size(), 2 * kShown); i += 2) {
        if (items[i].kind == PickleKind::kText)
          keys += (keys.empty() ? "" : ", ") + shown(pickle_->text(items[i]).substr(0, 40));
      }
      throw DataError(file_->path(), "no tensor at its top level, nor under state_dict, model_state_dict or model",
                      keys.empty() ? "it is empty" : "its keys are " + keys);
    }
    return root;
  }

  std::string name_of_key(const PickleValue& key) const {
    const std::string_view name = pickle_->text(key);
    if (!is_valid_utf8(name)) bad("a tensor's name is not UTF-8: " + shown(name));
    return network_name(name);
  }

  void add(std::string name, const PickleValue& value) {
    if (value.kind != PickleKind::kTensor) {
      content_->skipped.push_back({std::move(name), "not a tensor"});
      return;
    }
    const PickledTensor& pickled = pickle_->tensors[value.object];
    const PickledStorage& storage = pickle_->storages[pickled.storage];
    StoredTensor tensor;
    const auto dtype = dtype_of(pickled, storage);
    if (!dtype) {
      content_->skipped.push_back({std::move(name), unused_type(pickled, storage) + " tensor"});
      return;
    }
    tensor.info = {std::move(name), *dtype, numbers(pickled.shape)};
    tensor.strides = numbers(pickled.strides);
    place(tensor, pickled, storage);
    content_->tensors.push_back(std::move(tensor));
  }

  std::optional<Dtype> dtype_of(const PickledTensor& pickled, const PickledStorage& storage) const {
    if (!storage.untyped) return storage.dtype;
    if (pickled.dtype_global == PickleDocument::kNoGlobal) return std::nullopt;
    return dtype_of_name(last_name(pickle_->globals[pickled.dtype_global]));
  }

  std::string unused_type(const PickledTensor& pickled, const PickledStorage& storage) const {
    if (const auto* other = other_storage(storage, *pickle_)) return std::string(other->dtype);
    const uint32_t global = pickled.dtype_global == PickleDocument::kNoGlobal ? storage.type : pickled.dtype_global;
    return shown(last_name(pickle_->globals[global]));
  }

  std::vector<int64_t> numbers(uint32_t object) const {
    const auto& items = pickle_->objects[object];
    if (items.size() > kMaxDimensions) bad(fmt::format("a tensor of {} dimensions", items.size()));
    std::vector<int64_t> values;
    for (const PickleValue& item : items) {
      if (item.kind != PickleKind::kInt) bad("a tensor's shape holds something that is no number");
      values.push_back(item.number);
    }
    return values;
  }

  /// Checks shape, strides and offset against the storage, and finds the bytes in the file.
  void place(StoredTensor& tensor, const PickledTensor& pickled, const PickledStorage& storage) const {
    const TensorInfo& info = tensor.info;
    const std::string what = fmt::format("tensor {} {}", shown(info.name), shape_text(info.shape));
    if (tensor.strides.size() != info.shape.size()) bad(what + ": its strides do not fit its shape");
    const auto size = checked_size_bytes(info.shape, info.dtype);
    const auto reach = checked_reach_bytes(info, tensor.strides);
    if (!size || !reach || pickled.offset < 0) bad(what + ": its shape, strides or offset overflow or are negative");
    // An expanded tensor (stride 0) may be larger than its storage, but not larger than what the file's size justifies.
    constexpr uint64_t kSmall = 1 << 16;
    if (*size > std::max(file_->size(), kSmall))
      bad(fmt::format("{}: {} in a file of {}", what, human_bytes(*size), human_bytes(file_->size())));
    if (is_contiguous(info.shape, tensor.strides)) tensor.strides.clear();
    if (*size == 0) return;

    const auto found = places_->find(storage.key);
    if (found == places_->end()) bad(what + ": its storage " + shown(storage.key) + " is not in the file");
    const StoragePlace& stored = found->second;
    const uint64_t element = size_of(info.dtype), per_number = storage.untyped ? 1 : element;
    // The view, in bytes: it lies in the storage as written, and the tensor lies in the view.
    uint64_t view_offset = 0, view_size = 0, offset = 0;
    if (__builtin_mul_overflow(storage.view_offset, per_number, &view_offset) ||
        __builtin_mul_overflow(storage.view_elements, per_number, &view_size) ||
        __builtin_mul_overflow(static_cast<uint64_t>(pickled.offset), element, &offset) || view_offset > stored.size ||
        view_size > stored.size - view_offset)
      bad(what + ": its storage " + shown(storage.key) + " is larger than the data in the file");
    if (offset > view_size || *reach > view_size - offset)
      bad(what + ": it reaches out of its storage " + shown(storage.key));
    tensor.file_offset = stored.offset + view_offset + offset;
    if (tensor.strides.empty() && *size == stored.size && stored.crc != 0) tensor.crc = stored.crc;
  }

  const PickleDocument* pickle_;
  const StoragePlaces* places_;
  const ByteFile* file_;
  CheckpointContent* content_;
};

}  // namespace

std::optional<uint64_t> element_size(const PickledStorage& storage, const PickleDocument& pickle) {
  if (storage.untyped) return 1;
  if (storage.dtype) return size_of(*storage.dtype);
  if (const auto* other = other_storage(storage, pickle)) return other->size;
  return std::nullopt;
}

void read_state_dict(const PickleDocument& pickle, const StoragePlaces& places, const ByteFile& file,
                     CheckpointContent& content) {
  StateDictReader(pickle, places, file, content).run();
}

}  // namespace vs::weights
