# The few commands a person types. CMake does the building.
#   make          dependencies, then all programs in build/
#   make demo     ... and the main job on bundled videos; results in demo/
#   make test     ... and the whole test suite
#   make bench    ... and the benchmark against other tools
#   make install PREFIX=/usr/local [DESTDIR=]
#   make check    formatting, clang-tidy, who includes whom
#   make sanitize the test suite under AddressSanitizer and UBSan (in build-sanitize/)
#   make clean

BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CMAKE_FLAGS ?=
CTEST_FLAGS ?=

.PHONY: all deps demo test bench install check sanitize clean format

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

clean:
	@rm -rf $(BUILD) build-sanitize demo
