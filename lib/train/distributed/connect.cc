#include "lib/train/distributed/connect.h"

#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
// The class is declared for those who have Gloo; its library is part of LibTorch, its headers are Debian's.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/device.h"

namespace vs::train {
namespace {

using std::chrono::milliseconds;
using Store = c10::intrusive_ptr<c10d::Store>;

/// Bytes of one kind that are exchanged at once: gradients of many small layers in few messages.
constexpr int64_t kBucketBytes = int64_t{32} << 20;
/// How long a rank that has seen another one fail waits for the rest to say the same.
constexpr milliseconds kGrace{3000};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string in_words(const std::vector<int>& ranks) {
  std::vector<std::string> words;
  words.reserve(ranks.size());
  for (const int rank : ranks) words.push_back(std::to_string(rank));
  return fmt::format("{} {}", ranks.size() == 1 ? "rank" : "ranks", join(words, ", "));
}

/// What Gloo can send: the tensor itself on the CPU, else a copy in memory to which the device writes directly.
at::Tensor on_cpu(const at::Tensor& tensor) {
  if (tensor.is_cpu()) return tensor;
  return at::empty(tensor.sizes(), tensor.options().device(at::kCPU).pinned_memory(true)).copy_(tensor);
}

class ConnectedRanks final : public Ranks {
 public:
  ConnectedRanks(const RankPlace& place, milliseconds timeout, at::Device device) : place_(place), timeout_(timeout) {
    meet();
    auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(place.master == "127.0.0.1" || place.master == "localhost"
                                   ? c10d::ProcessGroupGloo::createDeviceForHostname(place.master)
                                   : c10d::ProcessGroupGloo::createDefaultDevice());
    try {
      group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store_),
                                                           place.rank, place.size, options);
      const nn::DeviceBackend* const backend = nn::backend_of(device);
      if (backend && has_device_alone(device)) {
        device_store_ = c10::make_intrusive<c10d::PrefixStore>("device", store_);
        devices_ = backend->connect(*device_store_, device.index(), place.rank, place.size, timeout);
      }
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }

  void sum(const std::vector<at::Tensor>& tensors) override {
    in_buckets(tensors, [&](at::Tensor& bucket) {
      if (goes_by_device(bucket)) return devices_->sum(bucket);
      std::vector<at::Tensor> one = {bucket};
      group_->allreduce(one)->wait(timeout_);
    });
  }

  void broadcast(const std::vector<at::Tensor>& tensors) override {
    in_buckets(tensors, [&](at::Tensor& bucket) {
      if (goes_by_device(bucket)) return devices_->broadcast(bucket);
      std::vector<at::Tensor> one = {bucket};
      group_->broadcast(one)->wait(timeout_);
    });
  }

  std::vector<at::Tensor> gather(const at::Tensor& tensor) override {
    std::vector<at::Tensor> own = {on_cpu(tensor.contiguous())};
    std::vector<std::vector<at::Tensor>> all(1);
    for (int i = 0; i < place_.size; ++i) all.front().push_back(at::empty_like(own.front()));
    guarded([&] { group_->allgather(all, own)->wait(timeout_); });
    for (at::Tensor& other : all.front()) other = other.to(tensor.device());
    return std::move(all.front());
  }

  void wait() override { sum({at::zeros({1})}); }

 private:
  bool goes_by_device(const at::Tensor& tensor) const { return devices_ && !tensor.is_cpu(); }

  /// Whether no rank shares its device with another: the devices' own way knows each once.
  bool has_device_alone(const at::Device& device) {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    const auto key = [](int rank) { return fmt::format("device/{}", rank); };
    const std::string own = fmt::format("{} {}", host.data(), device.str());
    store_->set(key(place_.rank), std::vector<uint8_t>(own.begin(), own.end()));
    std::set<std::string> all;
    for (int i = 0; i < place_.size; ++i) {
      const std::vector<uint8_t> other = store_->get(key(i));
      all.emplace(other.begin(), other.end());
    }
    return static_cast<int>(all.size()) == place_.size;
  }

