#include "thalweg/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>

namespace thalweg {
namespace {

/// "2024-02-29", "2024-02-29T12:30:05", "2024-02-29T12:30:05.25": UTC, as short as the time allows.
std::string iso_8601(double seconds) {
    using namespace std::chrono;
    // The calendar of <chrono> ends at year 32767; what lies beyond stays a number.
    constexpr double kLastSecond = 9.7e11;
    if (!(std::fabs(seconds) < kLastSecond)) return fmt::format("{}", seconds);

    // Microseconds are what a double of this size can tell apart.
    const auto time = sys_time<microseconds>(microseconds(std::llround(seconds * 1e6)));
    const auto day = floor<days>(time);
    const year_month_day date(day);
    std::string text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    if (time == day) return text;

    const hh_mm_ss clock(time - day);
    text += fmt::format("T{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(),
                        clock.seconds().count());
    if (clock.subseconds().count() == 0) return text;
    text += fmt::format(".{:06}", clock.subseconds().count());
    return text.substr(0, text.find_last_not_of('0') + 1);
}

void check_columns(const std::vector<Column>& columns, const std::string& source) {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Column& column = columns[i];
        const auto [first, is_new] = seen.emplace(column.name, i);
        if (!is_new)
            throw Error(ErrorKind::data, fmt::format("{}: columns {} and {} are both called '{}'", source,
                                                     first->second + 1, i + 1, column.name));
        if (column.rows() != columns[0].rows())
            throw Error(ErrorKind::data,
                        fmt::format("{}: column '{}' has {} rows, column '{}' has {}", source,
                                    columns[0].name, columns[0].rows(), column.name, column.rows()));
    }
}

std::string line_of(const Table::Origin& origin, std::size_t row) {
    auto next = std::upper_bound(origin.lines.begin(), origin.lines.end(), row,
                                 [](std::size_t r, const Table::LineRun& run) { return r < run.row; });
    if (next == origin.lines.begin()) return fmt::format("{}: row {}", origin.path, row + 1);
    const Table::LineRun& run = *--next;
    return fmt::format("{}: line {}", origin.path, run.line + (row - run.row));
}

}  // namespace

bool Column::is_missing(std::size_t row) const {
    return type == ColumnType::text ? codes[row] == kMissingCode : std::isnan(value(row));
}

std::string Column::text(std::size_t row) const {
    if (is_missing(row)) return "";
    switch (type) {
        case ColumnType::number:
            return fmt::format("{}", value(row));
        case ColumnType::time:
            return iso_8601(value(row));
        case ColumnType::text:
            break;
    }
    return dictionary[codes[row]];
}

Table::Table(std::vector<Column> columns, std::string source)
    : columns_(std::move(columns)), source_(std::move(source)) {
    check_columns(columns_, source_);
    if (!columns_.empty()) rows_ = columns_[0].rows();
}

const Column* Table::find(std::string_view name) const {
    for (const Column& column : columns_)
        if (column.name == name) return &column;
    return nullptr;
}

const Column& Table::column(std::string_view name) const {
    if (const Column* column = find(name)) return *column;
    const std::vector<std::string> known = names();
    std::string message = fmt::format("{}: no column '{}'", source_, name);
    const std::string nearest = nearest_name(name, known);
    if (!nearest.empty())
        throw Error(ErrorKind::data, message + fmt::format("; did you mean '{}'?", nearest));

    // A table of pixels has hundreds; some tell what kind of table it is.
    constexpr std::size_t kShown = 20;
    message += "; its columns: ";
    for (std::size_t i = 0; i < std::min(known.size(), kShown); ++i)
        message += (i == 0 ? "" : ", ") + known[i];
    if (known.size() > kShown) message += fmt::format(", and {} more", known.size() - kShown);
    throw Error(ErrorKind::data, message);
}

std::vector<std::string> Table::names() const {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(column.name);
    return names;
}

std::string Table::locate(std::size_t row) const {
    const Origin* origin = nullptr;
    for (const Origin& candidate : origins_)
        if (candidate.first_row <= row) origin = &candidate;
    return origin ? line_of(*origin, row - origin->first_row) : fmt::format("{}: row {}", source_, row + 1);
}

std::vector<Column> Table::take_columns() {
    rows_ = 0;
    return std::exchange(columns_, {});
}

Column Table::take_column(std::string_view name) {
    const auto index = static_cast<std::size_t>(&column(name) - columns_.data());
    Column taken = std::move(columns_[index]);
    columns_[index] = {};
    columns_[index].name = taken.name;
    columns_[index].type = taken.type;
    return taken;
}

void Table::release(std::size_t column) {
    Column& released = columns_.at(column);
    released.values = {};
    released.borrowed = {};
    released.codes = {};
    released.dictionary = {};
}

}  // namespace thalweg
