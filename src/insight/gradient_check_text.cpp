#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "insight/gradient_check.h"
#include "model/text_table.h"

namespace thalweg {
namespace {

std::string scientific(double value) {
    return fmt::format("{:.2g}", value);
}

std::string worst_text(const char* against, const ComparedParameter& worst, double tolerance) {
    return fmt::format("{}: worst {} with {:.6g} against {:.6g}, error {} (at most {:g}): {}\n", against,
                       worst.name, worst.gradient, worst.other, scientific(worst.error), tolerance,
                       worst.error <= tolerance ? "right" : "WRONG");
}

std::string compared_text(const GradientCheck& check) {
    std::string text = fmt::format("{} of {} parameters compared with a central difference on {} row{}",
                                   with_separators(check.compared()), with_separators(check.parameters()),
                                   check.rows, check.rows == 1 ? "" : "s");
    if (check.kinks() > 0)
        text += fmt::format(
            "; {} stand{} at a kink, where a step to either side says nothing of the "
            "derivative",
            check.kinks(), check.kinks() == 1 ? "s" : "");
    if (check.compared() + check.kinks() < check.parameters())
        text += "; a sample of each block, --full takes all";
    return text + "\n";
}

nlohmann::ordered_json to_json(const ComparedParameter& one) {
    return {{"name", one.name}, {"gradient", one.gradient}, {"other", one.other}, {"error", one.error}};
}

}  // namespace

std::string check_text(const GradientCheck& check) {
    TextTable table({"block", ">parameters", ">compared", ">kinks", ">norm of gradient", ">error",
                     ">error of fast pass"});
    for (const CheckedBlock& block : check.blocks)
        table.add({block.name, with_separators(block.parameters), with_separators(block.compared),
                   std::to_string(block.kinks), fmt::format("{:.4g}", block.norm),
                   block.compared == 0 ? "-" : scientific(block.by_difference.error),
                   check.fast_rows == 0 ? "-" : scientific(block.by_fast_pass.error)});
    std::string text = table.text() + "\n" + compared_text(check);
    text += worst_text("central differences", check.worst_by_difference(), check.options.tolerance);
    text += check.fast_rows == 0
                ? "fast pass: not compared, for every row stands beside a kink\n"
                : worst_text("fast pass", check.worst_by_fast_pass(), check.options.fast_tolerance);
    text.pop_back();
    return text;
}

std::string check_json(const GradientCheck& check) {
    nlohmann::ordered_json json = {{"passed", check.passed()},
                                   {"rows", check.rows},
                                   {"fast_rows", check.fast_rows},
                                   {"loss", check.loss},
                                   {"parameters", check.parameters()},
                                   {"compared", check.compared()},
                                   {"kinks", check.kinks()},
                                   {"tolerance", check.options.tolerance},
                                   {"fast_tolerance", check.options.fast_tolerance},
                                   {"worst", to_json(check.worst_by_difference())},
                                   {"worst_of_fast_pass", to_json(check.worst_by_fast_pass())}};
    json["blocks"] = nlohmann::ordered_json::array();
    for (const CheckedBlock& block : check.blocks)
        json["blocks"].push_back({{"name", block.name},
                                  {"parameters", block.parameters},
                                  {"compared", block.compared},
                                  {"kinks", block.kinks},
                                  {"norm", block.norm},
                                  {"worst", to_json(block.by_difference)},
                                  {"worst_of_fast_pass", to_json(block.by_fast_pass)}});
    return json.dump();
}

}  // namespace thalweg
