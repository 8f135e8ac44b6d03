# make demo | test | build: each installs what is missing, builds, and runs.
.PHONY: build test demo

build:
	cmake --preset release && cmake --build --preset release
