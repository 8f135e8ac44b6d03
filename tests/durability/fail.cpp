// A library for LD_PRELOAD that makes one call fail: with THALWEG_FAIL="write:3" the third write to a file,
// counted over all threads. With THALWEG_COUNT=FILE the number of calls of each kind is written there at the
// end. Kinds: write (a full disk), fsync, rename, open (to read or to write), alloc (malloc and its kin),
// mmap (memory that an allocator of its own asks for). Only calls from main on count, and none on threads
// that Arrow made: what is thrown there no caller can catch.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdio>

namespace {

enum Kind { kWrite, kFsync, kRename, kOpen, kAlloc, kMmap, kKinds };
constexpr const char* kNames[kKinds] = {"write", "fsync", "rename", "open", "alloc", "mmap"};

std::atomic<long> counts[kKinds];
int failing_kind = -1;
long failing_call = 0;
std::atomic<bool> in_main{false};

thread_local bool is_arrows = false;

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// True where this call is the one that is to fail.
bool fails(Kind kind) {
    if (!in_main.load(std::memory_order_relaxed) || is_arrows) return false;
    const long number = 1 + counts[kind].fetch_add(1, std::memory_order_relaxed);
    return kind == failing_kind && number == failing_call;
}

/// Messages on standard error are none of the files that are written.
bool is_file(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

/// Whether a std::thread was made by Arrow: the type of what it runs is that library's.
bool is_of_arrow(void* argument) {
    Dl_info info;
    return argument != nullptr && dladdr(*static_cast<void**>(argument), &info) != 0 &&
           info.dli_fname != nullptr && strstr(info.dli_fname, "libarrow") != nullptr;
}

struct ThreadStart {
    void* (*routine)(void*);
    void* argument;
};

void* run_arrows_thread(void* given) {
    is_arrows = true;
    const ThreadStart start = *static_cast<ThreadStart*>(given);
    free(given);
    return start.routine(start.argument);
}

void write_counts() {
    in_main = false;
    const char* path = getenv("THALWEG_COUNT");
    if (path == nullptr) return;
    FILE* file = fopen(path, "w");
    if (file == nullptr) return;
    for (int kind = 0; kind < kKinds; ++kind) fprintf(file, "%s %ld\n", kNames[kind], counts[kind].load());
    fclose(file);
}

}  // namespace

extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
    if (fails(kAlloc)) return errno = ENOMEM, nullptr;
    return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
    if (fails(kAlloc)) return errno = ENOMEM, nullptr;
    return __libc_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
    if (fails(kAlloc)) return errno = ENOMEM, nullptr;
    return __libc_realloc(memory, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
    if (fails(kAlloc)) return errno = ENOMEM, nullptr;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, size_t alignment, size_t size) {
    if (fails(kAlloc)) return ENOMEM;
    *memory = __libc_memalign(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
    static const auto real = next<ssize_t(int, const void*, size_t)>("write");
    if (is_file(descriptor) && fails(kWrite)) return errno = ENOSPC, -1;
    return real(descriptor, bytes, size);
}

int fsync(int descriptor) {
    static const auto real = next<int(int)>("fsync");
    if (fails(kFsync)) return errno = EIO, -1;
    return real(descriptor);
}

int rename(const char* from, const char* to) {
    static const auto real = next<int(const char*, const char*)>("rename");
    if (fails(kRename)) return errno = EIO, -1;
    return real(from, to);
}

int open(const char* path, int flags, ...) {
    static const auto real = next<int(const char*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (fails(kOpen)) return errno = EMFILE, -1;
    return real(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open(path, flags, mode);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) {
    using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto real = next<Create>("pthread_create");
    if (!is_of_arrow(argument)) return real(thread, attributes, routine, argument);
    auto* start = static_cast<ThreadStart*>(__libc_malloc(sizeof(ThreadStart)));
    *start = {routine, argument};
    return real(thread, attributes, run_arrows_thread, start);
}

FILE* fopen(const char* path, const char* mode) {
    static const auto real = next<FILE*(const char*, const char*)>("fopen");
    if (fails(kOpen)) return errno = EMFILE, nullptr;
    return real(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
    return fopen(path, mode);
}

void* mmap(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) {
    static const auto real = next<void*(void*, size_t, int, int, int, off_t)>("mmap");
    if ((flags & MAP_ANONYMOUS) != 0 && fails(kMmap)) return errno = ENOMEM, MAP_FAILED;
    return real(address, size, protection, flags, descriptor, offset);
}

/// Runs the program between the two: what comes before and after is not the program's.
int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
    static int (*program)(int, char**, char**);
    program = main;
    using Start = int(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*);
    const auto counted = [](int count, char** words, char** environment) {
        in_main = true;
        const int status = program(count, words, environment);
        write_counts();
        return status;
    };
    if (const char* text = getenv("THALWEG_FAIL"); text != nullptr)
        if (const char* colon = strchr(text, ':'); colon != nullptr) {
            for (int kind = 0; kind < kKinds; ++kind)
                if (strlen(kNames[kind]) == static_cast<size_t>(colon - text) &&
                    strncmp(kNames[kind], text, static_cast<size_t>(colon - text)) == 0)
                    failing_kind = kind;
            failing_call = strtol(colon + 1, nullptr, 10);
        }
    return next<Start>("__libc_start_main")(counted, argc, argv, init, fini, rtld_fini, stack_end);
}

}  // extern "C"
