#pragma once

// THALWEG_SANITIZED: memory is AddressSanitizer's or ThreadSanitizer's. GCC says so by macros, clang by
// features.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define THALWEG_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define THALWEG_SANITIZED
#endif
#endif
