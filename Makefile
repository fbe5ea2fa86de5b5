# The few commands a person types. CMake does the building.
#   make          dependencies, then all programs in build/
#   make demo     ... and the main job on bundled videos; results in demo/
#   make test     ... and the whole test suite
#   make bench    ... and the benchmark against other tools
#   make install PREFIX=/usr/local [DESTDIR=]
#   make check    formatting, clang-tidy, who includes whom
#   make sanitize the test suite under AddressSanitizer and UBSan (in build-sanitize/)
#   make gpu-test   on a machine with a GPU, LibTorch and nvcc: the device half alone, and its tests
#   make gpu-bench  ... and its speed, against Python's torch
#   make gpu-pack   build/vs-gpu.tar.gz: what such a machine needs of this checkout
#   make clean

BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CMAKE_FLAGS ?=
CTEST_FLAGS ?=

.PHONY: all deps demo test bench install check sanitize gpu-build gpu-test gpu-bench gpu-pack clean format

all: $(BUILD)/CMakeCache.txt
	@cmake --build $(BUILD) --parallel $(JOBS)

deps:
	@share/install-dependencies.sh
	@share/fetch-libtorch.sh

$(BUILD)/CMakeCache.txt: | deps
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_INSTALL_PREFIX=$(PREFIX) $(CMAKE_FLAGS)

demo: all
	@examples/demo/demo.sh $(BUILD) demo
	@examples/bursts/demo.sh $(BUILD) demo/bursts

test: all
	@cd $(BUILD) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL ctest --output-on-failure --parallel $(JOBS) $(CTEST_FLAGS)

bench: all
	@examples/bench/bench.sh $(BUILD) $(BUILD)/bench
	@$${PYTHON:-python3} examples/bench/networks.py --build $(BUILD) --out $(BUILD)/bench
	@$${PYTHON:-python3} examples/bench/loader.py --build $(BUILD) --clips $(BUILD)/bench/clips --out $(BUILD)/bench
	@$${PYTHON:-python3} examples/bench/evaluation.py --build $(BUILD) --clips $(BUILD)/bench/clips --out $(BUILD)/bench

install: all
	@cmake --install $(BUILD) --prefix $(PREFIX)

check: all
	@tests/check.sh $(BUILD)

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format -i

sanitize: deps
	@cmake -S . -B build-sanitize -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DVS_SANITIZE=address,undefined -DVS_FUZZ=ON
	@cmake --build build-sanitize --parallel $(JOBS)
	@cd build-sanitize && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL ctest --output-on-failure --parallel $(JOBS) $(CTEST_FLAGS)

# Needs neither FFmpeg nor OpenCV nor HDF5, installs nothing, and takes whatever compiler is there.
gpu-build:
	@cmake -S . -B build-gpu $$(command -v ninja >/dev/null && echo -G Ninja) -DVS_MEDIA=OFF -DVS_CUDA=ON -DVS_WARNINGS_ARE_ERRORS=OFF $(CMAKE_FLAGS)
	@cmake --build build-gpu --parallel $(JOBS)

gpu-test: gpu-build
	@cd build-gpu && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL ctest --output-on-failure $(CTEST_FLAGS)

gpu-bench: gpu-build
	@$${PYTHON:-python3} examples/bench/gpu.py --build build-gpu --out build-gpu/bench

gpu-pack:
	@mkdir -p $(BUILD)
	@share/pack-for-gpu.sh $(BUILD)/vs-gpu.tar.gz $(BUILD)

clean:
	@rm -rf $(BUILD) $(BUILD)-subset build-sanitize build-gpu demo
