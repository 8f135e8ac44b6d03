#include "insight/mathml.h"

#include <fmt/format.h>

#include <cctype>

namespace thalweg {
namespace {

std::string identifier(std::string_view name) {
    if (name.empty()) return "<mrow></mrow>";
    if (name == "pi") return "<mi>&#x3C0;</mi>";
    const bool is_number = std::isdigit(static_cast<unsigned char>(name.front())) != 0;
    return fmt::format("<{0}>{1}</{0}>", is_number ? "mn" : "mi", escape_html(name));
}

/// "a_3" with its subscript; "grad_a_3" as a nabla with a subscript of its own; "y_hat_l" under a hat.
std::string symbol(std::string_view word) {
    if (word.starts_with("grad_"))
        return fmt::format("<msub><mo>&#x2207;</mo>{}</msub>", symbol(word.substr(5)));
    std::string base;
    if (word.starts_with("y_hat")) {
        base = "<mover><mi>y</mi><mo>^</mo></mover>";
        word.remove_prefix(5);
    } else {
        const std::size_t end = word.find('_', 1);
        // "squared_error" is a name; "a_3", "e_l" and "bend_2" have a subscript.
        const bool is_name = end != std::string_view::npos && end > 1 &&
                             std::isdigit(static_cast<unsigned char>(word.back())) == 0;
        const std::string_view name = word.substr(0, is_name ? std::string_view::npos : end);
        base = identifier(name);
        word.remove_prefix(name.size());
    }
    if (word.size() < 2) return base;
    return fmt::format("<msub>{}{}</msub>", base, identifier(word.substr(1)));
}

std::string operator_of(char sign) {
    switch (sign) {
        case '-':
            return "<mo>&#x2212;</mo>";
        case '.':
            return "<mo>&#x2299;</mo>";
        case '\'':
            return "<mo>&#x2032;</mo>";
        default:
            return fmt::format("<mo>{}</mo>", escape_html(std::string_view(&sign, 1)));
    }
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Reads a formula from its left to its right.
class Formula {
  public:
    explicit Formula(std::string_view text) : rest_(text) {}

    std::string row() {
        std::string row;
        while (!rest_.empty() && rest_.front() != ')') row += part();
        return row;
    }

  private:
    /// A word, a sign or what stands in brackets, with what it is raised to.
    std::string part() {
        std::string base = atom();
        if (base.empty() || rest_.empty() || rest_.front() != '^') return base;
        rest_.remove_prefix(1);
        return fmt::format("<msup>{}{}</msup>", base, atom());
    }

    std::string atom() {
        while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
        if (rest_.empty()) return "";
        std::size_t end = 0;
        while (end < rest_.size() && is_word(rest_[end])) ++end;
        if (end > 0) {
            const std::string_view word = rest_.substr(0, end);
            rest_.remove_prefix(end);
            return symbol(word);
        }
        const char sign = rest_.front();
        rest_.remove_prefix(1);
        if (sign != '(') return operator_of(sign);
        std::string inside = row();
        if (!rest_.empty()) rest_.remove_prefix(1);
        return "<mrow><mo>(</mo>" + inside + "<mo>)</mo></mrow>";
    }

    std::string_view rest_;
};

}  // namespace

std::string mathml(std::string_view formula) {
    return fmt::format("<math><mrow>{}</mrow></math>", Formula(formula).row());
}

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '&')
            escaped += "&amp;";
        else if (c == '<')
            escaped += "&lt;";
        else if (c == '>')
            escaped += "&gt;";
        else if (c == '"')
            escaped += "&quot;";
        else
            escaped += c;
    }
    return escaped;
}

}  // namespace thalweg
