#pragma once

#include <cstddef>

namespace thalweg::test {

/// What the whole program has allocated by `new` so far. Under a sanitizer, which allocates in its own way,
/// always 1, so that a comparison of two counts holds.
std::size_t allocations();

}  // namespace thalweg::test
