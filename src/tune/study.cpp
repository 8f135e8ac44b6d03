#include "tune/study.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/file.h"
#include "model/checksum.h"
#include "model/json_text.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

using nlohmann::json;

/// "Thal" in ASCII: what SQLite's header says a file is for.
constexpr int kApplication = 0x5468616c;
/// Another program may read the study while it grows.
constexpr int kPatienceMilliseconds = 10'000;
constexpr std::size_t kMostTrials = std::numeric_limits<std::uint32_t>::max();

constexpr const char* kTables =
    "CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE trials (trial INTEGER NOT NULL, rung INTEGER NOT NULL, hyperparameters TEXT NOT NULL,"
    " epochs INTEGER NOT NULL, state TEXT NOT NULL, score REAL, loss REAL, metrics TEXT NOT NULL,"
    " seconds REAL NOT NULL, core_seconds REAL NOT NULL, ended REAL NOT NULL, message TEXT NOT NULL,"
    " checksum TEXT NOT NULL, PRIMARY KEY (trial, rung)) WITHOUT ROWID;"
    "CREATE TABLE networks (trial INTEGER NOT NULL, rung INTEGER NOT NULL, network INTEGER NOT NULL,"
    " bytes BLOB NOT NULL, PRIMARY KEY (trial, rung, network));";

[[noreturn]] void refuse(const std::string& source, const std::string& what) {
    throw Error(ErrorKind::model, source + ": " + what);
}

[[noreturn]] void throw_sqlite(sqlite3* database, const std::string& source) {
    const int code = sqlite3_errcode(database);
    const std::string reason = sqlite3_errmsg(database);
    if (code == SQLITE_NOTADB) refuse(source, "not a study: it is no SQLite file");
    // Our statements are right, so an error in one speaks of the tables.
    if (code == SQLITE_CORRUPT || code == SQLITE_ERROR) refuse(source, "the study is damaged: " + reason);
    if (code == SQLITE_NOMEM) throw Error(ErrorKind::io, source + ": not enough memory for the study");
    throw Error(ErrorKind::io, fmt::format("{}: the study cannot be read or written: {}", source, reason));
}

