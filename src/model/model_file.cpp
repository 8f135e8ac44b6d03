#include "model/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "core/file.h"
#include "core/memory.h"
#include "model/model_json.h"
#include "model/pair.h"
#include "model/row_predictor.h"
#include "model/safetensors.h"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

const std::string kFormatKey = "thalweg.format";
const std::string kVersionKey = "thalweg.version";
const std::string kNetworkKey = "thalweg.network";
const std::string kLossKey = "thalweg.loss";
const std::string kPreprocessingKey = "thalweg.preprocessing";
const std::string kTargetKey = "thalweg.target";
const std::string kTrainingKey = "thalweg.training";
const std::string kChecksumKey = "thalweg.checksum";

[[noreturn]] void refuse(const std::string& source, const std::string& what) {
    throw Error(ErrorKind::model, source + ": " + what);
}

std::string weights_name(std::size_t layer) {
    return fmt::format("layer.{}.weights", layer);
}

std::string bias_name(std::size_t layer) {
    return fmt::format("layer.{}.bias", layer);
}

/// A tensor of a network, whose parameters stand in theta in the order of these.
struct NetworkTensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::size_t size;
};

std::vector<NetworkTensor> input_stage_tensors(const NetworkShape& shape) {
    std::vector<NetworkTensor> tensors;
    const PeriodicEmbedding& embedding = shape.periodic;
    const std::size_t numbers = embedding.inputs.size();
    if (numbers > 0) {
        const std::vector<std::size_t> angles = {numbers, embedding.frequencies};
        tensors.push_back({"input.frequencies", angles, embedding.angles()});
        tensors.push_back({"input.phases", angles, embedding.angles()});
        tensors.push_back({"input.projections",
                           {numbers, embedding.outputs, embedding.frequencies},
                           embedding.angles() * embedding.outputs});
        tensors.push_back({"input.offsets", {numbers, embedding.outputs}, embedding.width()});
    }
    const PiecewiseEmbedding& piecewise = shape.piecewise;
    if (!piecewise.inputs.empty()) {
        const std::vector<std::size_t> lines = {piecewise.inputs.size(), piecewise.outputs};
        tensors.push_back({"input.slopes", lines, piecewise.width()});
        tensors.push_back({"input.intercepts", lines, piecewise.width()});
        tensors.push_back({"input.bin_vectors",
                           {piecewise.bins(), piecewise.outputs},
                           piecewise.bins() * piecewise.outputs});
    }
    if (const CategoryEmbedding& categories = shape.categories; !categories.inputs.empty())
        tensors.push_back({"input.category_vectors",
                           {categories.vectors(), categories.outputs},
                           categories.vectors() * categories.outputs});
    if (shape.input_scale) tensors.push_back({"input.scale", {shape.scaled()}, shape.scaled()});
    return tensors;
}

/// What members have of their own has their number in front of its shape.
std::vector<NetworkTensor> layer_tensors(const NetworkShape& shape, std::size_t layer) {
    const std::size_t width = shape.widths[layer], fan_in = shape.fan_in(layer);
    const auto of_members = [&](std::size_t copies, std::vector<std::size_t> of_one) {
        if (shape.is_ensemble() && copies > 1) of_one.insert(of_one.begin(), copies);
        return of_one;
    };
    const std::size_t members = shape.members.count;
    std::vector<NetworkTensor> tensors = {
        {weights_name(layer), of_members(shape.weight_copies(layer), {width, fan_in}),
         shape.weight_size(layer)},
        {bias_name(layer), of_members(shape.bias_copies(layer), {width}), shape.bias_size(layer)}};
    if (shape.adapts_inputs(layer))
        tensors.push_back(
            {fmt::format("layer.{}.input_adapter", layer), {members, fan_in}, members * fan_in});
    if (shape.adapts_outputs(layer))
        tensors.push_back({fmt::format("layer.{}.output_adapter", layer), {members, width}, members * width});
    if (shape.bends(layer)) tensors.push_back({fmt::format("layer.{}.bend", layer), {width}, width});
    return tensors;
}