  /// All ranks at the store of the first.
  void meet() {
    c10d::TCPStoreOptions options;
    options.port = place_.port;
    options.isServer = place_.rank == 0;
    options.numWorkers = static_cast<size_t>(place_.size);
    options.waitWorkers = false;
    options.timeout = timeout_;
    const std::string where = fmt::format("{}:{}", place_.master, place_.port);
    try {
      store_ = c10::make_intrusive<c10d::TCPStore>(place_.master, options);
      store_->set(here(place_.rank), std::vector<uint8_t>{1});
      std::vector<std::string> all;
      for (int i = 0; i < place_.size; ++i) all.push_back(here(i));
      store_->wait(all, timeout_);
    } catch (const std::exception& error) {
      if (!store_)
        throw RunError(where, fmt::format("rank {} cannot meet the others: {}", place_.rank, first_line(error.what())),
                       "is MASTER_PORT free on the first host, and reached from here?");
      throw RunError(where, fmt::format("{} did not come within {} s", in_words(absent("here")),
                                        std::chrono::duration_cast<std::chrono::seconds>(timeout_).count()));
    }
  }

  static std::string here(int rank) { return fmt::format("here/{}", rank); }

  /// Ranks that have not set such a key, as far as the store can tell.
  std::vector<int> absent(const std::string& what) {
    std::vector<int> gone;
    for (int i = 0; i < place_.size; ++i) {
      try {
        if (!store_->check({fmt::format("{}/{}", what, i)})) gone.push_back(i);
      } catch (const std::exception&) {
        return {0};  // the store itself lives in rank 0
      }
    }
    return gone;
  }

  /// Tells which ranks are gone: those that do not say, as this one, that something failed.
  [[noreturn]] void fail(const std::string& reason) {
    std::vector<int> gone;
    try {
      store_->set(fmt::format("failed/{}", place_.rank), std::vector<uint8_t>{1});
      std::this_thread::sleep_for(kGrace);
      gone = absent("failed");
    } catch (const std::exception&) {
      gone = {0};
    }
    throw RunError(fmt::format("rank {}", place_.rank),
                   gone.empty() ? "the ranks lost each other: " + first_line(reason)
                                : fmt::format("{} gone: {}", in_words(gone) + (gone.size() == 1 ? " is" : " are"),
                                              first_line(reason)),
                   "--resume goes on from the last checkpoint");
  }

  template <class Exchange>
  void guarded(const Exchange& exchange) {
    try {
      exchange();
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  template <class Exchange>
  void in_buckets(const std::vector<at::Tensor>& tensors, const Exchange& exchange) {
    std::map<std::pair<at::DeviceType, at::ScalarType>, std::vector<at::Tensor>> alike;
    for (const auto& tensor : tensors) alike[{tensor.device().type(), tensor.scalar_type()}].push_back(tensor);
    for (const auto& [kind, all] : alike) {
      for (size_t begin = 0; begin < all.size();) {
        size_t end = begin;
        std::vector<at::Tensor> flat;
        for (int64_t bytes = 0; end < all.size() && (end == begin || bytes < kBucketBytes); ++end) {
          flat.push_back(all[end].detach().reshape({-1}));
          bytes += static_cast<int64_t>(all[end].nbytes());
        }
        at::Tensor bucket = at::cat(flat);
        if (!goes_by_device(bucket)) bucket = on_cpu(bucket);
        guarded([&] { exchange(bucket); });
        bucket = bucket.to(all.front().device());
        int64_t at = 0;
        for (; begin < end; ++begin) {
          const at::Tensor target = all[begin].detach();
          target.copy_(bucket.narrow(0, at, target.numel()).view(target.sizes()));
          at += target.numel();
        }
      }
    }
  }

  RankPlace place_;
  milliseconds timeout_;
  Store store_;
  c10::intrusive_ptr<c10d::Backend> group_;
  Store device_store_;
  std::unique_ptr<nn::DeviceCollectives> devices_;  ///< null where tensors of devices go through the CPU
};

}  // namespace

std::unique_ptr<Ranks> connect_ranks(const RankPlace& place, milliseconds timeout, at::Device device) {
  return std::make_unique<ConnectedRanks>(place, timeout, device);
}

}  // namespace vs::train
