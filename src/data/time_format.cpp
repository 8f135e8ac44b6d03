#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <numeric>

#include "data/time_features.h"

namespace thalweg {
namespace {

/// ISO 8601 first, then what is met in files. Of the two that could be one another, the order of day and
/// month must show.
constexpr std::array<std::string_view, 27> kFormats = {
    "%Y-%m-%d",          "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",    "%Y-%m-%d %H:%M",    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",    "%b %d %Y",
    "%b %d, %Y",         "%d %b %Y",          "%d-%b-%Y",
    "%d-%b-%y",          "%d %b %Y %H:%M:%S", "%d.%m.%Y",
    "%d.%m.%Y %H:%M",    "%d.%m.%Y %H:%M:%S", "%m/%d/%Y",
    "%d/%m/%Y",          "%m/%d/%Y %H:%M",    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d-%m-%Y",
    "%m-%d-%Y",          "%H:%M:%S",          "%H:%M",
};

/// The first of them.
constexpr std::size_t kIsoFormats = 5;

constexpr double kShareThatFits = 0.95;

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/// A text that is eaten from the front.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}
    bool done() const { return rest_.empty(); }

    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void skip_spaces() {
        while (take(' ')) continue;
    }

    /// Between `least` and `most` digits.
    std::optional<int> number(std::size_t least, std::size_t most) {
        std::size_t length = 0;
        while (length < most && length < rest_.size() && is_digit(rest_[length])) ++length;
        if (length < least) return std::nullopt;
        int value = 0;
        std::from_chars(rest_.data(), rest_.data() + length, value);
        rest_.remove_prefix(length);
        return value;
    }

    /// 1 to 12 from an English name, whole or its first three letters.
    std::optional<int> month_name() {
        std::string word;
        while (word.size() < rest_.size() && is_letter(rest_[word.size()])) word += lower(rest_[word.size()]);
        for (std::size_t month = 0; month < kMonths.size(); ++month) {
            if (word != kMonths[month] && word != kMonths[month].substr(0, 3)) continue;
            rest_.remove_prefix(word.size());
            return static_cast<int>(month) + 1;
        }
        return std::nullopt;
    }

    /// ".25", as seconds.
    double fraction() {
        if (rest_.size() < 2 || rest_[0] != '.' || !is_digit(rest_[1])) return 0.0;
        double value = 0.0;
        const auto [end, error] =
            std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, std::chars_format::fixed);
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }

    /// "Z", "+02:00", "-0530", "+01": seconds east of Greenwich.
    std::optional<int> zone() {
        if (done() || take('Z')) return 0;
        const int sign = take('-') ? -1 : take('+') ? 1 : 0;
        const auto hours = number(2, 2);
        if (sign == 0 || !hours) return std::nullopt;
        take(':');
        const auto minutes = done() ? std::optional<int>(0) : number(2, 2);
        if (!minutes) return std::nullopt;
        return sign * (*hours * 3600 + *minutes * 60);
    }

  private:
    std::string_view rest_;
};

struct TimeFields {
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
    double fraction = 0.0;
    bool has_time = false;

    /// Reads what `letter` stands for.
    bool read(char letter, Cursor& cursor) {
        const auto store = [](std::optional<int> value, int& field) {
            if (value) field = *value;
            return value.has_value();
        };
        switch (letter) {
            case 'Y':
                return store(cursor.number(4, 4), year);
            case 'y': {
                if (!store(cursor.number(2, 2), year)) return false;
                year += year < 69 ? 2000 : 1900;
                return true;
            }
            case 'm':
                return store(cursor.number(1, 2), month);
            case 'd':
                return store(cursor.number(1, 2), day);
            case 'b':
                return store(cursor.month_name(), month);
            case 'H':
                has_time = true;
                return store(cursor.number(1, 2), hour);
            case 'M':
                return store(cursor.number(2, 2), minute);
            case 'S': {
                if (!store(cursor.number(2, 2), second)) return false;
                fraction = cursor.fraction();
                return true;
            }
            default:
                return false;
        }
    }

    std::optional<double> seconds() const {
        using namespace std::chrono;
        const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                  std::chrono::day(static_cast<unsigned>(day))};
        if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
        const double days = static_cast<double>(sys_days(date).time_since_epoch().count());
        return days * 86400.0 + hour * 3600.0 + minute * 60.0 + second + fraction;
    }
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// The format with day and month changed about, or an empty one.
std::string with_day_and_month_swapped(std::string_view format) {
    std::string swapped(format);
    const auto day = swapped.find("%d"), month = swapped.find("%m");
    if (day == std::string::npos || month == std::string::npos || swapped.starts_with("%Y")) return {};
    std::swap(swapped[day + 1], swapped[month + 1]);
    return swapped;
}

/// Does every text that fits one format fit the other too? Then nobody knows which is meant.
bool ambiguous(std::span<const std::string> texts, std::string_view format) {
    // A point between the parts is written day first wherever it is written at all.
    if (format.find('.') != std::string_view::npos) return false;
    const std::string swapped = with_day_and_month_swapped(format);
    if (swapped.empty()) return false;
    return std::all_of(texts.begin(), texts.end(), [&](const std::string& text) {
        return !parse_time(text, format) || parse_time(text, swapped);
    });
}

}  // namespace

std::optional<double> parse_time(std::string_view text, std::string_view format) {
    Cursor cursor(trimmed(text));
    TimeFields fields;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '%' && i + 1 < format.size()) {
            if (!fields.read(format[++i], cursor)) return std::nullopt;
        } else if (format[i] == ' ') {
            if (!cursor.take(' ')) return std::nullopt;
            cursor.skip_spaces();
        } else if (!cursor.take(format[i])) {
            return std::nullopt;
        }
    }
    if (!cursor.done() && !fields.has_time) return std::nullopt;
    const auto east = cursor.zone();
    const auto local = fields.seconds();
    if (!east || !local || !cursor.done()) return std::nullopt;
    return *local - *east;
}

std::optional<double> parse_iso_time(std::string_view text) {
    for (std::size_t i = 0; i < kIsoFormats; ++i)
        if (const auto seconds = parse_time(text, kFormats[i])) return seconds;
    return std::nullopt;
}

std::string recognise_time_format(std::span<const std::string> texts, std::span<const std::size_t> counts) {
    const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    if (total == 0) return {};
    const auto allowed_misfits =
        static_cast<std::size_t>(std::floor((1.0 - kShareThatFits) * static_cast<double>(total) + 1e-9));
    for (const std::string_view format : kFormats) {
        std::size_t misfits = 0;
        for (std::size_t i = 0; i < texts.size() && misfits <= allowed_misfits; ++i)
            if (counts[i] > 0 && !parse_time(texts[i], format)) misfits += counts[i];
        if (misfits <= allowed_misfits) return ambiguous(texts, format) ? std::string() : std::string(format);
    }
    return {};
}

}  // namespace thalweg
