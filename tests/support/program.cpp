#include "support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace thalweg::testing {
namespace {

struct Pipe {
    Pipe() {
        if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    }
    int read_end() const { return ends[0]; }
    int write_end() const { return ends[1]; }
    int ends[2];
};

int open_output(const std::string& path) {
    return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
}

/// The child's side: takes its standard streams, then becomes the program.
[[noreturn]] void become(const std::vector<std::string>& words, const RunOptions& options, int in, int out,
                         int err) {
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(126);
    for (const auto& [name, value] : options.change) setenv(name.c_str(), value.c_str(), 1);
    if (options.memory_limit > 0) {
        const rlimit limit{options.memory_limit, options.memory_limit};
        setrlimit(RLIMIT_AS, &limit);
    }
    signal(SIGPIPE, SIG_DFL);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
}

int wait_status(pid_t process) {
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string read_all(int descriptor) {
    std::string text;
    char block[1 << 16];
    for (ssize_t count; (count = ::read(descriptor, block, sizeof block)) > 0;)
        text.append(block, static_cast<std::size_t>(count));
    close(descriptor);
    return text;
}

/// A program that ends early leaves its input unread; that is no error of ours.
void write_all(int descriptor, const std::string& text) {
    signal(SIGPIPE, SIG_IGN);
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    close(descriptor);
}

std::vector<std::string> with_program(const std::vector<std::string>& words) {
    std::vector<std::string> all = {THALWEG_PROGRAM};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

}  // namespace

void WorkFolder::write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream(path() / name, std::ios::binary) << content;
}

std::string WorkFolder::read(const std::string& name) const {
    std::ifstream file(path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> WorkFolder::entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path()))
        names.push_back(entry.path().lexically_relative(path()).string());
    std::sort(names.begin(), names.end());
    return names;
}

RunResult run(const std::vector<std::string>& words, const RunOptions& options) {
    const Pipe in, out, err;
    const int output = options.output_to.empty() ? out.write_end() : open_output(options.output_to);
    const pid_t process = fork();
    if (process == 0) become(words, options, in.read_end(), output, err.write_end());
    for (const int end : {in.read_end(), out.write_end(), err.write_end()}) close(end);
    if (output != out.write_end()) close(output);

    RunResult result;
    std::thread writer([&] { write_all(in.write_end(), options.input); });
    std::thread reader([&] { result.out = read_all(out.read_end()); });
    result.err = read_all(err.read_end());
    writer.join();
    reader.join();
    result.status = wait_status(process);
    return result;
}

RunResult thalweg(const std::vector<std::string>& words, const RunOptions& options) {
    return run(with_program(words), options);
}

RunningProgram::RunningProgram(const std::vector<std::string>& words, const RunOptions& options,
                               unsigned short terminal) {
    int err = -1;
    if (terminal > 0) {
        const winsize size{24, terminal, 0, 0};
        if (openpty(&err_descriptor_, &err, nullptr, nullptr, &size) != 0)
            throw std::runtime_error("no terminal");
        fcntl(err_descriptor_, F_SETFD, FD_CLOEXEC);
    } else {
        const Pipe pipe;
        err_descriptor_ = pipe.read_end();
        err = pipe.write_end();
    }
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    process_ = fork();
    if (process_ == 0) become(with_program(words), options, nothing, nothing, err);
    close(nothing);
    close(err);
}

RunningProgram::~RunningProgram() {
    if (process_ > 0) {
        kill(process_, SIGKILL);
        wait_status(process_);
    }
    close(err_descriptor_);
}

bool RunningProgram::read_more() {
    char block[4096];
    const ssize_t count = ::read(err_descriptor_, block, sizeof block);
    if (count <= 0) return false;
    err_.append(block, static_cast<std::size_t>(count));
    return true;
}

bool RunningProgram::wait_for(const std::string& text) {
    while (err_.find(text) == std::string::npos)
        if (!read_more()) return false;
    return true;
}

void RunningProgram::send(int signal) {
    kill(process_, signal);
}

int RunningProgram::finish() {
    while (read_more()) {
    }
    const int status = wait_status(process_);
    process_ = -1;
    return status;
}

}  // namespace thalweg::testing
