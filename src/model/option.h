#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/choice.hpp"

namespace thalweg {

/// The numbers that an option accepts.
struct Range {
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    bool least_belongs = true;
    bool most_belongs = true;

    bool contains(double value) const;
    /// "above 0", "from 0 to 1", "from 0 to below 1", ""
    std::string text() const;
};

inline constexpr Range kAboveZero{.least = 0.0, .least_belongs = false};
inline constexpr Range kZeroOrMore{.least = 0.0};
inline constexpr Range kOneOrMore{.least = 1.0};
inline constexpr Range kShare{.least = 0.0, .most = 1.0};
inline constexpr Range kBelowOne{.least = 0.0, .most = 1.0, .most_belongs = false};
inline constexpr Range kInsideUnit{.least = 0.0, .most = 1.0, .least_belongs = false, .most_belongs = false};

/// What is said of an option, wherever it is said: flag, TOML key, Python keyword, help, reference page.
struct OptionDescription {
    std::string_view name = {};    ///< "learning-rate"; of one letter ("o"): a flag with one dash
    std::string_view value = {};   ///< what stands for the value in help: "RATE"; empty: a switch
    std::string_view group = {};   ///< the heading that it stands under
    std::string_view help = {};    ///< a sentence or two
    std::string_view chosen = {};  ///< what happens where it is not given; empty: the field's own default
    Range range = {};
};

/// The kind of a value: decides which TOML values fit and what a shell offers to complete.
enum class ValueKind {
    toggle,
    integer,
    number,
    choice,
    text,
    character,
    texts,
    integers,
    numbers,
    file,
    number_or_file,
    duration
};

/// An option bound to a field. `set` and `set_items` throw Error{usage} without naming the option:
/// "must be a number above 0, not '-1'".
struct Option {
    OptionDescription about;
    ValueKind kind = ValueKind::text;
    std::vector<std::string> choices;  ///< kind choice: the names
    std::string initial;               ///< the default, as `set` would read it; "" where there is none
    std::function<void(std::string_view)> set;                       ///< from text, as on a command line
    std::function<void(const std::vector<std::string>&)> set_items;  ///< lists: from separate items
    std::function<std::string()> text;                               ///< the present value, as `set` reads it

