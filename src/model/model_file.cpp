#include "model/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/file.h"
#include "model/model_json.h"
#include "model/pair.h"
#include "model/safetensors.h"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

const std::string kFormatKey = "thalweg.format";
const std::string kVersionKey = "thalweg.version";
const std::string kNetworkKey = "thalweg.network";
const std::string kNetworksKey = "thalweg.networks";
const std::string kLossKey = "thalweg.loss";
const std::string kPreprocessingKey = "thalweg.preprocessing";
const std::string kTargetKey = "thalweg.target";
const std::string kTrainingKey = "thalweg.training";
const std::string kCalibrationKey = "thalweg.calibration";
const std::string kChecksumKey = "thalweg.checksum";

[[noreturn]] void refuse(const std::string& source, const std::string& what) {
    throw Error(ErrorKind::model, source + ": " + what);
}

/// What the names of a network's tensors begin with: nothing where it is the only one.
std::string prefix_of(std::size_t network, std::size_t networks) {
    return networks == 1 ? "" : fmt::format("network.{}.", network + 1);
}

std::string weights_name(const std::string& prefix, std::size_t layer) {
    return fmt::format("{}layer.{}.weights", prefix, layer);
}

std::string bias_name(const std::string& prefix, std::size_t layer) {
    return fmt::format("{}layer.{}.bias", prefix, layer);
}

/// A tensor of a network, whose parameters stand in theta in the order of these.
struct NetworkTensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::size_t size;
};

std::vector<NetworkTensor> input_stage_tensors(const NetworkShape& shape, const std::string& prefix) {
    std::vector<NetworkTensor> tensors;
    const PeriodicEmbedding& embedding = shape.periodic;
    const std::size_t numbers = embedding.inputs.size();
    if (numbers > 0) {
        const std::vector<std::size_t> angles = {numbers, embedding.frequencies};
        tensors.push_back({prefix + "input.frequencies", angles, embedding.angles()});
        tensors.push_back({prefix + "input.phases", angles, embedding.angles()});
        tensors.push_back({prefix + "input.projections",
                           {numbers, embedding.outputs, embedding.frequencies},
                           embedding.angles() * embedding.outputs});
        tensors.push_back({prefix + "input.offsets", {numbers, embedding.outputs}, embedding.width()});
    }
    const PiecewiseEmbedding& piecewise = shape.piecewise;
    if (!piecewise.inputs.empty()) {
        const std::vector<std::size_t> lines = {piecewise.inputs.size(), piecewise.outputs};
        tensors.push_back({prefix + "input.slopes", lines, piecewise.width()});
        tensors.push_back({prefix + "input.intercepts", lines, piecewise.width()});
        tensors.push_back({prefix + "input.bin_vectors",
                           {piecewise.bins(), piecewise.outputs},
                           piecewise.bins() * piecewise.outputs});
    }
    if (const CategoryEmbedding& categories = shape.categories; !categories.inputs.empty())
        tensors.push_back({prefix + "input.category_vectors",
                           {categories.vectors(), categories.outputs},
                           categories.vectors() * categories.outputs});
    if (shape.input_scale) tensors.push_back({prefix + "input.scale", {shape.scaled()}, shape.scaled()});
    return tensors;
}

/// What members have of their own has their number in front of its shape.
std::vector<NetworkTensor> layer_tensors(const NetworkShape& shape, const std::string& prefix,
                                         std::size_t layer) {
    const std::size_t width = shape.widths[layer], fan_in = shape.fan_in(layer);
    const auto of_members = [&](std::size_t copies, std::vector<std::size_t> of_one) {
        if (shape.is_ensemble() && copies > 1) of_one.insert(of_one.begin(), copies);
        return of_one;
    };
    const std::size_t members = shape.members.count;
    std::vector<NetworkTensor> tensors = {
        {weights_name(prefix, layer), of_members(shape.weight_copies(layer), {width, fan_in}),
         shape.weight_size(layer)},
        {bias_name(prefix, layer), of_members(shape.bias_copies(layer), {width}), shape.bias_size(layer)}};
    if (shape.adapts_inputs(layer))
        tensors.push_back(
            {fmt::format("{}layer.{}.input_adapter", prefix, layer), {members, fan_in}, members * fan_in});
    if (shape.adapts_outputs(layer))
        tensors.push_back(
            {fmt::format("{}layer.{}.output_adapter", prefix, layer), {members, width}, members * width});
    if (shape.bends(layer))
        tensors.push_back({fmt::format("{}layer.{}.bend", prefix, layer), {width}, width});
    return tensors;
}

/// All of theta.
std::vector<NetworkTensor> network_tensors(const NetworkShape& shape, const std::string& prefix) {
    std::vector<NetworkTensor> tensors = input_stage_tensors(shape, prefix);
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer)
        for (NetworkTensor& tensor : layer_tensors(shape, prefix, layer))
            tensors.push_back(std::move(tensor));
    return tensors;
}

