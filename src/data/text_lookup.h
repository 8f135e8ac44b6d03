#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace thalweg {

/// Finds the categories of training however a file spells them: "True" is "true", "3.0" is "3".
class TextLookup {
  public:
    void add(const std::string& text, std::uint32_t index);
    std::optional<std::uint32_t> find(std::string_view text) const;

  private:
    std::map<std::string, std::uint32_t, std::less<>> index_of_;
    std::map<std::string, std::uint32_t, std::less<>> index_of_boolean_;
};

/// "true" or "false" for a word that says so ("True", "FALSE"), else empty.
std::string_view boolean_word(std::string_view word);

/// The shortest text of a number: "3", "0.25"; -0 is "0".
class NumberText {
  public:
    explicit NumberText(double value);
    operator std::string_view() const { return {characters_.data(), size_}; }

  private:
    std::array<char, 32> characters_;
    std::size_t size_;
};

}  // namespace thalweg
