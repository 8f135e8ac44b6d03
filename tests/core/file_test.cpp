#include "core/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/temporary_folder.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t entries_of(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

template <class Action>
std::string io_error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::io);
        return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
}

/// Files may not grow past `bytes` while this lives: what a full disk does to a writer.
class SizeLimit {
  public:
    explicit SizeLimit(rlim_t bytes) {
        old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &old_);
        const rlimit limit{bytes, old_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~SizeLimit() {
        setrlimit(RLIMIT_FSIZE, &old_);
        std::signal(SIGXFSZ, old_handler_);
    }

  private:
    rlimit old_{};
    void (*old_handler_)(int);
};

TEST(WriteFile, MakesAFileAndNothingElse) {
    const TemporaryFolder folder;
    const std::string bytes("a\0b\n", 4);
    write_file_atomically(folder / "new.bin", bytes);
    EXPECT_EQ(content_of(folder / "new.bin"), bytes);
    EXPECT_EQ(entries_of(folder.path()), 1U);
}

TEST(WriteFile, ReplacesAFileAndKeepsItsPermissions) {
    const TemporaryFolder folder;
    write_file_atomically(folder / "model", "old");
    ::chmod((folder / "model").c_str(), 0640);
    write_file_atomically(folder / "model", "new");
    EXPECT_EQ(content_of(folder / "model"), "new");
    struct stat status {};
    ASSERT_EQ(::stat((folder / "model").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST(WriteFile, NewFileHasTheUsualPermissions) {
    const TemporaryFolder folder;
    const mode_t old_mask = ::umask(027);
    write_file_atomically(folder / "model", "new");
    ::umask(old_mask);
    struct stat status {};
    ASSERT_EQ(::stat((folder / "model").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST(WriteFile, WriterThatThrowsLeavesTheOldFile) {
    const TemporaryFolder folder;
    write_file_atomically(folder / "model", "old");
    const auto half_written = [](OutputFile& file) {
        file.write("half");
        throw std::runtime_error("interrupted");
    };
    EXPECT_THROW(write_file_atomically(folder / "model", half_written), std::runtime_error);
    EXPECT_EQ(content_of(folder / "model"), "old");
    EXPECT_EQ(entries_of(folder.path()), 1U);
}

TEST(WriteFile, FullDiskIsAnErrorAndLeavesTheOldFile) {
    const TemporaryFolder folder;
    write_file_atomically(folder / "model", "old");
    std::string message;
    {
        const SizeLimit limit(1000);
        message = io_error_of([&] { write_file_atomically(folder / "model", std::string(100000, 'x')); });
    }
    EXPECT_EQ(message, "cannot write '" + (folder / "model").string() + "': file too large");
    EXPECT_EQ(content_of(folder / "model"), "old");
    EXPECT_EQ(entries_of(folder.path()), 1U);
}

TEST(WriteFile, WhatIsUnfinishedGoesWithAProcessThatEnds) {
    const TemporaryFolder folder;
    write_file_atomically(folder / "finished", "a");
    const auto write_and_end = [&](OutputFile& file) {
        file.write("b");
        EXPECT_EQ(entries_of(folder.path()), 2U);
        remove_unfinished_files();
        EXPECT_EQ(entries_of(folder.path()), 1U);
    };
    EXPECT_THROW(write_file_atomically(folder / "finished", write_and_end), Error);
    remove_unfinished_files();
    EXPECT_EQ(content_of(folder / "finished"), "a");
}

TEST(WriteFile, DeviceIsWrittenAndStaysADevice) {
    write_file_atomically("/dev/null", "gone");
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    const std::string message = io_error_of([] { write_file_atomically("/dev/full", "x"); });
    EXPECT_EQ(message, "cannot write '/dev/full': no space left on device");
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(WriteFile, LinkStaysALinkAndItsFileIsReplaced) {
    const TemporaryFolder folder;
    fs::create_directory(folder / "real");
    fs::create_symlink("real/model", folder / "link");
    write_file_atomically(folder / "link", "first");
    write_file_atomically(folder / "link", "second");
    EXPECT_TRUE(fs::is_symlink(folder / "link"));
    EXPECT_EQ(content_of(folder / "real" / "model"), "second");
    EXPECT_EQ(entries_of(folder / "real"), 1U);
}

TEST(WriteFile, NamesOutsideAsciiAndVeryLongOnesWork) {
    const TemporaryFolder folder;
    fs::create_directory(folder / "Ñoño");
    write_file_atomically(folder / "Ñoño" / "modèle.safetensors", "m");
    EXPECT_EQ(content_of(folder / "Ñoño" / "modèle.safetensors"), "m");
    const std::string longest(255, 'x');
    write_file_atomically(folder / longest, "m");
    EXPECT_EQ(content_of(folder / longest), "m");
}

TEST(CheckWritable, AcceptsWhatCanBeWrittenAndLeavesNothing) {
    const TemporaryFolder folder;
    check_writable(folder / "model");
    EXPECT_EQ(entries_of(folder.path()), 0U);
    write_file_atomically(folder / "model", "old");
    check_writable(folder / "model");
    EXPECT_EQ(content_of(folder / "model"), "old");
    EXPECT_EQ(entries_of(folder.path()), 1U);
    check_writable("/dev/stdout");
}

TEST(CheckWritable, MissingFolderIsNamed) {
    const TemporaryFolder folder;
    const fs::path path = folder / "none" / "model";
    const std::string message = io_error_of([&] { check_writable(path); });
    EXPECT_EQ(message, "cannot write '" + path.string() + "': there is no folder '" +
                           (folder / "none").string() + "'; create it first");
    EXPECT_EQ(io_error_of([&] { write_file_atomically(path, "x"); }), message);
}

TEST(CheckWritable, FolderIsRefused) {
    const TemporaryFolder folder;
    EXPECT_NE(io_error_of([&] { check_writable(folder.path()); }).find("it is a folder"), std::string::npos);
    EXPECT_NE(io_error_of([&] { check_writable(folder / "none/"); }).find("it is a folder"),
              std::string::npos);
    EXPECT_NE(io_error_of([] { check_writable(""); }).find("the path is empty"), std::string::npos);
}

TEST(CheckWritable, FileAsFolderIsRefused) {
    const TemporaryFolder folder;
    write_file_atomically(folder / "file", "x");
    const std::string message = io_error_of([&] { check_writable(folder / "file" / "model"); });
    EXPECT_NE(message.find("/file' is not a folder"), std::string::npos) << message;
}

TEST(CheckWritable, ReadOnlyFolderAndFileAreRefused) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
    const TemporaryFolder folder;
    write_file_atomically(folder / "model", "old");
    ::chmod((folder / "model").c_str(), 0444);
    EXPECT_NE(io_error_of([&] { check_writable(folder / "model"); }).find("permission denied"),
              std::string::npos);
    ::chmod(folder.path().c_str(), 0555);
    EXPECT_NE(io_error_of([&] { check_writable(folder / "new"); }).find("permission denied"),
              std::string::npos);
    ::chmod(folder.path().c_str(), 0755);
}

TEST(CheckReadable, OffersTheNearestNameOfTheFolder) {
    const TemporaryFolder folder;
    write_file_atomically(folder / "houses.csv", "x");
    write_file_atomically(folder / "other.parquet", "x");
    check_readable(folder / "houses.csv", "table");
    const std::string message = io_error_of([&] { check_readable(folder / "house.csv", "table"); });
    EXPECT_EQ(message, "no such table: '" + (folder / "house.csv").string() + "'; did you mean '" +
                           (folder / "houses.csv").string() + "'?");
}

TEST(CheckReadable, SaysWhichFolderIsMissingAndRefusesFolders) {
    const TemporaryFolder folder;
    EXPECT_EQ(io_error_of([&] { check_readable(folder / "none" / "a.csv", "model"); }),
              "no such model: '" + (folder / "none" / "a.csv").string() + "'; there is no folder '" +
                  (folder / "none").string() + "'");
    EXPECT_EQ(io_error_of([&] { check_readable(folder.path(), "table"); }),
              "'" + folder.path().string() + "' is a folder, not a table");
}

}  // namespace
}  // namespace thalweg