void check_finite(const Network<float>& network) {
    const std::size_t stage = network.shape().offset(1);
    if (!std::ranges::all_of(network.theta().first(stage), [](float value) { return std::isfinite(value); }))
        throw Error(ErrorKind::numeric,
                    "what stands before layer 1: a parameter is not finite, with which nothing can "
                    "be predicted");
    for (std::size_t layer = 1; layer <= network.layers(); ++layer) {
        const std::size_t begin = network.shape().offset(layer);
        const std::size_t end = network.shape().offset(layer + 1);
        const auto of_layer = network.theta().subspan(begin, end - begin);
        if (!std::ranges::all_of(of_layer, [](float parameter) { return std::isfinite(parameter); }))
            throw Error(
                ErrorKind::numeric,
                fmt::format("layer {}: a parameter is not finite, with which nothing can be predicted",
                            layer));
    }
}

void check_format(const Safetensors& file, const std::string& source) {
    const auto found = file.metadata.find(kFormatKey);
    if (found == file.metadata.end())
        refuse(source, fmt::format("a safetensors file, but no model of thalweg: its metadata has no '{}'",
                                   kFormatKey));
    const std::string& text = found->second;
    int format = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), format);
    if (error != std::errc() || end != text.data() + text.size() || format < 1)
        refuse(source, fmt::format("its format '{}' is not a number; is the file damaged?", text));
    if (format > kModelFormat)
        refuse(source, fmt::format("written in format {}, this thalweg ({}) reads up to format {}; install a "
                                   "newer one",
                                   format, version(), kModelFormat));
}

const std::string& metadata(const Safetensors& file, const std::string& key, const std::string& source) {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end()) refuse(source, fmt::format("the metadata '{}' is missing", key));
    return found->second;
}

const Safetensors::Entry& tensor(const Safetensors& file, const std::string& name,
                                 const std::string& source) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) refuse(source, fmt::format("the tensor '{}' is missing", name));
    return found->second;
}

/// The tensors of a layer have the sizes that the network speaks of. Sizes were checked against the bytes of
/// the file, so a network that passes here fits into memory as the file did.
void check_layer(const Safetensors& file, const NetworkShape& shape, const std::string& prefix,
                 std::size_t layer, const std::string& source) {
    const std::vector<NetworkTensor> expected = layer_tensors(shape, prefix, layer);
    const Safetensors::Entry& weights = tensor(file, weights_name(prefix, layer), source);
    const Safetensors::Entry& bias = tensor(file, bias_name(prefix, layer), source);
    if (weights.shape.size() == expected[0].shape.size() && weights.shape.back() != shape.fan_in(layer))
        refuse(source, fmt::format("layer {}: weights are {}, the layer below has {} activations; was the "
                                   "file cut?",
                                   layer, shape_text(weights.shape), shape.fan_in(layer)));
    if (weights.shape != expected[0].shape)
        refuse(source, fmt::format("layer {}: weights are {}, expected {}; was the file cut?", layer,
                                   shape_text(weights.shape), shape_text(expected[0].shape)));
    if (bias.shape != expected[1].shape)
        refuse(source, fmt::format("layer {}: the bias is {}, expected {}; was the file cut?", layer,
                                   shape_text(bias.shape), shape_text(expected[1].shape)));
}

void copy_tensor(const Safetensors::Entry& entry, std::span<float> elements) {
    if (!elements.empty()) std::memcpy(elements.data(), entry.bytes.data(), elements.size_bytes());
}

Network<float> read_network(const Safetensors& file, const NetworkShape& shape, const std::string& prefix,
                            const std::string& source) {
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer)
        check_layer(file, shape, prefix, layer, source);
    const std::vector<NetworkTensor> tensors = network_tensors(shape, prefix);
    for (const NetworkTensor& expected : tensors)
        if (const Safetensors::Entry& entry = tensor(file, expected.name, source);
            entry.shape != expected.shape)
            refuse(source, fmt::format("the tensor '{}' is {}, expected {}; was the file cut?", expected.name,
                                       shape_text(entry.shape), shape_text(expected.shape)));
    Network<float> network(shape);
    std::size_t position = 0;
    for (const NetworkTensor& part : tensors) {
        copy_tensor(tensor(file, part.name, source), network.theta().subspan(position, part.size));
        position += part.size;
    }
    try {
        check_finite(network);
    } catch (const Error& error) {
        refuse(source, error.what());
    }
    return network;
}

