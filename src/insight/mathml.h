#pragma once

#include <string>
#include <string_view>

namespace thalweg {

/// A formula as the terminal has it ("grad_a_2 = grad_h_2 . g'(a_2)") in MathML, which browsers typeset.
std::string mathml(std::string_view formula);

/// Text with & < > and quotes as HTML and MathML want them.
std::string escape_html(std::string_view text);

}  // namespace thalweg