/// A prepared statement. Columns are checked for their type: a file may hold anything.
class Statement {
  public:
    Statement(sqlite3* database, const std::string& source, const char* text)
        : database_(database), source_(source) {
        if (sqlite3_prepare_v2(database, text, -1, &statement_, nullptr) != SQLITE_OK) fail();
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(std::size_t value) {
        return bound(sqlite3_bind_int64(statement_, ++place_, static_cast<sqlite3_int64>(value)));
    }
    Statement& bind(double value) { return bound(sqlite3_bind_double(statement_, ++place_, value)); }
    Statement& bind(const std::optional<double>& value) {
        return value ? bind(*value) : bound(sqlite3_bind_null(statement_, ++place_));
    }
    Statement& bind(std::string_view text) {
        return bound(
            sqlite3_bind_text64(statement_, ++place_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
    }
    Statement& bind_bytes(std::string_view bytes) {
        return bound(sqlite3_bind_blob64(statement_, ++place_, bytes.data(), bytes.size(), SQLITE_STATIC));
    }

    /// The next row, if there is one.
    bool step() {
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW) return true;
        if (code != SQLITE_DONE) fail();
        return false;
    }

    std::size_t count(int column) {
        const sqlite3_int64 value = sqlite3_column_int64(statement_, column);
        if (sqlite3_column_type(statement_, column) != SQLITE_INTEGER || value < 0 ||
            static_cast<std::size_t>(value) > kMostTrials)
            damaged(column);
        return static_cast<std::size_t>(value);
    }
    double number(int column) {
        if (sqlite3_column_type(statement_, column) != SQLITE_FLOAT) damaged(column);
        return sqlite3_column_double(statement_, column);
    }
    std::optional<double> maybe_number(int column) {
        if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
        return number(column);
    }
    std::string text(int column) { return bytes_of_type(column, SQLITE_TEXT); }
    std::string bytes(int column) { return bytes_of_type(column, SQLITE_BLOB); }

  private:
    [[noreturn]] void fail() const { throw_sqlite(database_, source_); }
    [[noreturn]] void damaged(int column) const {
        refuse(source_, fmt::format("the study is damaged: '{}' is not what it should be",
                                    sqlite3_column_name(statement_, column)));
    }
    Statement& bound(int code) {
        if (code != SQLITE_OK) fail();
        return *this;
    }
    std::string bytes_of_type(int column, int type) {
        if (sqlite3_column_type(statement_, column) != type) damaged(column);
        const void* first = sqlite3_column_blob(statement_, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
        return size == 0 ? "" : std::string(static_cast<const char*>(first), size);
    }

    sqlite3* database_;
    const std::string& source_;
    sqlite3_stmt* statement_ = nullptr;
    int place_ = 0;
};

sqlite3* open_database(const std::filesystem::path& path, int flags) {
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
    if (code != SQLITE_OK) {
        const std::string reason = database == nullptr ? "not enough memory" : sqlite3_errmsg(database);
        sqlite3_close(database);
        throw Error(ErrorKind::io, fmt::format("{}: the study cannot be opened: {}", path.string(), reason));
    }
    sqlite3_busy_timeout(database, kPatienceMilliseconds);
    return database;
}

int number_of(sqlite3* database, const std::string& source, const char* pragma) {
    Statement statement(database, source, pragma);
    return statement.step() ? static_cast<int>(statement.count(0)) : 0;
}

/// All or nothing of what is done while it lives, unless it is committed.
class Transaction {
  public:
    Transaction(sqlite3* database, const std::string& source) : database_(database), source_(source) {
        Statement(database, source, "BEGIN IMMEDIATE").step();
    }
    ~Transaction() {
        if (open_) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
        Statement(database_, source_, "COMMIT").step();
        open_ = false;
    }

  private:
    sqlite3* database_;
    const std::string& source_;
    bool open_ = true;
};

std::string checksum_of(const std::string& key, const std::string& value) {
    return checksum_text(checksum(value, checksum(key)));
}

void write_text(sqlite3* database, const std::string& source, const std::string& key,
                const std::string& value) {
    const std::string sum = checksum_of(key, value);
    Statement(database, source, "INSERT OR REPLACE INTO study VALUES (?, ?, ?)")
        .bind(key)
        .bind(value)
        .bind(sum)
        .step();
}

void remove_networks(sqlite3* database, const std::string& source, std::size_t trial, std::size_t rung) {
    Statement(database, source, "DELETE FROM networks WHERE trial = ? AND rung = ?")
        .bind(trial)
        .bind(rung)
        .step();
}

std::string json_line(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Of all that is kept of a run but its state, which changes without the rest. values, metrics: as they are
/// written.
std::string checksum_of(const TrialRun& run, const std::string& values, const std::string& metrics) {
    json facts = {run.trial, run.rung, values, run.epochs, metrics, run.message};
    for (const std::optional<double>& number : {run.score, run.loss, std::optional(run.seconds),
                                                std::optional(run.core_seconds), std::optional(run.ended)})
        facts.push_back(number ? json(*number + 0.0) : json());  // SQLite keeps no sign of a zero
    return checksum_text(checksum(json_line(facts)));
}

TrialRun run_from(Statement& row, const std::string& source) {
    TrialRun run{.trial = row.count(0), .rung = row.count(1)};
    const std::string values = row.text(2), metrics = row.text(7);
    run.epochs = row.count(3);
    run.score = row.maybe_number(5);
    run.loss = row.maybe_number(6);
    run.seconds = row.number(8);
    run.core_seconds = row.number(9);
    run.ended = row.number(10);
    run.message = row.text(11);
    if (row.text(12) != checksum_of(run, values, metrics))
        refuse(source, fmt::format("the study is damaged: the checksum of trial {} is wrong", run.trial));
    try {
        run.values = parse_json(values).get<Hyperparameters>();
        run.state = parse_choice<TrialState>(row.text(4));
        const json numbers = parse_json(metrics);
        for (const auto& [name, value] : numbers.items())
            if (value.is_number()) run.metrics[name] = value.get<double>();
    } catch (const json::exception& error) {
        refuse(source, fmt::format("the study is damaged: trial {}: {}", run.trial, error.what()));
    } catch (const Error& error) {
        refuse(source, fmt::format("the study is damaged: trial {}: {}", run.trial, error.what()));
    }
    return run;
}

/// Pages that do not fit each other may lack trials without an error in any statement.
void check_pages(sqlite3* database, const std::string& source) {
    Statement check(database, source, "PRAGMA quick_check(1)");
    const std::string found = check.step() ? check.text(0) : "nothing can be read";
    if (found != "ok") refuse(source, "the study is damaged: " + found);
}

}  // namespace

void Study::Close::operator()(sqlite3* database) const {
    sqlite3_close(database);
}

Study::Unlock::~Unlock() {
    if (descriptor >= 0) close(descriptor);
}

Study::Study(std::string source, sqlite3* database) : source_(std::move(source)), database_(database) {}
Study::Study(Study&&) noexcept = default;
Study& Study::operator=(Study&&) noexcept = default;
Study::~Study() = default;

Study Study::create(const std::filesystem::path& path, const std::map<std::string, std::string>& texts) {
    Study study(path.string(), open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    study.lock();
    Transaction whole(study.database_.get(), study.source_);
    study.execute(
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplication, kStudySchema)
            .c_str());
    study.execute(kTables);
    for (const auto& [key, value] : texts) write_text(study.database_.get(), study.source_, key, value);
    whole.commit();
    return study;
}

bool Study::is_empty(const std::filesystem::path& path) {
    check_readable(path, "study");
    const Study study(path.string(), open_database(path, SQLITE_OPEN_READWRITE));
    return number_of(study.database_.get(), study.source_, "PRAGMA page_count") == 0;
}

Study Study::open(const std::filesystem::path& path) {
    check_readable(path, "study");
    Study study(path.string(), open_database(path, SQLITE_OPEN_READWRITE));
    sqlite3* database = study.database_.get();
    if (number_of(database, study.source_, "PRAGMA application_id") != kApplication)
        refuse(study.source_, "an SQLite file, but no study of thalweg tune");
    const int schema = number_of(database, study.source_, "PRAGMA user_version");
    if (schema != kStudySchema)
        refuse(study.source_,
               fmt::format("a study of schema {}, and this version of thalweg reads {}: {}", schema,
                           kStudySchema, schema > kStudySchema ? "use a newer one" : "the file is damaged"));
    check_pages(database, study.source_);
    return study;
}

void Study::lock() {
    lock_.descriptor = ::open(source_.c_str(), O_RDONLY | O_CLOEXEC);
    if (lock_.descriptor >= 0 && flock(lock_.descriptor, LOCK_EX | LOCK_NB) != 0)
        throw Error(
            ErrorKind::io,
            fmt::format("{}: another search writes this study; wait for it, or name another", source_));
}

void Study::execute(const char* statements) const {
    if (sqlite3_exec(database_.get(), statements, nullptr, nullptr, nullptr) != SQLITE_OK)
        throw_sqlite(database_.get(), source_);
}

std::optional<std::string> Study::find_text(const std::string& key) const {
    Statement statement(database_.get(), source_, "SELECT value, checksum FROM study WHERE key = ?");
    statement.bind(key);
    if (!statement.step()) return std::nullopt;
    std::string value = statement.text(0);
    if (statement.text(1) != checksum_of(key, value))
        refuse(source_, fmt::format("the study is damaged: the checksum of its '{}' is wrong", key));
    return value;
}

std::string Study::text(const std::string& key) const {
    std::optional<std::string> found = find_text(key);
    if (!found) refuse(source_, fmt::format("the study is damaged: it lacks its '{}'", key));
    return *std::move(found);
}

void Study::set_text(const std::string& key, const std::string& value) {
    write_text(database_.get(), source_, key, value);
}

std::vector<TrialRun> Study::runs() const {
    Statement statement(database_.get(), source_,
                        "SELECT trial, rung, hyperparameters, epochs, state, score, loss, metrics, seconds,"
                        " core_seconds, ended, message, checksum FROM trials ORDER BY trial, rung");
    std::vector<TrialRun> runs;
    while (statement.step()) runs.push_back(run_from(statement, source_));
    return runs;
}

void Study::put(const TrialRun& run, const std::vector<std::string>& networks, double seconds) {
    sqlite3* database = database_.get();
    Transaction whole(database, source_);
    const std::string values = json_line(run.values), metrics = json_line(run.metrics);
    const std::string sum = checksum_of(run, values, metrics);
    Statement(database, source_,
              "INSERT OR REPLACE INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(run.trial)
        .bind(run.rung)
        .bind(values)
        .bind(run.epochs)
        .bind(name_of(run.state))
        .bind(run.score)
        .bind(run.loss)
        .bind(metrics)
        .bind(run.seconds)
        .bind(run.core_seconds)
        .bind(run.ended)
        .bind(run.message)
        .bind(sum)
        .step();
    remove_networks(database, source_, run.trial, run.rung);
    for (std::size_t i = 0; i < networks.size(); ++i)
        Statement(database, source_, "INSERT INTO networks VALUES (?, ?, ?, ?)")
            .bind(run.trial)
            .bind(run.rung)
            .bind(i)
            .bind_bytes(networks[i])
            .step();
    write_text(database, source_, "seconds", json(seconds).dump());
    whole.commit();
}

void Study::set_state(const std::vector<std::pair<std::size_t, std::size_t>>& trials_and_rungs,
                      TrialState state) {
    Transaction whole(database_.get(), source_);
    for (const auto& [trial, rung] : trials_and_rungs)
        Statement(database_.get(), source_, "UPDATE trials SET state = ? WHERE trial = ? AND rung = ?")
            .bind(name_of(state))
            .bind(trial)
            .bind(rung)
            .step();
    whole.commit();
}

std::vector<std::string> Study::networks(std::size_t trial, std::size_t rung) const {
    Statement statement(database_.get(), source_,
                        "SELECT bytes FROM networks WHERE trial = ? AND rung = ? ORDER BY network");
    statement.bind(trial).bind(rung);
    std::vector<std::string> networks;
    while (statement.step()) networks.push_back(statement.bytes(0));
    return networks;
}

void Study::drop_networks(std::size_t trial, std::size_t rung) {
    remove_networks(database_.get(), source_, trial, rung);
}

}  // namespace thalweg
