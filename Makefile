# Each of these installs what is missing first; a second run does no needless work.
BUILD := build/release

.PHONY: help build demo test test-sanitized sanitize fuzz valgrind coverage bench bench-insight bench-checkpoints bench-peers bench-accuracy format check-format tidy install clean bootstrap-check

help:
	@echo "make demo      build, train on film ratings and on images of digits, and show what was learnt"
	@echo "make test      build and run every test"
	@echo "make test-sanitized  the threads', the engine's and the training loop's tests and the Python package's under sanitizers, and make fuzz"
	@echo "make sanitize  every test under them"
	@echo "make fuzz      every parser under libFuzzer, TIME=60 seconds each"
	@echo "make valgrind  the program's main paths under valgrind"
	@echo "make coverage  every test once more, and which lines of src/ they ran"
	@echo "make build     build the program, $(BUILD)/thalweg"
	@echo "make bench     time the engine on this machine; make bench-peers also PyTorch, scikit-learn and JAX;"
	@echo "               make bench-insight what --report, --log and --tensorboard cost a training;"
	@echo "               make bench-checkpoints what --checkpoint costs one of some minutes (an hour)"
	@echo "make bench-accuracy  scores beside those of scikit-learn and XGBoost (DATA=folder MINUTES=n PARITY=1)"
	@echo "make install   install program, library, headers and CMake package (PREFIX=/usr/local)"
	@echo "make format    format the code; make check-format only looks"
	@echo "make tidy      static analysis with clang-tidy"
	@echo "make clean     remove what was built"

$(BUILD)/build.ninja: CMakeLists.txt CMakePresets.json
	scripts/bootstrap
	cmake --preset release

bootstrap-check:
	@scripts/bootstrap

build: bootstrap-check $(BUILD)/build.ninja
	cmake --build --preset release --target thalweg_cli

demo: build
	scripts/demo $(BUILD)/thalweg

test: bootstrap-check $(BUILD)/build.ninja
	cmake --build --preset release
	ctest --preset release

# Fuzzers need clang; the sanitized tests are built by it too, so that both are linked from the same objects.
CLANG := clang-14 libclang-rt-14-dev
TIME := 60

# What runs on threads and writes to memory of its own making: AddressSanitizer with UBSan, then ThreadSanitizer; and what
# anything may come into, the Python package and every parser, with the first.
test-sanitized: bootstrap-check
	@scripts/bootstrap $(CLANG)
	cmake --preset asan
	cmake --build --preset asan --target core_tests engine_tests train_tests _thalweg python_modules fuzzers
	ctest --preset asan -R '^(core|engine|train)\.'
	tests/python/run_sanitized
	scripts/fuzz $(TIME)
	cmake --preset tsan
	cmake --build --preset tsan --target core_tests engine_tests train_tests
	ctest --preset tsan -R '^(core|engine|train)\.'

# Every test under each of them; CI has no time for that.
sanitize: bootstrap-check
	@scripts/bootstrap $(CLANG)
	for sanitizer in asan tsan; do \
	    cmake --preset $$sanitizer && cmake --build --preset $$sanitizer && ctest --preset $$sanitizer || exit 1; \
	done

fuzz: bootstrap-check
	@scripts/bootstrap $(CLANG)
	cmake --preset asan
	cmake --build --preset asan --target fuzzers
	scripts/fuzz $(TIME)

valgrind: build
	@scripts/bootstrap valgrind
	scripts/valgrind $(BUILD)/thalweg

coverage: bootstrap-check
	cmake --preset coverage
	cmake --build --preset coverage
	ctest --preset coverage
	scripts/coverage

bench: bootstrap-check $(BUILD)/build.ninja
	cmake --build --preset release --target thalweg-bench
	for threads in $$(printf '%s\n' 1 $$(nproc) | uniq); do $(BUILD)/thalweg-bench --threads $$threads || exit 1; done

bench-insight: bootstrap-check $(BUILD)/build.ninja
	cmake --build --preset release --target thalweg_cli
	bench/insight.py $(BUILD)/thalweg tests/data/tables

bench-checkpoints: bootstrap-check $(BUILD)/build.ninja
	cmake --build --preset release --target thalweg_cli
	bench/checkpoints.py $(BUILD)/thalweg tests/data/tables --rounds 3

# TABLES=folder trains on the public tables there instead of the project's own.
bench-peers: bootstrap-check $(BUILD)/build.ninja
	@scripts/bootstrap python3-dev
	cmake --build --preset release --target thalweg_cli thalweg-bench
	bench/peers/run $(BUILD) $(if $(TABLES),--tables $(TABLES))

# DATA=folder has public tables; MINUTES=n stops after n minutes, and the next call goes on; PARITY=1 also trains what the
# authors of RealMLP and TabM have published. What was measured stays in bench/accuracy/results.json.
bench-accuracy: bootstrap-check $(BUILD)/build.ninja
	cmake --build --preset release --target thalweg_cli
	PARITY=$(PARITY) bench/accuracy/run $(BUILD) $(if $(DATA),--data $(DATA)) $(if $(MINUTES),--minutes $(MINUTES))

PREFIX := /usr/local
install: build
	cmake --install $(BUILD) --prefix $(PREFIX)

sources := find src include python tests bench examples fuzz -name '*.h' -o -name '*.hpp' -o -name '*.cpp'

format:
	$(sources) | xargs clang-format -i

check-format:
	$(sources) | xargs clang-format --dry-run -Werror

tidy: build
	@scripts/bootstrap clang-tidy
	find src -name '*.cpp' | sort | xargs -n 1 -P 2 clang-tidy -p $(BUILD) --quiet --extra-arg=-Wno-unknown-warning-option

clean:
	rm -rf build
