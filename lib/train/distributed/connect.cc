#include "lib/train/distributed/connect.h"

#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
// The class is declared for those who have Gloo; its library is part of LibTorch, its headers are Debian's.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::train {
namespace {

using std::chrono::milliseconds;
using Store = c10::intrusive_ptr<c10d::Store>;

/// Bytes that are exchanged at once: gradients of many small layers in few messages.
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

class GlooRanks final : public Ranks {
 public:
  GlooRanks(const RankPlace& place, milliseconds timeout) : place_(place), timeout_(timeout) {
    meet();
    auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(place.master == "127.0.0.1" || place.master == "localhost"
                                   ? c10d::ProcessGroupGloo::createDeviceForHostname(place.master)
                                   : c10d::ProcessGroupGloo::createDefaultDevice());
    try {
      group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store_),
                                                           place.rank, place.size, options);
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }

  void sum(const std::vector<at::Tensor>& tensors) override {
    in_buckets(tensors, [&](at::Tensor& bucket) {
      std::vector<at::Tensor> one = {bucket};
      group_->allreduce(one)->wait(timeout_);
    });
  }

  void broadcast(const std::vector<at::Tensor>& tensors) override {
    in_buckets(tensors, [&](at::Tensor& bucket) {
      std::vector<at::Tensor> one = {bucket};
      group_->broadcast(one)->wait(timeout_);
    });
  }

  std::vector<at::Tensor> gather(const at::Tensor& tensor) override {
    std::vector<at::Tensor> own = {tensor.contiguous()};
    std::vector<std::vector<at::Tensor>> all(1);
    for (int i = 0; i < place_.size; ++i) all.front().push_back(at::empty_like(own.front()));
    guarded([&] { group_->allgather(all, own)->wait(timeout_); });
    return std::move(all.front());
  }

  void wait() override { sum({at::zeros({1})}); }

 private:
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
    std::map<at::ScalarType, std::vector<at::Tensor>> by_type;
    for (const auto& tensor : tensors) by_type[tensor.scalar_type()].push_back(tensor);
    for (const auto& [type, all] : by_type) {
      for (size_t begin = 0; begin < all.size();) {
        size_t end = begin;
        std::vector<at::Tensor> flat;
        for (int64_t bytes = 0; end < all.size() && (end == begin || bytes < kBucketBytes); ++end) {
          flat.push_back(all[end].detach().reshape({-1}));
          bytes += static_cast<int64_t>(all[end].nbytes());
        }
        at::Tensor bucket = at::cat(flat);
        guarded([&] { exchange(bucket); });
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
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

}  // namespace

std::unique_ptr<Ranks> connect_ranks(const RankPlace& place, milliseconds timeout) {
  return std::make_unique<GlooRanks>(place, timeout);
}

}  // namespace vs::train
