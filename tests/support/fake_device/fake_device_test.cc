#include "tests/support/fake_device/fake_device.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <doctest/doctest.h>

#include <thread>

#include "lib/nn/device.h"
#include "lib/nn/recorded_function.h"
#include "lib/train/loop/autocast.h"
#include "lib/train/loop/device_copy.h"
#include "tests/support/fake_device/memory.h"

namespace vs::test {
namespace {

at::Tensor numbers(at::IntArrayRef shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return at::arange(count, at::kFloat).sin().view(shape);
}

bool same(const at::Tensor& found, const at::Tensor& want) { return at::equal(found.to(at::kCPU), want); }

/// What f gives for tensors on the device is what it gives for those on the CPU, with the gradients by the first one.
template <class F>
void check_as_on_cpu(const FakeDevice& fake, const F& f, const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> here, there;
  for (const at::Tensor& input : inputs) {
    here.push_back(input.detach().clone());
    there.push_back(input.detach().to(fake.device()));
  }
  here[0].requires_grad_();
  there[0].requires_grad_();
  const at::Tensor want = f(here), found = f(there);
  CHECK((found.device() == fake.device()));
  CHECK((found.sizes() == want.sizes()));
  CHECK((found.strides() == want.strides()));
  CHECK(at::allclose(found.detach().to(at::kCPU), want.detach(), 0, 1e-6));
  want.square().sum().backward();
  found.square().sum().backward();
  CHECK((there[0].grad().device() == fake.device()));
  CHECK(at::allclose(there[0].grad().to(at::kCPU), here[0].grad(), 1e-5, 1e-6));
}

}  // namespace

TEST_CASE("memory that someone else gave the device is its own, and is given back with the last tensor of it") {
  const FakeDevice device;
  const int64_t before = FakeDevice::backend().memory(0).in_use;
  const at::Tensor host = numbers({2, 3});
  bool given_back = false;
  {
    at::Tensor there = at::from_blob(
        fake::address_on_device(host.data_ptr()), {2, 3}, [&](void*) { given_back = true; },
        at::device(device.device()).dtype(at::kFloat), device.device());
    const at::Tensor part = there.slice(1, 1, 3);
    CHECK(same(part, host.slice(1, 1, 3)));
    there.add_(1);
    CHECK(same(there, host));
    CHECK((fake::address_on_host(there.data_ptr()) == host.data_ptr()));
    CHECK((FakeDevice::backend().memory(0).in_use == before));
    there.reset();
    CHECK_FALSE(given_back);
  }
  CHECK(given_back);
}

TEST_CASE("operators compute what they compute on the CPU, with gradients") {
  using Inputs = std::vector<at::Tensor>;
  const FakeDevice fake;
  const at::Tensor x = numbers({2, 4, 6, 6}), kernel = numbers({8, 4, 3, 3}), eight = numbers({8}).abs() + 0.5;
  check_as_on_cpu(fake, [](const Inputs& in) { return in[0].transpose(1, 2).contiguous().slice(1, 1, 4) * 2 + 1; },
                  {x});
  check_as_on_cpu(fake, [](const Inputs& in) { return at::conv2d(in[0], in[1], in[2], 2, 1); }, {x, kernel, eight});
  check_as_on_cpu(fake,
                  [](const Inputs& in) {
                    return at::batch_norm(at::conv2d(in[0], in[1]), in[2], in[2], in[2].clone(), in[2].clone(), true,
                                          0.1, 1e-5, false);
                  },
                  {x, kernel, eight});
  check_as_on_cpu(fake, [](const Inputs& in) { return at::layer_norm(in[0], {6}); }, {x});
  check_as_on_cpu(fake, [](const Inputs& in) { return at::linear(in[0].flatten(0, 2), in[1]).softmax(1).log(); },
                  {x, numbers({5, 6})});
  check_as_on_cpu(fake, [](const Inputs& in) { return at::scaled_dot_product_attention(in[0], in[0], in[0]); }, {x});
  check_as_on_cpu(fake, [](const Inputs& in) { return at::max_pool2d(in[0], 2).relu(); }, {x});
  check_as_on_cpu(fake, [](const Inputs& in) { return at::upsample_bilinear2d(in[0], {3, 9}, false); }, {x});
  check_as_on_cpu(fake,
                  [](const Inputs& in) {
                    return at::cat({in[0], in[0].index_select(0, in[1])});
                  },
                  {x, at::tensor({1, 0, 1})});
  check_as_on_cpu(fake, [](const Inputs& in) { return at::gru_cell(in[0], in[1], in[2], in[3], in[4], in[4]); },
                  {numbers({3, 5}), numbers({3, 2}), numbers({6, 5}), numbers({6, 2}), numbers({6})});
  check_as_on_cpu(fake,
                  [](const Inputs& in) {
                    at::Tensor y = in[0].clone();
                    y.select(1, 0).zero_();
                    y.masked_fill_(y > 0.5, 3);
                    return at::where(y > 0, y, y * 0.5);
                  },
                  {x});
}

TEST_CASE("arguments written to are the ones given, and take the size that they get") {
  const FakeDevice fake;
  at::Tensor out = at::empty({0}, at::device(fake.device()));
  const at::Tensor a = numbers({4}).to(fake.device());
  at::add_out(out, a, a);
  CHECK(same(out, numbers({4}) * 2));
  CHECK(same(out.resize_({8}).narrow(0, 0, 4), numbers({4}) * 2));
  const at::Tensor row = out.narrow(0, 0, 4);
  CHECK(row.mul_(2).is_same(row));
  CHECK(same(out.narrow(0, 0, 4), numbers({4}) * 4));
  const std::vector<at::Tensor> list = {a.clone(), a.clone()};
  at::_foreach_mul_(list, 3);
  CHECK(same(list[1], numbers({4}) * 3));
  CHECK(same(at::arange(5, at::device(fake.device())), at::arange(5)));
}

TEST_CASE("devices do not mix, but for numbers where CUDA takes them") {
  const FakeDevice fake;
  const at::Tensor here = numbers({3}), there = here.to(fake.device());
  CHECK_THROWS_AS(there + here, c10::Error);
  CHECK_THROWS_AS(here + there, c10::Error);
  CHECK_THROWS_AS(here * there.sum(), c10::Error);
  CHECK_THROWS_AS(at::cat({there, here}), c10::Error);
  CHECK_THROWS_AS(there.index_select(0, at::tensor({0})), c10::Error);
  CHECK_THROWS_AS(at::cat({there.view({1, 3}), at::zeros({1, 3})}), c10::Error);
  CHECK_THROWS_AS(at::stack({there.sum(), at::scalar_tensor(1)}), c10::Error);
  CHECK_THROWS_AS(at::scalar_tensor(1).add_(there.sum()), c10::Error);
  CHECK_THROWS_AS(at::zeros({3}, there.options()).uniform_(0, 1, at::globalContext().defaultGenerator(at::kCPU)),
                  c10::Error);
  CHECK(same(there * at::scalar_tensor(2), here * 2));
  CHECK(same(there.index({at::tensor({2, 0})}), here.index({at::tensor({2, 0})})));
}

TEST_CASE("memory is counted") {
  const FakeDevice fake;
  const int64_t before = fake.backend().memory(0).in_use;
  fake.backend().reset_peak_memory(0);
  {
    const at::Tensor large = at::zeros({1000}, at::device(fake.device()));
    CHECK(fake.backend().memory(0).in_use == before + 4000);
    const at::Tensor view = large.narrow(0, 1, 10), sum = large + 1;
    CHECK(fake.backend().memory(0).in_use == before + 8000);
  }
  CHECK(fake.backend().memory(0).in_use == before);
  CHECK(fake.backend().memory(0).peak >= before + 8000);
}

TEST_CASE("page-locked memory and copies beside") {
  const FakeDevice fake;
  const train::DeviceCopier copier(fake.device());
  const at::Tensor here = at::empty({3}, copier.host_memory().dtype(at::kFloat)).copy_(numbers({3}));
  CHECK(here.is_pinned());
  CHECK(!numbers({3}).is_pinned());
  CHECK(same(copier.copy(here).take(), numbers({3})));
}

TEST_CASE("a replay computes from what its inputs hold then, with the numbers of the host as they were") {
  const FakeDevice fake;
  const at::Tensor x = numbers({4}).to(fake.device());
  at::Tensor state = at::zeros({4}, x.options()), y;
  double factor = 2;
  const auto graph = nn::try_to_record(fake.device(), [&] {
    state.add_(1);
    y = x * factor + at::scalar_tensor(factor);
  });
  REQUIRE(graph);
  CHECK(same(state, at::full({4}, 2.0F)));           // twice before; recording itself does nothing
  CHECK(y.to(at::kCPU).isnan().all().item<bool>());  // nor has it results
  factor = 5;
  graph->replay();
  CHECK(same(y, numbers({4}) * 2 + 2));
  CHECK(same(state, at::full({4}, 3.0F)));
  x.copy_(numbers({4}) + 1);
  graph->replay();
  CHECK(same(y, (numbers({4}) + 1) * 2 + 2));
}

TEST_CASE("what the host waits for cannot be recorded") {
  const FakeDevice fake;
  const at::Tensor x = numbers({4}).to(fake.device());
  const auto recorded = [&](const std::function<void()>& work) {
    return nn::try_to_record(fake.device(), work) != nullptr;
  };
  CHECK(recorded([&] { (void)x.sum(); }));
  CHECK(!recorded([&] { (void)x.sum().item<float>(); }));
  CHECK(!recorded([&] { (void)x.nonzero(); }));
  CHECK(!recorded([&] { (void)x.masked_select(x > 0); }));
  CHECK(!recorded([&] { (void)x.index({x > 0}); }));
  CHECK(!recorded([&] { (void)x.index({at::tensor({1})}); }));
  CHECK(!recorded([&] { (void)x.to(at::kCPU); }));
  CHECK(!recorded([&] { (void)numbers({4}).to(fake.device()); }));
  CHECK(!recorded([&] { (void)at::tensor({1, 2}, x.options()); }));
  CHECK(!recorded([&] { fake.backend().synchronize(0); }));
  CHECK(!recorded([&] {
    try {
      (void)x.sum().item<float>();
    } catch (const c10::Error&) {
    }
  }));
  CHECK(recorded([&] { x.index_put_({x > 0}, at::scalar_tensor(1, x.options())); }));
  CHECK((x.sum().item<float>() != 0));  // works again
}

TEST_CASE("copies from page-locked memory are recorded") {
  const FakeDevice fake;
  const at::Tensor host = at::empty({3}, at::TensorOptions().pinned_memory(true)).fill_(1);
  at::Tensor there;
  const auto graph = nn::try_to_record(fake.device(), [&] { there = host.to(fake.device(), at::kFloat, true) * 2; });
  REQUIRE(graph);
  host.fill_(7);
  graph->replay();
  CHECK(same(there, at::full({3}, 14.0F)));
}

TEST_CASE("forward and backward are recorded, the latter from its own thread") {
  const FakeDevice fake;
  const at::Tensor weight = numbers({5, 4, 3, 3}).to(fake.device()).requires_grad_();
  const at::Tensor x = numbers({2, 4, 8, 8}).to(fake.device());
  weight.mutable_grad() = at::zeros_like(weight);
  const auto graph = nn::try_to_record(fake.device(), [&] {
    weight.grad().zero_();
    at::conv2d(x, weight).square().mean().backward();
    const at::NoGradGuard without;
    weight.sub_(weight.grad());
  });
  REQUIRE(graph);
  const at::Tensor start = numbers({5, 4, 3, 3});
  {
    const at::NoGradGuard without;
    weight.copy_(start);
  }
  x.copy_(numbers({2, 4, 8, 8}) * 0.5);
  graph->replay();
  const at::Tensor want = start.clone().requires_grad_();
  at::conv2d(numbers({2, 4, 8, 8}) * 0.5, want).square().mean().backward();
  CHECK(at::allclose(weight.grad().to(at::kCPU), want.grad(), 1e-6, 1e-7));
  CHECK(at::allclose(weight.detach().to(at::kCPU), (want - want.grad()).detach(), 1e-6, 1e-7));
}

TEST_CASE("what other threads do on other streams is not recorded, and what is recorded does not wait for it") {
  const FakeDevice fake;
  const at::Tensor x = numbers({4}).to(fake.device());
  const train::DeviceCopier copier(fake.device());
  at::Tensor other, y;
  const auto graph = nn::try_to_record(fake.device(), [&] {
    std::thread([&] { other = copier.copy(numbers({4})).take().add_(x.sum().item<double>()); }).join();
    y = x + 1;
  });
  REQUIRE(graph);
  CHECK(!other.to(at::kCPU).isnan().any().item<bool>());
  train::ComingTensor coming = copier.copy(x);
  CHECK(!nn::try_to_record(fake.device(), [&] { (void)train::ComingTensor(coming).take(); }));
}

TEST_CASE("memory that was freed after recording is missed") {
  const FakeDevice fake;
  at::Tensor x = numbers({4}).to(fake.device()), y;
  const auto graph = nn::try_to_record(fake.device(), [&] { y = (x + 1) * 2; });
  REQUIRE(graph);
  graph->replay();
  x = at::Tensor();
  CHECK_THROWS_AS(graph->replay(), c10::Error);
}

TEST_CASE("functions are recorded at the second input of a shape") {
  const FakeDevice fake;
  nn::RecordedFunction recorded;
  int calls = 0;
  const auto twice = [&](const at::Tensor& x) {
    ++calls;
    return std::vector<at::Tensor>{x * 2, at::Tensor()};
  };
  const at::NoGradGuard without;
  for (int i = 0; i < 5; ++i) {
    const at::Tensor x = numbers({3}) + i;
    const auto found = recorded(x.to(fake.device()), twice);
    CHECK(same(found[0], x * 2));
    CHECK(!found[1].defined());
  }
  CHECK(calls == 4);  // the first, two before recording, and that
}

TEST_CASE("mixed precision casts as on a GPU") {
  const FakeDevice fake;
  const at::Tensor x = numbers({4, 4}).to(fake.device()).requires_grad_();
  const train::Autocast on(at::kPrivateUse1, at::kBFloat16);
  const at::Tensor y = at::matmul(x, x);
  CHECK((y.scalar_type() == at::kBFloat16));
  CHECK((y.softmax(1).scalar_type() == at::kFloat));
  y.sum().backward();
  CHECK((x.grad().scalar_type() == at::kFloat));
}

}  // namespace vs::test
