#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/calibrate.h"
#include "model/column_text.h"
#include "model/model_file.h"
#include "model/model_json.h"
#include "model/text_table.h"
#include "thalweg/model.hpp"

namespace thalweg {
namespace {

constexpr std::size_t kLabelWidth = 12;

std::string line(std::string_view label, std::string_view text) {
    return fmt::format("{:<{}}{}\n", label, kLabelWidth, text);
}

std::string recorded(const Model& model, const std::string& key) {
    const auto found = model.training().find(key);
    return found == model.training().end() ? "" : found->second;
}

std::string target_text(const TargetPlan& target) {
    if (!target.classes.empty())
        return fmt::format("'{}', {} classes: {}", target.name, target.classes.size(),
                           abridged(target.classes));
    if (target.mean == 0.0 && target.scale == 1.0) return fmt::format("'{}', as it is", target.name);
    return fmt::format("'{}', mean {:.6g}, standard deviation {:.6g}", target.name, target.mean,
                       target.scale);
}

std::string network_text(const Model& model) {
    const NetworkShape& shape = model.network().shape();
    std::string of_one = fmt::format("{} layer{}, {} parameters", shape.layers(),
                                     shape.layers() == 1 ? "" : "s", with_separators(shape.parameters()));
    const std::vector<ModelNetwork>& networks = model.networks();
    if (networks.size() == 1) return of_one;
    const bool alike =
        std::ranges::all_of(networks, [&](const ModelNetwork& one) { return one.network.shape() == shape; });
    return alike ? fmt::format("{} networks of {} each", networks.size(), of_one)
                 : fmt::format("{} networks of several kinds; the first has {}", networks.size(), of_one);
}

/// How each of several networks was trained; nothing of a network alone, which the training tells of.
std::string networks_text(const std::vector<ModelNetwork>& networks) {
    if (networks.size() == 1) return "";
    TextTable table({">network", ">parameters", ">seed", ">fold", ">epochs", ">best epoch", ">counts"});
    for (std::size_t i = 0; i < networks.size(); ++i) {
        const auto recorded = [&](const char* key) {
            const auto found = networks[i].training.find(key);
            return found == networks[i].training.end() ? "-" : found->second;
        };
        table.add({std::to_string(i + 1), with_separators(networks[i].network.theta().size()),
                   recorded("seed"), recorded("fold"), recorded("epochs_run"), recorded("best_epoch"),
                   std::to_string(networks[i].weight)});
    }
    return "\nNetworks\n" + table.text();
}

/// What stands before layer 1; nothing where nothing does.
std::string input_stage_text(const NetworkShape& shape) {
    std::vector<std::string> parts;
    if (!shape.periodic.inputs.empty())
        parts.push_back(fmt::format("{} number{} embedded, {} waves and {} outputs each",
                                    shape.periodic.inputs.size(),
                                    shape.periodic.inputs.size() == 1 ? "" : "s", shape.periodic.frequencies,
                                    shape.periodic.outputs));
    if (const PiecewiseEmbedding& piecewise = shape.piecewise; !piecewise.inputs.empty())
        parts.push_back(fmt::format("{} number{} embedded, {} bins together and {} outputs each",
                                    piecewise.inputs.size(), piecewise.inputs.size() == 1 ? "" : "s",
                                    piecewise.bins(), piecewise.outputs));
    if (const CategoryEmbedding& categories = shape.categories; !categories.inputs.empty())
        parts.push_back(fmt::format("{} categor{} embedded, {} values together and {} outputs each",
                                    categories.inputs.size(), categories.inputs.size() == 1 ? "y" : "ies",
                                    categories.vectors(), categories.outputs));
    if (shape.input_scale) parts.push_back(fmt::format("{} inputs scaled", shape.scaled()));
    return parts.empty() ? "" : line("input stage", fmt::format("{}", fmt::join(parts, "; ")));
}

/// Nothing for a single network.
std::string members_text(const NetworkShape& shape) {
    if (!shape.is_ensemble()) return "";
    return line(
        "members",
        fmt::format("{}, which share the weights of the hidden layers; {}", shape.members.count,
                    shape.members.adapters == Adapters::all ? "every hidden layer is adapted to each"
                                                            : "what layer 1 reads is adapted to each"));
}

std::size_t layer_parameters(const NetworkShape& shape, std::size_t layer) {
    return shape.offset(layer + 1) - shape.offset(layer);
}

std::string layer_function(const NetworkShape& shape, std::size_t layer) {
    if (layer == shape.layers()) return std::string(name_of(shape.output));
    return std::string(name_of(shape.activation)) + (shape.parametric ? ", parametric" : "");
}

/// Layers `first` .. `last` that are alike but for their number: a deep, thin network is not hundreds of
/// lines.
std::vector<std::string> layer_cells(const NetworkShape& shape, std::size_t first, std::size_t last) {
    const std::string number = first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
    return {number, with_separators(shape.fan_in(first)), with_separators(shape.widths[first]),
            with_separators(layer_parameters(shape, first)), layer_function(shape, first)};
}

bool alike(const NetworkShape& shape, std::size_t a, std::size_t b) {
    return shape.widths[a] == shape.widths[b] && shape.fan_in(a) == shape.fan_in(b) &&
           layer_parameters(shape, a) == layer_parameters(shape, b) &&
           (a == shape.layers()) == (b == shape.layers());
}

std::string layers_text(const NetworkShape& shape) {
    TextTable table({"layer", ">inputs", ">neurons", ">parameters", "function"});
    for (std::size_t first = 1, last = 1; first <= shape.layers(); first = ++last) {
        while (last < shape.layers() && alike(shape, first, last + 1)) ++last;
        table.add(layer_cells(shape, first, last));
    }
    return table.text();
}

std::string loss_text(const LossFunction& loss) {
    std::string text(name_of(loss.loss));
    if (loss.loss == Loss::huber) text += fmt::format(", delta {:.6g}", loss.delta);
    if (loss.loss == Loss::quantile)
        text += loss.levels.empty() ? fmt::format(", level {:.6g}", loss.quantile)
                                    : fmt::format(", levels {}", fmt::join(loss.levels, ", "));
    if (loss.loss == Loss::tweedie) text += fmt::format(", power {:.6g}", loss.tweedie_power);
    if (loss.label_smoothing > 0.0) text += fmt::format(", label smoothing {:.6g}", loss.label_smoothing);
    return text;
}

std::string held_out_text(const HeldOut& held_out) {
    std::string text;
    const std::string calibration = calibration_text(held_out.calibration);
    if (!calibration.empty()) text += line("calibrated", calibration);
    if (!held_out.scores.empty())
        text += line("intervals", fmt::format("from the errors on {} rows", held_out.scores[0].size()));
    return text;
}

std::string data_text(const Model& model) {
    if (recorded(model, "rows").empty()) return "";
    const std::string folds = recorded(model, "folds");
    return line("trained on", recorded(model, "rows") + " rows" +
                                  (folds.empty() ? ", validated on " + recorded(model, "validation_rows")
                                                 : " in " + folds + " folds"));
}

std::string options_text(const Model& model) {
    std::string text;
    for (const auto& [name, value] : model.training()) {
        const bool told_elsewhere = name == "rows" || name == "validation_rows" || name == "version" ||
                                    name == "target" || name == "hidden" || name == "loss";
        if (!told_elsewhere) text += fmt::format("  {:<18}{}\n", name, value.empty() ? "none" : value);
    }
    return text.empty() ? text : "\nTraining\n" + text;
}

std::string columns_text(const Preprocessor& preprocessor) {
    TextTable table({"column", "treatment", ">inputs", "what is done"});
    for (const ColumnGroup& group : group_columns(preprocessor.columns()))
        table.add(
            {group.names, std::string(name_of(group.treatment)), with_separators(group.inputs), group.what});
    return table.text();
}

nlohmann::ordered_json layers_json(const NetworkShape& shape) {
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer)
        layers.push_back({{"layer", layer},
                          {"inputs", shape.fan_in(layer)},
                          {"neurons", shape.widths[layer]},
                          {"parameters", layer_parameters(shape, layer)},
                          {"function", layer_function(shape, layer)}});
    return layers;
}

nlohmann::ordered_json columns_json(const Preprocessor& preprocessor) {
    nlohmann::ordered_json columns = nlohmann::ordered_json::array();
    for (const ColumnPlan& column : preprocessor.columns()) {
        nlohmann::ordered_json entry = to_json(column);
        entry["inputs"] = column.inputs();
        entry["what"] = column_text(column);
        columns.push_back(std::move(entry));
    }
    return columns;
}

}  // namespace

