#include "tune/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/elementary.h"
#include "core/random.h"
#include "data/numbers.h"
#include "model/option_table.h"

namespace thalweg {
namespace {

using Kind = Dimension::Kind;

/// Our own, around what the defaults are: the rates that they have are good on most tables, so that a factor
/// of a few holds what is better.
std::vector<Dimension> space_of_auto() {
    return {
        {.option = "learning-rate", .kind = Kind::factor, .least = 0.25, .most = 2.5},
        {.option = "weight-decay", .kind = Kind::factor, .least = 0.1, .most = 10.0},
        {.option = "dropout", .kind = Kind::uniform, .least = 0.0, .most = 0.4},
        {.option = "hidden",
         .values = {"128,128", "256,256", "256,256,256", "384,384,384", "512,512", "512"}},
        {.option = "activation", .values = {"silu", "mish", "selu", "relu"}},
        {.option = "embedding", .values = {"none", "periodic", "piecewise"}},
        {.option = "frequency-scale", .kind = Kind::log_uniform, .least = 0.3, .most = 6.0},
        {.option = "label-smoothing", .values = {"0", "0.05", "0.1"}},
    };
}

std::vector<Dimension> space_of_plain() {
    return {
        {.option = "learning-rate", .kind = Kind::factor, .least = 0.1, .most = 10.0},
        {.option = "hidden", .values = {"8", "16", "32", "64", "128", "32,32"}},
        {.option = "activation", .values = {"logistic", "tanh"}},
    };
}

/// pytabkit 1.7, RealMLPParamSampler, space "default" (Holzmueller et al. 2024, appendix), without the two
/// embeddings that there are not here ("pl" and "plr").
std::vector<Dimension> space_of_realmlp() {
    return {
        {.option = "embedding", .values = {"none", "periodic"}},
        {.option = "scale-inputs", .values = {"true", "false"}, .chances = {0.6, 0.4}},
        {.option = "learning-rate", .kind = Kind::log_uniform, .least = 0.02, .most = 0.3},
        {.option = "dropout", .values = {"0", "0.15", "0.3"}, .chances = {0.3, 0.5, 0.2}},
        {.option = "weight-decay", .values = {"0", "0.02"}},
        {.option = "frequency-scale", .kind = Kind::log_uniform, .least = 0.05, .most = 0.5},
        {.option = "activation", .values = {"relu", "selu", "mish"}},
        {.option = "hidden", .values = {"256,256,256", "64,64,64,64,64", "512"}, .chances = {0.6, 0.2, 0.2}},
        {.option = "label-smoothing", .values = {"0", "0.1"}, .chances = {0.3, 0.7}},
    };
}

/// What of it the simple variant has.
std::vector<Dimension> space_of_realmlp_s() {
    std::vector<Dimension> space = space_of_realmlp();
    std::erase_if(space, [](const Dimension& dimension) {
        constexpr std::string_view kMissing[] = {"embedding", "frequency-scale", "dropout", "weight-decay"};
        return std::ranges::find(kMissing, dimension.option) != std::end(kMissing);
    });
    return space;
}

/// exp/tabm-piecewiselinear/*/0-tuning.toml of yandex-research/tabm (Gorishniy et al. 2025), but for the
/// width of the embeddings, which is 16 here.
std::vector<Dimension> space_of_tabm() {
    return {
        {.option = "hidden",
         .kind = Kind::layers,
         .least = 1.0,
         .most = 4.0,
         .narrowest = 64,
         .widest = 1024,
         .step = 16},
        {.option = "dropout", .kind = Kind::uniform, .least = 0.0, .most = 0.5, .zero = 0.5},
        {.option = "learning-rate", .kind = Kind::log_uniform, .least = 1e-4, .most = 5e-3},
        {.option = "weight-decay", .kind = Kind::log_uniform, .least = 1e-4, .most = 0.1, .zero = 0.5},
        {.option = "bins", .kind = Kind::integer, .least = 2.0, .most = 128.0},
    };
}

std::vector<Dimension> whole_space(Preset preset) {
    switch (preset) {
        case Preset::automatic:
            return space_of_auto();
        case Preset::plain:
            return space_of_plain();
        case Preset::realmlp:
            return space_of_realmlp();
        case Preset::realmlp_s:
            return space_of_realmlp_s();
        case Preset::tabm:
        case Preset::tabm_mini:
            return space_of_tabm();
    }
    return {};
}

bool belongs(const Dimension& dimension, const SpaceFacts& facts) {
    const std::string_view option = dimension.option;
    if (facts.fixed.contains(std::string(option))) return false;
    if (!facts.may_bend && option == "activation") return false;
    if (!facts.may_embed && (option == "embedding" || option == "frequency-scale" || option == "bins"))
        return false;
    return option != "label-smoothing" || facts.task != Task::regression;
}

/// Three digits: more say nothing, and a value can be given as a flag again.
std::string short_number(double value) {
    return number_text(*parse_number(fmt::format("{:.3g}", value)));
}

double log_uniform(double least, double most, double u) {
    const double low = elementary::log(least);
    return elementary::exp(low + u * (elementary::log(most) - low));
}

std::string draw_choice(const Dimension& dimension, double u) {
    const std::size_t count = dimension.values.size();
    if (dimension.chances.empty())
        return std::string(dimension.values[static_cast<std::size_t>(u * static_cast<double>(count))]);
    std::size_t place = 0;
    double below = dimension.chances[0];
    while (u >= below && place + 1 < count) below += dimension.chances[++place];
    return std::string(dimension.values[place]);
}

/// Draws with two numbers of [0, 1).
std::string draw_layers(const Dimension& dimension, double u, double v) {
    const auto depths = static_cast<std::size_t>(dimension.most - dimension.least) + 1;
    const std::size_t layers =
        static_cast<std::size_t>(dimension.least) + static_cast<std::size_t>(u * static_cast<double>(depths));
    const std::size_t widths = (dimension.widest - dimension.narrowest) / dimension.step + 1;
    const std::size_t width =
        dimension.narrowest + dimension.step * static_cast<std::size_t>(v * static_cast<double>(widths));
    std::string text = std::to_string(width);
    for (std::size_t i = 1; i < layers; ++i) text += "," + std::to_string(width);
    return text;
}

std::string draw_one(const Dimension& dimension, const std::string& by_default, const Random& random,
                     std::uint64_t place) {
    const double u = random.uniform(2 * place), v = random.uniform(2 * place + 1);
    if (dimension.zero > 0.0 && v < dimension.zero) return "0";
    switch (dimension.kind) {
        case Kind::choice:
            return draw_choice(dimension, u);
        case Kind::uniform:
            return short_number(dimension.least + u * (dimension.most - dimension.least));
        case Kind::log_uniform:
            return short_number(log_uniform(dimension.least, dimension.most, u));
        case Kind::factor:
            return short_number(*parse_number(by_default) * log_uniform(dimension.least, dimension.most, u));
        case Kind::integer:
            return std::to_string(static_cast<std::size_t>(dimension.least) +
                                  static_cast<std::size_t>(u * (dimension.most - dimension.least + 1.0)));
        case Kind::layers:
            return draw_layers(dimension, u, v);
    }
    return by_default;
}

}  // namespace

std::string Dimension::text() const {
    const std::string range = fmt::format("{} to {}", number_text(least), number_text(most));
    const std::string or_zero = zero > 0.0 ? fmt::format("0 ({}) or ", number_text(zero)) : "";
    switch (kind) {
        case Kind::choice: {
            std::vector<std::string> texts;
            for (std::size_t i = 0; i < values.size(); ++i) {
                const std::string value = values[i].find(',') == std::string_view::npos
                                              ? std::string(values[i])
                                              : fmt::format("[{}]", values[i]);
                texts.push_back(chances.empty() ? value
                                                : fmt::format("{} ({})", value, number_text(chances[i])));
            }
            return fmt::format("one of {}", fmt::join(texts, ", "));
        }
        case Kind::uniform:
            return or_zero + "uniform, " + range;
        case Kind::log_uniform:
            return or_zero + "log-uniform, " + range;
        case Kind::factor:
            return "the default times log-uniform, " + range;
        case Kind::integer:
            return "a whole number, " + range;
        case Kind::layers:
            return fmt::format("{} layers of {} to {} in steps of {}", range, narrowest, widest, step);
    }
    return "";
}

std::vector<Dimension> space_of(const SpaceFacts& facts) {
    std::vector<Dimension> space = whole_space(facts.preset);
    std::erase_if(space, [&](const Dimension& dimension) { return !belongs(dimension, facts); });
    return space;
}

Hyperparameters draw(const std::vector<Dimension>& space, const Hyperparameters& defaults, std::uint64_t seed,
                     std::uint32_t trial) {
    const Random random(seed, RandomStream::trials, trial);
    Hyperparameters drawn;
    for (std::size_t place = 0; place < space.size(); ++place) {
        const std::string name(space[place].option);
        const auto found = defaults.find(name);
        const std::string by_default = found == defaults.end() ? "" : found->second;
        const bool no_factor =
            space[place].kind == Kind::factor && parse_number(by_default).value_or(0.0) == 0.0;
        if (!no_factor) drawn[name] = draw_one(space[place], by_default, random, place);
    }
    const auto embedding = drawn.find("embedding");
    if (embedding != drawn.end() && embedding->second != name_of(Embedding::periodic))
        drawn.erase("frequency-scale");  // of waves that there are not
    return drawn;
}

TrainOptions with_values(TrainOptions options, const Hyperparameters& values) {
    for (Option& option : bind_options(options)) {
        const auto found = values.find(std::string(option.about.name));
        if (found != values.end()) option.set(found->second);
    }
    return options;
}

Hyperparameters values_of(TrainOptions options, const std::vector<Dimension>& space) {
    Hyperparameters values;
    for (const Option& option : bind_options(options)) {
        const bool searched = std::ranges::find(space, option.about.name, &Dimension::option) != space.end();
        if (searched && !option.initial.empty()) values.emplace(option.about.name, option.initial);
    }
    return values;
}

}  // namespace thalweg