/// All of theta.
std::vector<NetworkTensor> network_tensors(const NetworkShape& shape) {
    std::vector<NetworkTensor> tensors = input_stage_tensors(shape);
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer)
        for (NetworkTensor& tensor : layer_tensors(shape, layer)) tensors.push_back(std::move(tensor));
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
void check_layer(const Safetensors& file, const NetworkShape& shape, std::size_t layer,
                 const std::string& source) {
    const std::vector<NetworkTensor> expected = layer_tensors(shape, layer);
    const Safetensors::Entry& weights = tensor(file, weights_name(layer), source);
    const Safetensors::Entry& bias = tensor(file, bias_name(layer), source);
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

Network<float> read_network(const Safetensors& file, const std::string& source) {
    const NetworkShape shape =
        network_shape_from(metadata(file, kNetworkKey, source), source + ": the network");
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) check_layer(file, shape, layer, source);
    const std::vector<NetworkTensor> tensors = network_tensors(shape);
    for (const NetworkTensor& expected : tensors)
        if (const Safetensors::Entry& entry = tensor(file, expected.name, source);
            entry.shape != expected.shape)
            refuse(source, fmt::format("the tensor '{}' is {}, expected {}; was the file cut?", expected.name,
                                       shape_text(entry.shape), shape_text(expected.shape)));
    if (file.tensors.size() != tensors.size())
        refuse(source, fmt::format("{} tensors are in the file, a network of {} layers has {}",
                                   file.tensors.size(), shape.layers(), tensors.size()));
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

std::string read_bytes(const std::filesystem::path& path) {
    check_readable(path, "model");
    std::ifstream stream(path, std::ios::binary);
    const auto fail = [&] { throw Error(ErrorKind::io, fmt::format("cannot read '{}'", path.string())); };
    if (!stream) fail();
    std::string bytes;
    std::error_code unknown;
    const auto size = static_cast<double>(std::filesystem::file_size(path, unknown));
    with_memory(path.string(), size, [&] {
        return bytes.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    });
    if (stream.bad()) fail();
    return bytes;
}

/// The oldest format that has what a network needs, so that older versions read what they can.
int format_of(const NetworkShape& shape) {
    if (!shape.piecewise.inputs.empty() || !shape.categories.inputs.empty() || shape.is_ensemble() ||
        shape.parametric)
        return 3;
    return shape.has_input_stage() ? 2 : 1;
}

}  // namespace

std::string model_bytes(const Model& model) {
    const Network<float>& network = model.network();
    check_finite(network);
    std::vector<Tensor> tensors;
    std::size_t position = 0;
    for (const NetworkTensor& part : network_tensors(network.shape())) {
        tensors.push_back({part.name, part.shape, network.theta().subspan(position, part.size)});
        position += part.size;
    }
    const nlohmann::json training = model.training();
    const auto text = [](const nlohmann::json& json) { return json.dump(); };
    try {
        return write_safetensors(tensors,
                                 {{kFormatKey, std::to_string(format_of(network.shape()))},
                                  {kVersionKey, version()},
                                  {kNetworkKey, text(to_json(network.shape()))},
                                  {kLossKey, text(to_json(model.loss()))},
                                  {kPreprocessingKey, text(to_json(model.preprocessor()))},
                                  {kTargetKey, text(to_json(model.target_coder()))},
                                  {kTrainingKey, text(training)}},
                                 kChecksumKey);
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
    TargetCoder coder = target_coder_from(metadata(file, kTargetKey, source), source + ": the target");
    const LossFunction loss = loss_from(metadata(file, kLossKey, source), source + ": the loss");
    std::map<std::string, std::string> training =
        texts_from(metadata(file, kTrainingKey, source), source + ": the training");
    Network<float> network = read_network(file, source);
    check_parts(preprocessor, coder, network, loss, source);
    return Model(std::move(preprocessor), std::move(coder), std::move(network), loss, std::move(training));
}

void Model::save(const std::filesystem::path& path) const {
    write_file_atomically(path, model_bytes(*this));
}

Model Model::load(const std::filesystem::path& path) {
    return model_from_bytes(read_bytes(path), path.string());
}

Model::Model(Preprocessor preprocessor, TargetCoder target_coder, Network<float> network, LossFunction loss,
             std::map<std::string, std::string> training)
    : preprocessor_(std::move(preprocessor)),
      target_coder_(std::move(target_coder)),
      network_(std::move(network)),
      loss_(loss),
      training_(std::move(training)),
      predictor_(std::make_shared<const RowPredictor>(preprocessor_, network_)) {}

const RowPredictor& Model::predictor() const {
    if (predictor_ == nullptr)
        throw Error(ErrorKind::usage, "an empty model predicts nothing; train one, or load one from a file");
    return *predictor_;
}

}  // namespace thalweg