/// The networks of a file, whose tensors are theirs and `others` besides. A file of one network says nothing
/// more of it.
std::vector<ModelNetwork> read_networks(const Safetensors& file, std::size_t others,
                                        const std::string& source) {
    const NetworkShape shape =
        network_shape_from(metadata(file, kNetworkKey, source), source + ": the network");
    std::vector<ModelNetwork> networks(1);
    std::vector<NetworkShape> shapes = {shape};
    if (const auto list = file.metadata.find(kNetworksKey); list != file.metadata.end()) {
        networks = networks_from(list->second, source + ": the networks");
        shapes = network_shapes_from(list->second, shape, source + ": the networks");
    }
    std::size_t tensors = 0;
    for (std::size_t i = 0; i < networks.size(); ++i) {
        networks[i].network = read_network(file, shapes[i], prefix_of(i, networks.size()), source);
        tensors += network_tensors(shapes[i], "").size();
    }
    if (file.tensors.size() != tensors + others)
        refuse(source,
               fmt::format("{} tensors are in the file, the network{} in it {} {}", file.tensors.size(),
                           networks.size() == 1 ? "" : "s", networks.size() == 1 ? "has" : "have", tensors));
    return networks;
}

/// The three parts of a model belong together.
void check_parts(const Preprocessor& preprocessor, const TargetCoder& coder, const Network<float>& network,
                 const LossFunction& loss, const std::string& source) {
    const NetworkShape& shape = network.shape();
    if (preprocessor.inputs() != shape.inputs())
        refuse(source, fmt::format("the columns give {} inputs, the network takes {}", preprocessor.inputs(),
                                   shape.inputs()));
    const CategoryEmbedding embedded = preprocessor.embedded_categories();
    if (embedded.inputs != shape.categories.inputs || embedded.codes != shape.categories.codes)
        refuse(source, "the columns have other categories than the network embeds; is the file damaged?");
    if (coder.outputs() != shape.outputs())
        refuse(source, fmt::format("the target needs {} outputs, the network has {}", coder.outputs(),
                                   shape.outputs()));
    try {
        check_fits(coder.task(), {shape.output, loss});
    } catch (const Error& error) {
        refuse(source, error.what());
    }
}

std::string scores_name(std::size_t target) {
    return fmt::format("held_out.scores.{}", target + 1);
}

/// The ascending scores of each target, for intervals; nothing where the file has none.
std::vector<std::vector<float>> read_scores(const Safetensors& file, const TargetCoder& coder,
                                            const std::string& source) {
    std::vector<std::vector<float>> scores;
    for (std::size_t j = 0; file.tensors.contains(scores_name(0)) && j < coder.targets().size(); ++j) {
        const Safetensors::Entry& entry = tensor(file, scores_name(j), source);
        const bool sound = coder.task() == Task::regression && entry.shape.size() == 1;
        std::vector<float>& of_target = scores.emplace_back(sound ? entry.shape[0] : 0);
        copy_tensor(entry, sound ? std::span(of_target) : std::span<float>());
        const bool ascending = std::ranges::is_sorted(of_target);
        if (!sound || !ascending || !std::ranges::all_of(of_target, [](float s) { return std::isfinite(s); }))
            refuse(source,
                   fmt::format("the tensor '{}' is no ascending list of errors of a real value; is the "
                               "file damaged?",
                               scores_name(j)));
    }
    return scores;
}

HeldOut read_held_out(const Safetensors& file, const TargetCoder& coder, const std::string& source) {
    HeldOut held_out;
    held_out.scores = read_scores(file, coder, source);
    if (!file.metadata.contains(kCalibrationKey)) return held_out;
    if (coder.task() == Task::regression)
        refuse(source, "it calibrates probabilities, but its target holds real values; is the file damaged?");
    const std::size_t maps =
        coder.task() == Task::multiclass ? coder.targets()[0].classes.size() : coder.targets().size();
    held_out.calibration = calibration_from(metadata(file, kCalibrationKey, source), coder.targets().size(),
                                            maps, source + ": the calibration");
    return held_out;
}

bool is_of_format_4(const HeldOut& held_out) {
    return held_out.calibration.kind != CalibrationKind::none || !held_out.scores.empty();
}

bool is_of_format_4(const LossFunction& loss) {
    return loss.loss == Loss::gamma || loss.loss == Loss::tweedie || loss.loss == Loss::mape ||
           !loss.levels.empty();
}

bool is_of_format_5(const Model& model) {
    const auto needs_it = [](const ModelNetwork& one) {
        const NetworkShape& shape = one.network.shape();
        return shape.is_ensemble() || shape.parametric || shape.scales_categories;
    };
    const auto& columns = model.preprocessor().columns();
    return std::ranges::any_of(model.networks(), needs_it) ||
           std::ranges::any_of(columns,
                               [](const ColumnPlan& column) {
                                   return !column.one_hot.off.empty() || !column.number.quantiles.empty();
                               }) ||
           std::ranges::any_of(model.target_coder().targets(), &TargetPlan::is_bounded);
}

