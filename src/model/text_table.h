#pragma once

#include <string>
#include <vector>

namespace thalweg {

/// Columns of text, each as wide as its widest cell, two spaces in and between. A heading that begins with
/// '>' sets its column to the right; the last column is not padded.
class TextTable {
  public:
    explicit TextTable(std::vector<std::string> headings);
    void add(std::vector<std::string> cells);
    /// One line a row, the headings first, each ended by a line feed.
    std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
    std::vector<bool> to_the_right_;
};

/// Characters, counted as a terminal shows most of them: code points of UTF-8.
std::size_t text_width(const std::string& text);

/// "134,913"
std::string with_separators(std::size_t number);

/// "a, b, c", or "a, b, c, ... (40 in all)" where there are many.
std::string abridged(const std::vector<std::string>& names);

}  // namespace thalweg
