#include "tests/support/fake_gpu/device_pictures.h"

#include <utility>

#include "tests/support/fake_device/memory.h"

namespace vs::test {
namespace {

class Pictures final : public media::DevicePictures {
 public:
  explicit Pictures(std::unique_ptr<media::DevicePictures> emulated) : emulated_(std::move(emulated)) {}

  int64_t add(const media::DevicePicture& picture, std::shared_ptr<const void> owner) override {
    return emulated_->add(picture, std::move(owner));
  }
  media::Size size() const override { return emulated_->size(); }
  media::DeviceArray make(const media::PicturePlan& plan, std::span<const int64_t> order) override {
    media::DeviceArray array = emulated_->make(plan, order);
    array.values = static_cast<float*>(fake::address_on_device(array.values));
    return array;
  }
  std::vector<float> values_of(const media::DeviceArray& array, int64_t count) override {
    return emulated_->values_of({array.memory, static_cast<float*>(fake::address_on_host(array.values))}, count);
  }

 private:
  std::unique_ptr<media::DevicePictures> emulated_;
};

}  // namespace

std::unique_ptr<media::DevicePictures> FakePicturesMaker::make(const media::DevicePicture& first) const {
  return std::make_unique<Pictures>(emulated_.make(first));
}

}  // namespace vs::test
