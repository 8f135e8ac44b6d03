#include "core/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "core/memory.h"
#include "thalweg/choice.hpp"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

namespace fs = std::filesystem;

/// "no space left on device": the system's words, in our lower case.
std::string reason_of(int error_number) {
    std::string reason = std::generic_category().message(error_number);
    if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z')
        reason[0] = static_cast<char>(reason[0] + 32);
    return reason;
}

[[noreturn]] void fail_to_write(const std::string& name, std::string_view reason) {
    throw Error(ErrorKind::io, fmt::format("cannot write '{}': {}", name, reason));
}

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }
    /// Some file systems report only here that the bytes could not be kept.
    bool close() { return ::close(std::exchange(number_, -1)) == 0; }

  private:
    int number_;
};

/// Where a path leads: through links, also one whose target does not exist yet.
fs::path follow_links(fs::path path) {
    std::error_code ignored;
    // As many links as Linux follows itself; a ring of links ends in an error of open().
    for (int links = 0; links < 40 && fs::is_symlink(path, ignored); ++links)
        path = (path.parent_path() / fs::read_symlink(path, ignored)).lexically_normal();
    return path;
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

bool is_device(const fs::path& path) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

void check_target(const fs::path& path, const std::string& name) {
    std::error_code ignored;
    if (name.empty()) fail_to_write(name, "the path is empty");
    if (fs::is_directory(path, ignored) || !path.has_filename())
        fail_to_write(name, "it is a folder; give the name of a file in it");
    const fs::path folder = folder_of(path);
    if (!fs::exists(folder, ignored))
        fail_to_write(name, fmt::format("there is no folder '{}'; create it first", folder.string()));
    if (!fs::is_directory(folder, ignored))
        fail_to_write(name, fmt::format("'{}' is not a folder", folder.string()));
    // Renaming would replace a file that its owner has protected.
    if (fs::exists(path, ignored) && ::access(path.c_str(), W_OK) != 0) fail_to_write(name, reason_of(errno));
}

/// What the names of files beside `path` begin with. Cut: the name of a file may have 255 bytes at most.
std::string stem_beside(const fs::path& path) {
    return fmt::format(".{}.", path.filename().string().substr(0, 200));
}

constexpr std::string_view kEndBeside = ".part";

/// The process that writes a file of this name beside one whose stem is `stem`; 0 where it is no such file.
pid_t writer_of(std::string_view name, std::string_view stem) {
    pid_t process = 0;
    if (!name.starts_with(stem) || !name.ends_with(kEndBeside)) return 0;
    const auto [end, error] = std::from_chars(name.data() + stem.size(), name.data() + name.size(), process);
    return error == std::errc() && process > 0 && *end == '-' ? process : 0;
}

/// The names in a folder, in no order; none where it cannot be read. Not by std::filesystem, whose
/// directory_iterator ends the process where there is no memory for a name.
std::vector<std::string> names_in(const fs::path& folder) {
    struct Close {
        void operator()(DIR* open) const { ::closedir(open); }
    };
    const std::unique_ptr<DIR, Close> open(::opendir(folder.c_str()));
    std::vector<std::string> names;
    while (const dirent* entry = open ? ::readdir(open.get()) : nullptr)
        if (const std::string_view name = entry->d_name; name != "." && name != "..")
            names.emplace_back(name);
    return names;
}

/// Deletes what a killed process left beside `path`. A process of another machine holds the lock of its file.
void remove_abandoned(const fs::path& path) {
    const std::string stem = stem_beside(path);
    for (const std::string& name : names_in(folder_of(path))) {
        const pid_t process = writer_of(name, stem);
        if (process == 0 || ::kill(process, 0) == 0 || errno != ESRCH) continue;
        const fs::path abandoned = folder_of(path) / name;
        const Descriptor file(::open(abandoned.c_str(), O_WRONLY | O_CLOEXEC));
        if (file.number() >= 0 && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0) ::unlink(abandoned.c_str());
    }
}

/// The path of a file that is being written, where a signal handler finds it: it may take no memory and wait
/// for no lock. making: the file may be there already, and its path is not yet.
struct UnfinishedFile {
    enum State { none, making, noted };
    std::atomic<State> state{none};
    char path[PATH_MAX];
};
static_assert(std::atomic<UnfinishedFile::State>::is_always_lock_free, "a signal handler may touch it");

/// A model and a checkpoint are written at a time, and pages and records beside them.
UnfinishedFile unfinished_files[8];

/// No file is made any more.
std::atomic<bool> is_ending{false};

/// Keeps the signals that end a program from this thread meanwhile, so that their handler may wait for it.
class SignalsHeld {
  public:
    SignalsHeld() {
        sigset_t ending;
        sigemptyset(&ending);
        for (const int signal : {SIGINT, SIGTERM}) sigaddset(&ending, signal);
        ::pthread_sigmask(SIG_BLOCK, &ending, &before_);
    }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;
    ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

/// Says before a file is made that it will be; nullptr where there is no room, and nothing else depends on
/// it. A handler that has gone through the notes ends the process, so whoever comes later waits for that.
UnfinishedFile* begin_note() noexcept {
    for (UnfinishedFile& file : unfinished_files) {
        UnfinishedFile::State expected = UnfinishedFile::none;
        if (!file.state.compare_exchange_strong(expected, UnfinishedFile::making)) continue;
        if (!is_ending) return &file;
        file.state = UnfinishedFile::none;
        while (true) ::pause();
    }
    return nullptr;
}

/// A new file in the folder of `path`, deleted again unless it was renamed.
class FileBeside {
  public:
    FileBeside(const fs::path& path, const std::string& name) : file_(open_noted(path, name)) {}
    FileBeside(const FileBeside&) = delete;
    FileBeside& operator=(const FileBeside&) = delete;
    ~FileBeside() {
        if (!path_.empty()) ::unlink(path_.c_str());
        if (note_ != nullptr) note_->state = UnfinishedFile::none;
    }

    int descriptor() const { return file_.number(); }

    void rename_to(const fs::path& path, const std::string& name) {
        struct stat old {};
        if (::stat(path.c_str(), &old) == 0 && ::fchmod(file_.number(), old.st_mode & 07777) != 0)
            fail_to_write(name, reason_of(errno));
        if (::fsync(file_.number()) != 0) fail_to_write(name, reason_of(errno));
        if (!file_.close()) fail_to_write(name, reason_of(errno));
        if (::rename(path_.c_str(), path.c_str()) != 0) fail_to_write(name, reason_of(errno));
        path_.clear();
        // The name itself reaches the disk with its folder. Some file systems cannot; the file is there then.
        const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (folder.number() >= 0) ::fsync(folder.number());
    }

  private:
    int open_noted(const fs::path& path, const std::string& name) {
        const SignalsHeld held;
        note_ = begin_note();
        try {
            const int number = open_new(path, name);
            note_path();
            return number;
        } catch (...) {
            if (note_ != nullptr) note_->state = UnfinishedFile::none;
            throw;
        }
    }

    void note_path() {
        if (note_ == nullptr) return;
        const bool fits = path_.native().size() < PATH_MAX;
        if (fits) std::memcpy(note_->path, path_.c_str(), path_.native().size() + 1);
        note_->state = fits ? UnfinishedFile::noted : UnfinishedFile::none;
        if (!fits) note_ = nullptr;
    }

    int open_new(const fs::path& path, const std::string& name) {
        // A file left by a killed process of the same number must not stand in the way.
        for (int attempt = 0; attempt < 100; ++attempt) {
            path_ = folder_of(path) /
                    fmt::format("{}{}-{}{}", stem_beside(path), ::getpid(), attempt, kEndBeside);
            const int number = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (number >= 0) {
                ::flock(number, LOCK_EX | LOCK_NB);  // see remove_abandoned
                return number;
            }
            if (errno != EEXIST) break;
        }
        path_.clear();
        fail_to_write(name, reason_of(errno));
    }

    fs::path path_;
    UnfinishedFile* note_ = nullptr;
    Descriptor file_;
};

void write_directly(const fs::path& path, const std::string& name,
                    const std::function<void(OutputFile&)>& write) {
    Descriptor device(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (device.number() < 0) fail_to_write(name, reason_of(errno));
    OutputFile output(device.number(), name);
    write(output);
    if (!device.close()) fail_to_write(name, reason_of(errno));
}

std::string not_found_message(const fs::path& path, std::string_view noun) {
    std::error_code ignored;
    const fs::path folder = folder_of(path);
    std::string message = fmt::format("no such {}: '{}'", noun, path.string());
    if (!fs::is_directory(folder, ignored))
        return message + fmt::format("; there is no folder '{}'", folder.string());
    std::vector<std::string> names = names_in(folder);
    std::sort(names.begin(), names.end());
    const std::string nearest = nearest_name(path.filename().string(), names);
    if (!nearest.empty())
        message += fmt::format("; did you mean '{}'?", (path.parent_path() / nearest).string());
    return message;
}

}  // namespace

void OutputFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail_to_write(name_, reason_of(errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void write_file_atomically(const fs::path& path, const std::function<void(OutputFile&)>& write) {
    const std::string name = path.string();
    if (is_device(path)) return write_directly(path, name, write);
    const fs::path target = follow_links(path);
    check_target(target, name);
    FileBeside beside(target, name);
    OutputFile output(beside.descriptor(), name);
    write(output);
    beside.rename_to(target, name);
}

void write_file_or_output(const fs::path& path,
                          const std::function<void(OutputFile&, const std::string&)>& write) {
    if (path == "-") {
        const std::string name = "standard output";
        OutputFile output(STDOUT_FILENO, name);
        return write(output, name);
    }
    write_file_atomically(path, [&](OutputFile& file) { write(file, path.string()); });
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
    write_file_atomically(path, [bytes](OutputFile& file) { file.write(bytes); });
}

void remove_unfinished_files() noexcept {
    is_ending = true;
    constexpr int kMostWaits = 1000;  // of a millisecond: a file system may hang
    for (const UnfinishedFile& file : unfinished_files) {
        for (int waits = 0; file.state == UnfinishedFile::making && waits < kMostWaits; ++waits)
            ::poll(nullptr, 0, 1);
        if (file.state == UnfinishedFile::noted) ::unlink(file.path);
    }
}

void check_writable(const fs::path& path) {
    const std::string name = path.string();
    if (is_device(path)) {
        if (::access(path.c_str(), W_OK) != 0) fail_to_write(name, reason_of(errno));
        return;
    }
    const fs::path target = follow_links(path);
    check_target(target, name);
    remove_abandoned(target);
    FileBeside{target, name};
}

void check_readable(const fs::path& path, std::string_view noun) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw Error(ErrorKind::io, not_found_message(path, noun));
    if (fs::is_directory(path, ignored))
        throw Error(ErrorKind::io, fmt::format("'{}' is a folder, not a {}", path.string(), noun));
    if (::access(path.c_str(), R_OK) != 0)
        throw Error(ErrorKind::io, fmt::format("cannot open '{}': {}", path.string(), reason_of(errno)));
}

std::string read_file(const fs::path& path, std::string_view noun) {
    check_readable(path, noun);
    std::ifstream stream(path, std::ios::binary);
    const auto fail = [&] { throw Error(ErrorKind::io, fmt::format("cannot read '{}'", path.string())); };
    if (!stream) fail();
    std::string bytes;
    std::error_code unknown;
    const auto size = static_cast<double>(fs::file_size(path, unknown));
    with_memory(path.string(), size, [&] {
        return bytes.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    });
    if (stream.bad()) fail();
    return bytes;
}

}  // namespace thalweg