    bool is_switch() const { return kind == ValueKind::toggle; }
    bool is_list() const {
        return kind == ValueKind::texts || kind == ValueKind::integers || kind == ValueKind::numbers;
    }
    /// "--learning-rate", "-o"
    std::string flag() const;
};

/// A field that is true unless the option is given: --no-header.
struct Negated {
    bool& field;
};

/// --quote C | none: the character around cells; '\0' is none.
struct QuoteMark {
    char& field;
};

/// --validation 0.15 | FILE: a share of the rows, or a file of its own.
struct ShareOrFile {
    std::optional<double>& share;
    std::string& file;
};

/// --time-limit 90 | 90s | 5min | 1h: seconds.
struct Duration {
    double& seconds;
};

/// Words that mark a missing cell; the empty cell is always one of them.
struct MissingWords {
    std::vector<std::string>& words;
};

/// The items of "a,b,c"; an item in double quotes may hold commas: `"price, EUR",rooms`.
std::vector<std::string> split_list(std::string_view text);
/// The text that split_list cuts into `items`.
std::string join_list(const std::vector<std::string>& items);

/// "must be a whole number from 1 to 9, not '0'"
[[noreturn]] void throw_bad_value(std::string_view expected, std::string_view got);

/// "--epochs must be ...", "--loss: unknown loss ...": what is wrong with the value of an option.
std::string about_option(std::string_view name, std::string_view complaint);

/// A number in its shortest form: "0.001", "256".
std::string number_text(double value);

/// How a type of field is read and written as text: one specialisation for each type of the option tables.
template <class Field>
struct FieldTraits;

template <>
struct FieldTraits<bool> {
    static constexpr ValueKind kind = ValueKind::toggle;
    static void parse(std::string_view text, const Range&, bool& field);
    static std::string format(bool field) { return field ? "true" : "false"; }
};

template <>
struct FieldTraits<Negated> {
    static constexpr ValueKind kind = ValueKind::toggle;
    static void parse(std::string_view text, const Range& range, Negated& field);
    static std::string format(const Negated& field) { return field.field ? "false" : "true"; }
};

template <>
struct FieldTraits<double> {
    static constexpr ValueKind kind = ValueKind::number;
    static void parse(std::string_view text, const Range& range, double& field);
    static std::string format(double field) { return number_text(field); }
};

template <>
struct FieldTraits<std::uint64_t> {
    static constexpr ValueKind kind = ValueKind::integer;
    static void parse(std::string_view text, const Range& range, std::uint64_t& field);
    static std::string format(std::uint64_t field) { return std::to_string(field); }
};
static_assert(std::is_same_v<std::size_t, std::uint64_t>, "one specialisation serves counts and seeds");

template <>
struct FieldTraits<int> {
    static constexpr ValueKind kind = ValueKind::integer;
    static void parse(std::string_view text, const Range& range, int& field);
    static std::string format(int field) { return std::to_string(field); }
};

template <>
struct FieldTraits<char> {
    static constexpr ValueKind kind = ValueKind::character;
    static void parse(std::string_view text, const Range&, char& field);
    static std::string format(char field);
};

template <>
struct FieldTraits<QuoteMark> {
    static constexpr ValueKind kind = ValueKind::character;
    static void parse(std::string_view text, const Range& range, QuoteMark& field);
    static std::string format(const QuoteMark& field);
};

template <>
struct FieldTraits<std::string> {
    static constexpr ValueKind kind = ValueKind::text;
    static void parse(std::string_view text, const Range&, std::string& field);
    static std::string format(const std::string& field) { return field; }
};

template <>
struct FieldTraits<std::filesystem::path> {
    static constexpr ValueKind kind = ValueKind::file;
    static void parse(std::string_view text, const Range&, std::filesystem::path& field);
    static std::string format(const std::filesystem::path& field) { return field.string(); }
};

template <>
struct FieldTraits<ShareOrFile> {
    static constexpr ValueKind kind = ValueKind::number_or_file;
    static void parse(std::string_view text, const Range& range, ShareOrFile& field);
    static std::string format(const ShareOrFile& field);
};

template <>
struct FieldTraits<Duration> {
    static constexpr ValueKind kind = ValueKind::duration;
    static void parse(std::string_view text, const Range& range, Duration& field);
    static std::string format(const Duration& field) { return number_text(field.seconds); }
};

template <>
struct FieldTraits<std::vector<std::string>> {
    static constexpr ValueKind kind = ValueKind::texts;
    static void parse_items(const std::vector<std::string>& items, const Range&,
                            std::vector<std::string>& field);
    static void parse(std::string_view text, const Range& range, std::vector<std::string>& field);
    static std::string format(const std::vector<std::string>& field) { return join_list(field); }
};

template <>
struct FieldTraits<MissingWords> {
    static constexpr ValueKind kind = ValueKind::texts;
    static void parse_items(const std::vector<std::string>& items, const Range&, MissingWords& field);
    static void parse(std::string_view text, const Range& range, MissingWords& field);
    static std::string format(const MissingWords& field);
};

template <>
struct FieldTraits<std::vector<double>> {
    static constexpr ValueKind kind = ValueKind::numbers;
    static void parse_items(const std::vector<std::string>& items, const Range& range,
                            std::vector<double>& field);
    static void parse(std::string_view text, const Range& range, std::vector<double>& field);
    static std::string format(const std::vector<double>& field);
};

/// Widths of layers; "none" is no hidden layer.
template <>
struct FieldTraits<std::vector<std::size_t>> {
    static constexpr ValueKind kind = ValueKind::integers;
    static void parse_items(const std::vector<std::string>& items, const Range& range,
                            std::vector<std::size_t>& field);
    static void parse(std::string_view text, const Range& range, std::vector<std::size_t>& field);
    static std::string format(const std::vector<std::size_t>& field);
};

template <class Choice>
requires std::is_enum_v<Choice>
struct FieldTraits<Choice> {
    static constexpr ValueKind kind = ValueKind::choice;
    static void parse(std::string_view text, const Range&, Choice& field) {
        field = parse_choice<Choice>(text);
    }
    static std::string format(Choice field) { return std::string(name_of(field)); }
};

template <class Value>
struct FieldTraits<std::optional<Value>> {
    static constexpr ValueKind kind = FieldTraits<Value>::kind;
    static void parse(std::string_view text, const Range& range, std::optional<Value>& field) {
        Value value{};
        FieldTraits<Value>::parse(text, range, value);
        field = value;
    }
    static void parse_items(const std::vector<std::string>& items, const Range& range,
                            std::optional<Value>& field) requires(kind == ValueKind::integers) {
        Value value{};
        FieldTraits<Value>::parse_items(items, range, value);
        field = value;
    }
    static std::string format(const std::optional<Value>& field) {
        return field ? FieldTraits<Value>::format(*field) : "";
    }
};

template <class Field>
struct ChoicesOf {
    static std::vector<std::string> names() { return {}; }
};
template <class Choice>
requires std::is_enum_v<Choice>
struct ChoicesOf<Choice> {
    static std::vector<std::string> names() { return choice_names<Choice>(); }
};
template <class Value>
struct ChoicesOf<std::optional<Value>> : ChoicesOf<Value> {};

namespace detail {

/// A reference to a plain field, or a copy of one of the small views above.
template <class Field>
struct Binding {
    Field* field;
    Field& get() { return *field; }
};
template <class View>
requires std::is_same_v<View, Negated> || std::is_same_v<View, QuoteMark> ||
    std::is_same_v<View, ShareOrFile> || std::is_same_v<View, Duration> || std::is_same_v<View, MissingWords>
struct Binding<View> {
    explicit Binding(View* view) : field(*view) {}
    View field;
    View& get() { return field; }
};

}  // namespace detail

/// Binds a field (which must outlive the option) or a view of fields (Negated, QuoteMark, ShareOrFile,
/// Duration, MissingWords).
template <class Field>
Option bind_option(const OptionDescription& about, Field&& field) {
    using Traits = FieldTraits<std::remove_cvref_t<Field>>;
    detail::Binding<std::remove_cvref_t<Field>> binding{&field};
    Option option{
        about, Traits::kind, ChoicesOf<std::remove_cvref_t<Field>>::names(), Traits::format(field), {}, {},
        {}};
    option.set = [binding, range = about.range](std::string_view text) mutable {
        Traits::parse(text, range, binding.get());
    };
    option.text = [binding]() mutable { return Traits::format(binding.get()); };
    if constexpr (Traits::kind == ValueKind::texts || Traits::kind == ValueKind::integers ||
                  Traits::kind == ValueKind::numbers) {
        option.set_items = [binding, range = about.range](const std::vector<std::string>& items) mutable {
            Traits::parse_items(items, range, binding.get());
        };
    }
    return option;
}

}  // namespace thalweg