bool is_of_format_6(const Model& model) {
    return std::ranges::any_of(model.preprocessor().columns(),
                               [](const ColumnPlan& column) { return !column.recurring.empty(); });
}

bool is_of_format_7(const Model& model) {
    return std::ranges::any_of(model.preprocessor().columns(), [](const ColumnPlan& column) {
        return !column.code_shares.empty() || !column.time_means.empty();
    });
}

bool is_of_format_8(const Model& model) {
    return model.held_out().calibration.kind == CalibrationKind::smoothing;
}

/// The levels of quantiles are written with the loss.
TargetCoder with_levels(const TargetCoder& coder, const LossFunction& loss, const std::string& source) {
    try {
        return with_levels_of(loss, coder);
    } catch (const Error& error) {
        refuse(source, error.what());
    }
}

/// Throws Error{numeric} where a parameter is not finite.
void add_tensors(const Network<float>& network, const std::string& prefix, std::vector<Tensor>& tensors) {
    check_finite(network);
    std::size_t position = 0;
    for (const NetworkTensor& part : network_tensors(network.shape(), prefix)) {
        tensors.push_back({part.name, part.shape, network.theta().subspan(position, part.size)});
        position += part.size;
    }
}

}  // namespace

int format_of(const Model& model) {
    if (is_of_format_8(model)) return 8;
    if (is_of_format_7(model)) return 7;
    if (is_of_format_6(model)) return 6;
    if (is_of_format_5(model)) return 5;
    if (model.networks().size() > 1 || is_of_format_4(model.loss()) || is_of_format_4(model.held_out()))
        return 4;
    const NetworkShape& shape = model.network().shape();
    if (!shape.piecewise.inputs.empty() || !shape.categories.inputs.empty()) return 3;
    return shape.has_input_stage() ? 2 : 1;
}

std::string model_bytes(const Model& model) {
    const std::vector<ModelNetwork>& networks = model.networks();
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < networks.size(); ++i)
        add_tensors(networks[i].network, prefix_of(i, networks.size()), tensors);
    const HeldOut& held_out = model.held_out();
    for (std::size_t j = 0; j < held_out.scores.size(); ++j)
        tensors.push_back({scores_name(j), {held_out.scores[j].size()}, held_out.scores[j]});
    const nlohmann::json training = model.training();
    const auto text = [](const nlohmann::json& json) { return json.dump(); };
    try {
        std::map<std::string, std::string> metadata = {
            {kFormatKey, std::to_string(format_of(model))},
            {kVersionKey, version()},
            {kNetworkKey, text(to_json(model.network().shape()))},
            {kLossKey, text(to_json(model.loss()))},
            {kPreprocessingKey, text(to_json(model.preprocessor()))},
            {kTargetKey, text(to_json(model.target_coder()))},
            {kTrainingKey, text(training)}};
        if (networks.size() > 1) metadata[kNetworksKey] = text(to_json(networks));
        if (held_out.calibration.kind != CalibrationKind::none)
            metadata[kCalibrationKey] = text(to_json(held_out.calibration));
        return write_safetensors(tensors, metadata, kChecksumKey);
    } catch (const nlohmann::json::type_error& error) {
        throw Error(ErrorKind::data,
                    fmt::format("a name in the model cannot be stored, it is not UTF-8: {}", error.what()));
    }
}

Model model_from_bytes(std::string_view bytes, const std::string& source) {
    const Safetensors file = read_safetensors(bytes, source);
    check_format(file, source);
    verify_checksum(bytes, file, kChecksumKey, source);
    Preprocessor preprocessor =
        preprocessor_from(metadata(file, kPreprocessingKey, source), source + ": the preprocessing");
    const LossFunction loss = loss_from(metadata(file, kLossKey, source), source + ": the loss");
    TargetCoder coder = with_levels(
        target_coder_from(metadata(file, kTargetKey, source), source + ": the target"), loss, source);
    std::map<std::string, std::string> training =
        texts_from(metadata(file, kTrainingKey, source), source + ": the training");
    HeldOut held_out = read_held_out(file, coder, source);
    std::vector<ModelNetwork> networks = read_networks(file, held_out.scores.size(), source);
    for (const ModelNetwork& one : networks) check_parts(preprocessor, coder, one.network, loss, source);
    return Model(std::move(preprocessor), std::move(coder), std::move(networks), loss, std::move(training),
                 std::move(held_out));
}

void Model::save(const std::filesystem::path& path) const {
    write_file_atomically(path, model_bytes(*this));
}

Model Model::load(const std::filesystem::path& path) {
    return model_from_bytes(read_file(path, "model"), path.string());
}

}  // namespace thalweg
