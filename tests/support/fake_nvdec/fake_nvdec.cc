#include "tests/support/fake_nvdec/fake_nvdec.h"

#include <dlfcn.h>

#include <stdexcept>

namespace vs::fake_nvdec {
namespace {

bool in_use = false;

void* load(const std::string& name) {
  // By its path; FFmpeg then asks by its name and is given what is loaded.
  void* library = dlopen((std::string(VS_FAKE_NVDEC_DIR) + "/" + name).c_str(), RTLD_NOW);
  if (!library) throw std::runtime_error(dlerror());
  return library;
}

}  // namespace

FakeNvdec::FakeNvdec(const std::vector<std::string>& videos) {
  if (in_use) throw std::logic_error("one fake NVDEC at a time");
  cuda_ = load("libcuda.so.1");
  cuvid_ = load("libnvcuvid.so.1");
  in_use = true;
  void* asked_for = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (asked_for) dlclose(asked_for);
  if (asked_for != cuda_) return;
  control_ = driver_function<FakeNvdecControl>("fake_nvdec_control")();
  reset();
  for (const std::string& video : videos) know(video);
}

FakeNvdec::~FakeNvdec() {
  if (is_loaded()) {
    reset();
    reinterpret_cast<FakeNvdecForget*>(dlsym(cuvid_, "fake_nvdec_forget"))();
  }
  in_use = false;
}

void FakeNvdec::reset() {
  const Control first;
  control_->devices = +first.devices;
  control_->takes_streams = +first.takes_streams;
  for (auto* call : {&control_->failing_create, &control_->failing_decode, &control_->failing_status,
                     &control_->failing_map, &control_->failing_download}) {
    *call = -1;
  }
  for (auto* count : {&control_->creates, &control_->decodes, &control_->maps, &control_->downloads,
                      &control_->decodes_of_device[0], &control_->decodes_of_device[1], &control_->misuses}) {
    *count = 0;
  }
}

void* FakeNvdec::symbol(const char* name) { return dlsym(cuda_, name); }

void FakeNvdec::know(const std::string& video) {
  reinterpret_cast<FakeNvdecKnow*>(dlsym(cuvid_, "fake_nvdec_know"))(video.c_str());
}

std::shared_ptr<const media::HardwareDevice> FakeNvdec::device(const std::string& name) {
  return media::HardwareDevice::open(name, "--hwaccel");
}

}  // namespace vs::fake_nvdec
