#include "insight/explanation_json.h"

#include <span>
#include <utility>

namespace thalweg {
namespace {

using nlohmann::ordered_json;

ordered_json vector_json(std::span<const double> values) {
    return std::vector<double>(values.begin(), values.end());
}

ordered_json matrix_json(MatrixView<const double> matrix) {
    ordered_json rows = ordered_json::array();
    for (std::size_t p = 0; p < matrix.rows; ++p) rows.push_back(vector_json(matrix.row(p)));
    return rows;
}

ordered_json cells_json(const Explanation& e) {
    ordered_json cells = ordered_json::array();
    for (const ExplainedCell& cell : e.cells)
        cells.push_back({{"column", cell.column},
                         {"cell", cell.text},
                         {"first_input", cell.first_input + 1},
                         {"inputs", cell.inputs}});
    return cells;
}

ordered_json inputs_json(const Explanation& e) {
    ordered_json inputs = ordered_json::array();
    for (std::size_t j = 0; j < e.input_names.size(); ++j) {
        ordered_json input = {{"name", e.input_names[j]}, {"x", e.example.inputs(0, j)}};
        if (e.gradient) input["grad_x"] = e.gradient->inputs(0, j);
        inputs.push_back(std::move(input));
    }
    return inputs;
}

/// The parts before layer 1 that are there, each with its parameters and their gradient.
ordered_json input_stage_json(const Explanation& e) {
    const InputStage<const double> stage = e.network.input_stage();
    ordered_json json = {{"names", e.embedded_names}, {"embedded", vector_json(e.trace.embedded.row(0))}};
    const auto add = [&](const char* name, MatrixView<const double> of_part) {
        if (of_part.rows > 0) json[name] = matrix_json(of_part);
    };
    const auto add_all = [&](const std::string& prefix, const InputStage<const double>& parts) {
        add((prefix + "frequencies").c_str(), parts.frequencies);
        add((prefix + "phases").c_str(), parts.phases);
        add((prefix + "projections").c_str(), parts.projections);
        if (!parts.offsets.empty()) json[prefix + "offsets"] = vector_json(parts.offsets);
        add((prefix + "slopes").c_str(), parts.slopes);
        add((prefix + "intercepts").c_str(), parts.intercepts);
        add((prefix + "bin_vectors").c_str(), parts.bin_vectors);
        add((prefix + "category_vectors").c_str(), parts.category_vectors);
        if (!parts.scale.empty()) json[prefix + "scale"] = vector_json(parts.scale);
    };
    add_all("", stage);
    if (e.gradient) add_all("grad_", std::as_const(e.gradient->parameters).input_stage());
    return json;
}

ordered_json layer_json(const Explanation& e, std::size_t i) {
    const bool is_output = i == e.layers();
    ordered_json layer = {{"layer", i},
                          {"function", is_output ? name_of(e.shape().output) : name_of(e.shape().activation)},
                          {"weights", matrix_json(e.network.weights(i))},
                          {"bias", vector_json(e.network.bias(i))},
                          {"a", vector_json(e.trace.pre_activations[i - 1].row(0))},
                          {is_output ? "y_hat" : "h", vector_json(e.trace.activations[i].row(0))}};
    const std::span<const double> bend = e.network.layer(i).bend;
    if (!bend.empty()) layer["bend"] = vector_json(bend);
    if (!e.gradient) return layer;
    const Network<double>& gradient = e.gradient->parameters;
    if (!is_output) layer["grad_h"] = vector_json(e.grad_activations[i].row(0));
    layer["grad_a"] = vector_json(e.gradient->pre_activations[i - 1].row(0));
    layer["grad_weights"] = matrix_json(gradient.weights(i));
    layer["grad_bias"] = vector_json(gradient.bias(i));
    if (!bend.empty()) layer["grad_bend"] = vector_json(gradient.layer(i).bend);
    return layer;
}

ordered_json attribution_json(const Explanation& e, const Attribution& one) {
    ordered_json columns = ordered_json::array();
    for (std::size_t c = 0; c < one.by_column.size(); ++c)
        columns.push_back({{"column", e.attributed_columns[c]}, {"contribution", one.by_column[c]}});
    return {{"output", one.output},
            {"baseline", one.baseline},
            {"prediction", one.prediction},
            {"sum", one.sum()},
            {"columns", std::move(columns)}};
}

}  // namespace

ordered_json to_json(const Explanation& e) {
    ordered_json json;
    json["example"] = e.title;
    if (!e.model.empty()) json["model"] = e.model;
    json["network"] = e.number;
    json["networks"] = e.count;
    if (!e.member.empty()) json["member"] = e.member;
    json["widths"] = e.shape().widths;
    if (e.layers() > 1) json["activation"] = name_of(e.shape().activation);
    json["output"] = name_of(e.shape().output);
    json["loss_function"] = name_of(e.loss.loss);
    if (!e.cells.empty()) json["cells"] = cells_json(e);
    json["inputs"] = inputs_json(e);
    if (e.shape().has_input_stage()) json["input_stage"] = input_stage_json(e);
    json["h_0"] = vector_json(e.trace.activations[0].row(0));
    json["layers"] = ordered_json::array();
    for (std::size_t i = 1; i <= e.layers(); ++i) json["layers"].push_back(layer_json(e, i));
    json["outputs"] = e.output_names;
    json["predictions"] = ordered_json::array();
    for (const ExplainedPrediction& one : e.predictions)
        json["predictions"].push_back({{"name", one.name}, {"value", one.value}});
    if (!e.calibration.empty()) json["calibration"] = e.calibration;
    for (const Attribution& one : e.attributions) json["attributions"].push_back(attribution_json(e, one));
    if (!e.gradient) return json;
    json["label"] = e.label;
    json["loss"] = e.gradient->loss;
    json["grad_y_hat"] = e.grad_y_hat;
    json["grad_h_0"] = vector_json(e.grad_activations[0].row(0));
    return json;
}

ordered_json to_json(const WeightStory& story) {
    ordered_json json = {
        {"name", story.name()},   {"layer", story.place.layer},    {"p", story.place.p},
        {"q", story.place.q},     {"value", story.value},          {"input", story.input},
        {"grad_a", story.grad_a}, {"gradient", story.gradient},    {"difference", story.difference},
        {"step", story.step},     {"path_count", story.path_count}};
    if (!story.paths.empty()) {
        json["paths"] = ordered_json::array();
        for (const WeightPath& path : story.paths)
            json["paths"].push_back(
                {{"neurons", path.neurons}, {"factors", path.factors}, {"product", path.product}});
    }
    json["terms"] = ordered_json::array();
    for (const WeightTerm& term : story.terms)
        json["terms"].push_back({{"neuron", term.neuron},
                                 {"weight", term.weight},
                                 {"grad_above", term.grad_above},
                                 {"product", term.product()}});
    return json;
}

}  // namespace thalweg