std::string Model::describe() const {
    std::string text =
        line("task", fmt::format("{}: {}", name_of(target_coder_.task()), target_coder_.reason()));
    for (const TargetPlan& target : target_coder_.targets()) text += line("target", target_text(target));
    text += line("network", network_text(*this));
    text += members_text(network().shape());
    text += input_stage_text(network().shape());
    text += line("loss", loss_text(loss_));
    text += held_out_text(held_out_);
    text += data_text(*this);
    if (!recorded(*this, "version").empty())
        text += line("written by", "thalweg " + recorded(*this, "version"));
    text += "\nLayers\n" + layers_text(network().shape());
    text += networks_text(networks_);
    text += "\nColumns\n" + columns_text(preprocessor_);
    text += options_text(*this);
    text.pop_back();
    return text;
}

std::string Model::to_json() const {
    const NetworkShape& shape = network().shape();
    nlohmann::ordered_json json;
    json["format"] = format_of(*this);
    json["version"] = recorded(*this, "version");
    json["task"] = name_of(target_coder_.task());
    json["task_reason"] = target_coder_.reason();
    json["targets"] = thalweg::to_json(target_coder_)["targets"];
    json["inputs"] = shape.inputs();
    json["outputs"] = shape.outputs();
    json["parameters"] = shape.parameters();
    json["activation"] = name_of(shape.activation);
    json["parametric"] = shape.parametric;
    json["output"] = name_of(shape.output);
    json["loss"] = thalweg::to_json(loss_);
    json["calibration"] = thalweg::to_json(held_out_.calibration);
    json["interval_rows"] = held_out_.scores.empty() ? 0 : held_out_.scores[0].size();
    json["input_stage"] = {{"embedded_numbers", shape.periodic.inputs.size()},
                           {"frequencies", shape.periodic.frequencies},
                           {"outputs", shape.periodic.outputs},
                           {"piecewise_numbers", shape.piecewise.inputs.size()},
                           {"bins", shape.piecewise.bins()},
                           {"embedded_categories", shape.categories.inputs.size()},
                           {"category_vectors", shape.categories.vectors()},
                           {"scale", shape.input_scale}};
    json["members"] = {{"count", shape.members.count}, {"adapters", name_of(shape.members.adapters)}};
    json["layers"] = layers_json(shape);
    json["networks"] = thalweg::to_json(networks_)["networks"];
    json["columns"] = columns_json(preprocessor_);
    json["training"] = training_;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace thalweg
