#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>

#include "thalweg/error.hpp"

namespace thalweg {

/// a * b, or nothing where that is more than a size can say.
inline std::optional<std::size_t> checked_product(std::size_t a, std::size_t b) {
    std::size_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

/// a + b, or nothing where that is more than a size can say.
inline std::optional<std::size_t> checked_sum(std::size_t a, std::size_t b) {
    std::size_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

/// "512 bytes", "1.5 GiB"
std::string memory_text(double bytes);

/// Throws Error{io}: "<what> needs 1.5 GiB of memory, which could not be had".
[[noreturn]] void throw_no_memory(const std::string& what, double bytes);

/// Bytes that this process could still get: what the machine has free, and no more than its control group may
/// use. Infinite where neither is known. Linux promises memory that it does not have and then kills whoever
/// touches it, so a failed allocation does not tell.
double available_memory();

/// Has this process keep what it frees, up to 128 MiB, for who asks next. Passes take and free matrices by
/// turns, and memory that goes back to the system meanwhile is cleared anew, page by page. For programs: it
/// changes the C library's settings. Does nothing where they are not glibc's.
void keep_freed_memory();

/// make(), with the failure to allocate turned into Error{io} that says what wanted how much memory.
template <class Make>
auto with_memory(const std::string& what, double bytes, const Make& make) {
    try {
        return make();
    } catch (const std::bad_alloc&) {
        throw_no_memory(what, bytes);
    } catch (const std::length_error&) {
        throw_no_memory(what, bytes);
    }
}

}  // namespace thalweg
