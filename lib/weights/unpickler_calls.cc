// The calls that torch.save writes, recognised by name. No call is made: each becomes a value of ours.
#include <algorithm>
#include <array>

#include "lib/core/error.h"
#include "lib/weights/unpickler.h"

namespace vs::weights {
namespace {

bool is_dict_class(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames{"collections.OrderedDict", "collections.defaultdict",
                                                   "builtins.dict", "__builtin__.dict"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_size(const PickleValue& value) { return value.kind == PickleKind::kInt && value.number >= 0; }

}  // namespace

bool Unpickler::is_sequence(const PickleValue& value) const {
  return value.kind == PickleKind::kTuple || value.kind == PickleKind::kList;
}

std::string_view Unpickler::global_name(const PickleValue& value) const {
  return value.kind == PickleKind::kGlobal ? std::string_view(document_.globals[value.object]) : std::string_view();
}

PickleValue Unpickler::call(PickleValue callee, PickleValue arguments) {
  // A tensor of a subclass wraps the call in another one: (function, type, arguments, state).
  constexpr int kDeepestWrap = 4;
  for (int depth = 0;; ++depth) {
    if (!is_sequence(arguments)) return make_opaque(callee);
    const std::string_view name = global_name(callee);
    // A copy, since making a value may move the containers; no call that is known has more than eight arguments.
    const auto& all = document_.objects[arguments.object];
    const std::vector<PickleValue> values(all.begin(),
                                          all.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(8, all.size())));
    if (is_dict_class(name)) return make_dict(values);
    if (calls_ == PickleCalls::kKept) return make(PickleKind::kCall, {callee, arguments});
    if (name == "torch._utils._rebuild_tensor" || name == "torch._utils._rebuild_tensor_v2")
      return make_tensor(values, false);
    if (name == "torch._utils._rebuild_tensor_v3") return make_tensor(values, true);
    if (name == "torch._utils._rebuild_parameter" || name == "torch._utils._rebuild_parameter_with_state")
      return values.empty() ? make_opaque(callee) : values[0];
    if (name == "torch.Size") return !values.empty() && is_sequence(values[0]) ? values[0] : make_opaque(callee);
    const bool wrapped = name == "torch._tensor._rebuild_from_type_v2" || name == "torch._tensor._rebuild_from_type";
    if (!wrapped || values.size() < 3 || depth == kDeepestWrap) return make_opaque(callee);
    callee = values[0];
    arguments = values[2];
  }
}

PickleValue Unpickler::make_dict(const std::vector<PickleValue>& arguments) {
  std::vector<PickleValue> items;
  // Python 2 writes OrderedDict([[key, value], ...]).
  if (arguments.size() == 1 && is_sequence(arguments[0])) {
    const auto& pairs = document_.objects[arguments[0].object];
    // Charged before it is copied: a list that is used again and again must not cost its length each time.
    charge(2 * pairs.size());
    for (const PickleValue& pair : pairs) {
      if (!is_sequence(pair) || document_.objects[pair.object].size() != 2) malformed("a key without a value");
      items.push_back(document_.objects[pair.object][0]);
      items.push_back(document_.objects[pair.object][1]);
    }
  } else if (arguments.size() == 1 && arguments[0].kind == PickleKind::kDict) {
    items = document_.objects[arguments[0].object];
  }
  return make(PickleKind::kDict, std::move(items));
}

PickleValue Unpickler::make_tensor(const std::vector<PickleValue>& arguments, bool typed) {
  // (storage, offset, shape, strides, requires_grad, hooks), and the type after them where the storage is untyped.
  constexpr size_t kFewest = 4, kDtype = 6;
  if (arguments.size() < (typed ? kDtype + 1 : kFewest) || arguments[0].kind != PickleKind::kStorage ||
      arguments[1].kind != PickleKind::kInt || !is_sequence(arguments[2]) || !is_sequence(arguments[3]))
    malformed("a tensor is malformed");
  if (document_.tensors.size() >= kMostObjects) malformed("too many tensors");
  PickledTensor tensor{arguments[0].object, arguments[1].number, arguments[2].object, arguments[3].object,
                       PickleDocument::kNoGlobal};
  if (typed && arguments[kDtype].kind == PickleKind::kGlobal) tensor.dtype_global = arguments[kDtype].object;
  document_.tensors.push_back(tensor);
  return {PickleKind::kTensor, static_cast<uint32_t>(document_.tensors.size() - 1), 0};
}

PickleValue Unpickler::make_storage(const PickleValue& id) {
  // ("storage", class, key, device, number of elements[, view]); anything else is none of ours.
  if (id.kind != PickleKind::kTuple) return make_opaque({});
  const auto& items = document_.objects[id.object];
  if (items.size() < 5 || items[0].kind != PickleKind::kText || document_.text(items[0]) != "storage")
    return make_opaque(items.size() > 1 ? items[1] : PickleValue{});
  if (items[1].kind != PickleKind::kGlobal || items[2].kind != PickleKind::kText || !is_size(items[4]))
    malformed("a storage is malformed");
  if (document_.storages.size() >= kMostObjects) malformed("too many storages");
  PickledStorage storage;
  storage.key = document_.text(items[2]);
  storage.type = items[1].object;
  const std::string_view type = document_.globals[items[1].object];
  storage.untyped = type == "torch.storage.UntypedStorage" || type == "torch.UntypedStorage";
  if (type.starts_with("torch.")) storage.dtype = dtype_of_storage(type.substr(type.rfind('.') + 1));
  storage.num_elements = static_cast<uint64_t>(items[4].number);
  storage.view_elements = storage.num_elements;
  if (items.size() > 5 && is_sequence(items[5])) {
    const auto& view = document_.objects[items[5].object];
    if (view.size() != 3 || !is_size(view[1]) || !is_size(view[2])) malformed("a storage is malformed");
    storage.view_offset = static_cast<uint64_t>(view[1].number);
    storage.view_elements = static_cast<uint64_t>(view[2].number);
  }
  document_.storages.push_back(storage);
  return {PickleKind::kStorage, static_cast<uint32_t>(document_.storages.size() - 1), 0};
}

}  // namespace vs::weights
