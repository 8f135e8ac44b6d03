#include "cli/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "thalweg/error.hpp"

namespace thalweg::cli {
namespace {

std::string read_file(const std::string& path) {
    if (std::filesystem::is_directory(path))
        throw Error(ErrorKind::io, path + ": is a folder, not a TOML file");
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(ErrorKind::io, path + ": cannot be opened; is the path right?");
    return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void refuse(const std::string& path, const toml::source_region& where,
                         std::string_view message) {
    throw Error(ErrorKind::usage, fmt::format("{}: line {}: {}", path, where.begin.line, message));
}

/// A flag of one letter has no name that would say anything in a file.
bool is_key(const Option& option) {
    return option.about.name.size() > 1 && option.about.name != kConfigOption;
}

std::string spelled_with(char separator, std::string_view name) {
    std::string spelled(name);
    std::replace(spelled.begin(), spelled.end(), separator == '-' ? '_' : '-', separator);
    return spelled;
}

[[noreturn]] void refuse_unknown_key(const std::string& path, const toml::key& key,
                                     const std::vector<Option>& options) {
    const char separator = key.str().find('_') == std::string_view::npos ? '-' : '_';
    std::vector<std::string> names;
    for (const Option& option : options)
        if (is_key(option)) names.push_back(spelled_with(separator, option.about.name));
    refuse(path, key.source(), unknown_name_message("key", key.str(), names));
}

const Option& option_of(const std::string& path, const toml::key& key, const std::vector<Option>& options) {
    const std::string name = spelled_with('-', key.str());
    for (const Option& option : options)
        if (is_key(option) && option.about.name == name) return option;
    refuse_unknown_key(path, key, options);
}

/// What the option wants to find in the file.
std::string_view expected_type(ValueKind kind) {
    switch (kind) {
        case ValueKind::toggle:
            return "true or false";
        case ValueKind::integer:
            return "a whole number";
        case ValueKind::number:
            return "a number";
        case ValueKind::texts:
            return "a list of strings";
        case ValueKind::integers:
            return "a list of whole numbers";
        case ValueKind::numbers:
            return "a list of numbers";
        case ValueKind::number_or_file:
        case ValueKind::duration:
            return "a number or a string";
        default:
            return "a string";
    }
}

std::string_view type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a number";
        case toml::node_type::boolean:
            return "true or false";
        default:
            return "a date or time";
    }
}

[[noreturn]] void refuse_type(ValueKind kind, const toml::node& node) {
    throw Error(ErrorKind::usage, fmt::format("must be {}, not {}", expected_type(kind), type_name(node)));
}

bool fits(ValueKind kind, const toml::node& node) {
    switch (kind) {
        case ValueKind::toggle:
            return node.is_boolean();
        case ValueKind::integer:
            return node.is_integer();
        case ValueKind::number:
            return node.is_number();
        case ValueKind::integers:
            return node.is_integer() || node.is_string();
        case ValueKind::numbers:
        case ValueKind::number_or_file:
        case ValueKind::duration:
            return node.is_number() || node.is_string();
        default:
            return node.is_string();
    }
}

std::string text_of(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    if (const auto whole = node.value_exact<std::int64_t>()) return std::to_string(*whole);
    if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
    return number_text(node.value_exact<double>().value_or(0.0));
}

std::vector<std::string> items_of(ValueKind kind, const toml::array& list) {
    std::vector<std::string> items;
    for (const toml::node& item : list) {
        const bool item_fits = kind == ValueKind::integers  ? item.is_integer()
                               : kind == ValueKind::numbers ? item.is_number()
                                                            : item.is_string();
        if (!item_fits) refuse_type(kind, item);
        items.push_back(text_of(item));
    }
    return items;
}

void set_option(const Option& option, const toml::node& value) {
    if (const toml::array* list = value.as_array(); list != nullptr && option.is_list())
        option.set_items(items_of(option.kind, *list));
    else if (!fits(option.kind, value))
        refuse_type(option.kind, value);
    else if (option.kind == ValueKind::texts)
        option.set_items({text_of(value)});
    else
        option.set(text_of(value));
}

toml::table parse_toml(const std::string& path) {
    try {
        return toml::parse(read_file(path), path);
    } catch (const toml::parse_error& error) {
        refuse(path, error.source(), fmt::format("this is not TOML: {}", error.description()));
    }
}

}  // namespace

void read_config(const std::string& path, const std::vector<Option>& options) {
    const toml::table table = parse_toml(path);
    std::vector<const Option*> seen;
    for (const auto& [key, value] : table) {
        const Option& option = option_of(path, key, options);
        if (std::find(seen.begin(), seen.end(), &option) != seen.end())
            refuse(path, key.source(), fmt::format("{} is given twice", option.about.name));
        seen.push_back(&option);
        try {
            set_option(option, value);
        } catch (const Error& error) {
            refuse(path, value.source(), about_option(key.str(), error.what()));
        }
    }
}

}  // namespace thalweg::cli
