#include "model/model_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/model_json.h"
#include "model/safetensors.h"
#include "model/small_model.h"
#include "support/expect_error.h"
#include "support/program.h"

namespace thalweg {
namespace {

using testing::small_model;
using testing::small_table;

constexpr const char* kSource = "model.safetensors";
using Metadata = std::map<std::string, std::string>;

Model reload(const Model& model) {
    return model_from_bytes(model_bytes(model), kSource);
}

/// The metadata and tensors of a sound file, to be spoilt one by one and written with a right checksum.
struct Parts {
    Model model;  ///< whose memory the tensors are
    Metadata metadata;
    std::vector<Tensor> tensors;

    explicit Parts(Model sound) : model(std::move(sound)) {
        const std::string bytes = model_bytes(model);
        metadata = read_safetensors(bytes, kSource).metadata;
        for (std::size_t layer = 1; layer <= model.network().layers(); ++layer) {
            const auto weights = model.network().weights(layer);
            tensors.push_back({"layer." + std::to_string(layer) + ".weights",
                               {weights.rows, weights.cols},
                               {weights.data, weights.rows * weights.cols}});
            tensors.push_back(
                {"layer." + std::to_string(layer) + ".bias", {weights.rows}, model.network().bias(layer)});
        }
    }
    std::string bytes() const { return write_safetensors(tensors, metadata, "thalweg.checksum"); }
};

/// A file of this header, which need not be sound, and `data` bytes of zeros.
std::string with_header(const std::string& header, std::size_t data = 0) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + std::string(data, '\0');
}

void expect_refused(const std::string& bytes, const std::string& part) {
    test::expect_error(ErrorKind::model, part, [&] { model_from_bytes(bytes, kSource); });
}

TEST(ModelFile, EveryPartComesBackAsItWas) {
    const Model model = small_model();
    const Model loaded = reload(model);
    EXPECT_EQ(to_json(loaded.preprocessor()), to_json(model.preprocessor()));
    EXPECT_EQ(to_json(loaded.target_coder()), to_json(model.target_coder()));
    EXPECT_EQ(to_json(loaded.loss()), to_json(model.loss()));
    EXPECT_EQ(to_json(loaded.network().shape()), to_json(model.network().shape()));
    EXPECT_EQ(loaded.training(), model.training());
    const auto theta = model.network().theta(), again = loaded.network().theta();
    ASSERT_EQ(theta.size(), again.size());
    EXPECT_EQ(std::memcmp(theta.data(), again.data(), theta.size_bytes()), 0);
}

TEST(ModelFile, EveryFieldOfAColumnComesBack) {
    ColumnPlan plan;
    plan.name = "when";
    plan.type = ColumnType::text;
    plan.treatment = Treatment::time;
    plan.reason = "text of the form %Y-%m-%d";
    plan.missing = 17;
    plan.missing_indicator = true;
    plan.number = {0.1, 5e-324};
    plan.categories = {"a", "b"};
    plan.missing_input = true;
    plan.other_input = true;
    plan.time_format = "%Y-%m-%d";
    plan.time_parts = {TimePart::linear, TimePart::year_cycle, TimePart::week_cycle, TimePart::day_cycle};
    const nlohmann::json stored = to_json(Preprocessor({plan}));
    const ColumnPlan back = preprocessor_from(stored.dump(), "columns").columns().at(0);
    EXPECT_EQ(back.name, plan.name);
    EXPECT_EQ(back.type, plan.type);
    EXPECT_EQ(back.treatment, plan.treatment);
    EXPECT_EQ(back.reason, plan.reason);
    EXPECT_EQ(back.missing, plan.missing);
    EXPECT_EQ(back.missing_indicator, plan.missing_indicator);
    EXPECT_EQ(back.number.centre, plan.number.centre);
    EXPECT_EQ(back.number.scale, plan.number.scale);
    EXPECT_EQ(back.categories, plan.categories);
    EXPECT_EQ(back.missing_input, plan.missing_input);
    EXPECT_EQ(back.other_input, plan.other_input);
    EXPECT_EQ(back.time_format, plan.time_format);
    EXPECT_EQ(back.time_parts, plan.time_parts);
}

TEST(ModelFile, PredictsTheSameBitsAfterLoading) {
    const Model model = small_model();
    const Matrix<double> before = model.predict(small_table()).values;
    const Matrix<double> after = reload(model).predict(small_table()).values;
    ASSERT_EQ(before.rows(), 4U);
    for (std::size_t row = 0; row < 4; ++row) EXPECT_EQ(before(row, 0), after(row, 0)) << "row " << row;
}

TEST(ModelFile, TheSameModelGivesTheSameBytes) {
    EXPECT_EQ(model_bytes(small_model()), model_bytes(reload(small_model())));
}

TEST(ModelFile, EveryBitThatFlipsIsNoticed) {
    const std::string bytes = model_bytes(small_model());
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
            try {
                model_from_bytes(damaged, kSource);
                FAIL() << "bit " << bit << " of byte " << at << " of " << bytes.size();
            } catch (const Error& error) {
                ASSERT_EQ(error.kind(), ErrorKind::model) << "byte " << at << ": " << error.what();
                ASSERT_TRUE(std::string(error.what()).starts_with(kSource)) << error.what();
            }
        }
}

TEST(ModelFile, EveryCutIsNoticed) {
    const std::string bytes = model_bytes(small_model());
    for (std::size_t length = 0; length < bytes.size(); ++length) expect_refused(bytes.substr(0, length), "");
    expect_refused(bytes.substr(0, bytes.size() - 1), "was the file cut?");
    expect_refused("", "the file is empty");
    expect_refused("abc", "was it cut?");
}

TEST(ModelFile, BytesAddedOrMovedAreNoticed) {
    const std::string bytes = model_bytes(small_model());
    expect_refused(bytes + '\0', "was the file added to?");
    std::string swapped = bytes;
    std::swap_ranges(swapped.end() - 8, swapped.end() - 4, swapped.end() - 4);
    ASSERT_NE(swapped, bytes);
    expect_refused(swapped, "damaged");
}

TEST(ModelFile, ANewerFormatIsRefusedByItsNumber) {
    Parts parts(small_model());
    parts.metadata["thalweg.format"] = "7";
    expect_refused(parts.bytes(), "written in format 7, this thalweg");
    parts.metadata["thalweg.format"] = "x";
    expect_refused(parts.bytes(), "format 'x' is not a number");
}

TEST(ModelFile, AForeignSafetensorsFileIsRefused) {
    const std::vector<float> elements(6, 1.0F);
    const std::string bytes = write_safetensors({{"encoder.weight", {2, 3}, elements}}, {}, "other");
    expect_refused(bytes, "a safetensors file, but no model of thalweg");
}

TEST(ModelFile, AFileOfAnotherKindIsRefused) {
    expect_refused("price,rooms\n1,2\n3,4\n", "is it no safetensors file");
    expect_refused(with_header("[1, 2]"), "not a JSON object");
    expect_refused(with_header("{\"__metadata__\": 3}"), "metadata is not a JSON object");
}

TEST(ModelFile, AHeaderThatSpeaksOfHugeSizesIsRefusedBeforeTheyAreUsed) {
    std::string bytes(16, '\xFF');
    expect_refused(bytes, "its header alone would take 18446744073709551615");
    const std::string meta = R"({"__metadata__":{"thalweg.format":"1"},"layer.1.weights":)";
    // 2^62 x 4 floats overflow 64 bits to 0 bytes.
    expect_refused(
        with_header(meta + R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})"),
        "does not fit 0 bytes");
    expect_refused(
        with_header(meta + R"({"dtype":"F32","shape":[4],"data_offsets":[18446744073709551608,8]}})"),
        "not a begin and an end");
    expect_refused(with_header(meta + R"({"dtype":"F32","shape":[2],"data_offsets":[8,16]}})", 16),
                   "begins at byte 8");
    expect_refused(with_header(meta + R"({"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", 8), "type F32");
    expect_refused(with_header(meta + R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4),
                   "not a list of sizes");
    expect_refused(with_header(meta + "[]}"), "not a JSON object");
}

TEST(ModelFile, JsonNestedWithoutEndIsRefused) {
    const std::string open(1'000'000, '['), close(1'000'000, ']');
    expect_refused(with_header(R"({"__metadata__":{"a":)" + open + close + "}}"), "not a JSON object");
    expect_refused(with_header(open), "not a JSON object");
    Parts parts(small_model());
    parts.metadata["thalweg.preprocessing"] = "{\"columns\":[" + open + close + "]}";
    expect_refused(parts.bytes(), "the preprocessing");
}

TEST(ModelFile, LayersThatDoNotFitAreRefused) {
    const Model model = small_model();
    Parts parts(model);
    const std::vector<float> elements(6, 1.0F);
    parts.tensors[2] = {"layer.2.weights", {1, 2}, std::span(elements).first(2)};
    expect_refused(parts.bytes(),
                   "layer 2: weights are 1 x 2, the layer below has 3 activations; was the file "
                   "cut?");
    parts.tensors[2] = {"layer.2.weights", {2, 3}, elements};
    expect_refused(parts.bytes(), "layer 2: weights are 2 x 3, expected 1 x 3");
    parts = Parts(model);
    parts.tensors[1] = {"layer.1.bias", {2}, std::span(elements).first(2)};
    expect_refused(parts.bytes(), "layer 1: the bias is 2, expected 3");
    parts = Parts(model);
    parts.tensors.pop_back();
    expect_refused(parts.bytes(), "the tensor 'layer.2.bias' is missing");
    parts = Parts(model);
    parts.tensors.push_back({"layer.3.bias", {2}, std::span(elements).first(2)});
    expect_refused(parts.bytes(), "5 tensors are in the file");
}

/// small_model with its number embedded and all of layer 1's scaled.
Model embedded_model() {
    const Model plain = small_model();
    NetworkShape shape = plain.network().shape();
    shape.periodic = {{0}, 5, 2};
    shape.input_scale = true;
    Network<float> network(shape);
    const Random random(2, RandomStream::sample);
    for (std::size_t j = 0; j < network.theta().size(); ++j)
        network.theta()[j] = static_cast<float>(random.normal(j));
    return Model(plain.preprocessor(), plain.target_coder(), std::move(network), {}, {});
}

TEST(ModelFile, WhatStandsBeforeLayer1ComesBackInFormat2) {
    const Model model = embedded_model();
    const std::string bytes = model_bytes(model);
    const Safetensors file = read_safetensors(bytes, kSource);
    EXPECT_EQ(file.metadata.at("thalweg.format"), "2");
    EXPECT_EQ(file.tensors.at("input.projections").shape, (std::vector<std::size_t>{1, 2, 5}));
    EXPECT_EQ(read_safetensors(model_bytes(small_model()), kSource).metadata.at("thalweg.format"), "1");

    const Model again = model_from_bytes(bytes, kSource);
    EXPECT_EQ(again.network().shape().periodic.inputs, model.network().shape().periodic.inputs);
    EXPECT_TRUE(again.network().shape().input_scale);
    EXPECT_TRUE(std::ranges::equal(again.network().theta(), model.network().theta()));
    EXPECT_EQ(again.predict(small_table()).values.elements()[0],
              model.predict(small_table()).values.elements()[0]);
}

/// small_model with three members.
Model ensemble_model(Adapters adapters) {
    const Model plain = small_model();
    NetworkShape shape = plain.network().shape();
    shape.members = {3, adapters};
    Network<float> network(shape);
    const Random random(2, RandomStream::sample);
    for (std::size_t j = 0; j < network.theta().size(); ++j)
        network.theta()[j] = static_cast<float>(random.normal(j));
    return Model(plain.preprocessor(), plain.target_coder(), std::move(network), {}, {});
}

TEST(ModelFile, MembersComeBackInFormat5) {
    for (const Adapters adapters : {Adapters::all, Adapters::first}) {
        const Model model = ensemble_model(adapters);
        const std::string bytes = model_bytes(model);
        const Safetensors file = read_safetensors(bytes, kSource);
        EXPECT_EQ(file.metadata.at("thalweg.format"), "5");
        EXPECT_EQ(file.tensors.at("layer.1.weights").shape, (std::vector<std::size_t>{3, 4}));
        EXPECT_EQ(file.tensors.at("layer.1.input_adapter").shape, (std::vector<std::size_t>{3, 4}));
        EXPECT_EQ(file.tensors.contains("layer.1.output_adapter"), adapters == Adapters::all);
        EXPECT_EQ(file.tensors.at("layer.2.weights").shape, (std::vector<std::size_t>{3, 1, 3}));

        const Model again = model_from_bytes(bytes, kSource);
        EXPECT_EQ(again.network().shape().members.count, 3U);
        EXPECT_EQ(again.network().shape().members.adapters, adapters);
        EXPECT_TRUE(std::ranges::equal(again.network().theta(), model.network().theta()));
        EXPECT_EQ(again.predict(small_table()).values.elements()[0],
                  model.predict(small_table()).values.elements()[0]);
    }
}

TEST(ModelFile, ParametricActivationsComeBackInFormat5) {
    const Model plain = small_model();
    NetworkShape shape = plain.network().shape();
    shape.parametric = true;
    Network<float> network(shape);
    const Random random(2, RandomStream::sample);
    for (std::size_t j = 0; j < network.theta().size(); ++j)
        network.theta()[j] = static_cast<float>(random.normal(j));
    const Model model(plain.preprocessor(), plain.target_coder(), network, {}, {});
    const std::string bytes = model_bytes(model);
    const Safetensors file = read_safetensors(bytes, kSource);
    EXPECT_EQ(file.metadata.at("thalweg.format"), "5");
    EXPECT_EQ(file.tensors.at("layer.1.bend").shape, (std::vector<std::size_t>{3}));
    const Model again = model_from_bytes(bytes, kSource);
    EXPECT_TRUE(again.network().shape().parametric);
    EXPECT_EQ(again.predict(small_table()).values.elements()[0],
              model.predict(small_table()).values.elements()[0]);
}

TEST(ModelFile, QuantilesOfANumberComeBackInFormat5) {
    const Model plain = small_model();
    std::vector<ColumnPlan> columns = plain.preprocessor().columns();
    columns[0].number.quantiles = {-1.0, 1.0 / 3.0, 7.5};
    const Model model(Preprocessor(columns), plain.target_coder(), plain.network(), {}, {});
    const Safetensors file = read_safetensors(model_bytes(model), kSource);
    EXPECT_EQ(file.metadata.at("thalweg.format"), "5");
    const Model again = model_from_bytes(model_bytes(model), kSource);
    EXPECT_EQ(again.preprocessor().columns()[0].number.quantiles, columns[0].number.quantiles);
    EXPECT_EQ(again.predict(small_table()).values.elements()[0],
              model.predict(small_table()).values.elements()[0]);

    columns[0].number.quantiles = {2.0, 1.0};
    expect_refused(model_bytes(Model(Preprocessor(columns), plain.target_coder(), plain.network(), {}, {})),
                   "has 'quantiles' that fall");
}

TEST(ModelFile, RecurringValuesComeBackInFormat6) {
    const Model plain = small_model();
    std::vector<ColumnPlan> columns = plain.preprocessor().columns();
    columns[0].recurring = {-1.0, 1.0 / 3.0};
    const Network<float> wider({{6, 3, 1}, Activation::tanh, Output::linear});
    const auto with = [&] {
        return model_bytes(Model(Preprocessor(columns), plain.target_coder(), wider, {}, {}));
    };
    EXPECT_EQ(read_safetensors(with(), kSource).metadata.at("thalweg.format"), "6");
    EXPECT_EQ(model_from_bytes(with(), kSource).preprocessor().columns()[0].recurring, columns[0].recurring);

    columns[0].recurring = {1.0, 1.0};
    expect_refused(with(), "has 'recurring' values that do not rise");
}

TEST(ModelFile, MembersThatCannotBeAreRefused) {
    const Safetensors sound = read_safetensors(model_bytes(ensemble_model(Adapters::all)), kSource);
    const auto members = [&](const std::string& text) {
        Metadata metadata = sound.metadata;
        nlohmann::json network = nlohmann::json::parse(metadata.at("thalweg.network"));
        network["members"] = nlohmann::json::parse(text);
        metadata["thalweg.network"] = network.dump();
        return write_safetensors({}, metadata, "thalweg.checksum");
    };
    expect_refused(members(R"({"count": 0, "adapters": "all"})"), "between 1 and 4096 members: got 0");
    expect_refused(members(R"({"count": 100000, "adapters": "all"})"), "members: got 100000");
    expect_refused(members(R"({"count": 3, "adapters": "none"})"), "unknown adapters 'none'");
    expect_refused(members(R"({"count": 4, "adapters": "all"})"), "is missing");
}

/// small_model with its number embedded in three bins.
Model piecewise_model() {
    const Model plain = small_model();
    NetworkShape shape = plain.network().shape();
    shape.piecewise = {{0}, {{-1.0f, 0.1f, 1.0f / 3.0f, 2.0f}}, 4};
    Network<float> network(shape);
    const Random random(3, RandomStream::sample);
    for (std::size_t j = 0; j < network.theta().size(); ++j)
        network.theta()[j] = static_cast<float>(random.normal(j));
    return Model(plain.preprocessor(), plain.target_coder(), std::move(network), {}, {});
}

TEST(ModelFile, APiecewiseEmbeddingComesBackInFormat3WithItsEdges) {
    const Model model = piecewise_model();
    const std::string bytes = model_bytes(model);
    const Safetensors file = read_safetensors(bytes, kSource);
    EXPECT_EQ(file.metadata.at("thalweg.format"), "3");
    EXPECT_EQ(file.tensors.at("input.bin_vectors").shape, (std::vector<std::size_t>{3, 4}));
    const Model again = model_from_bytes(bytes, kSource);
    EXPECT_EQ(again.network().shape().piecewise.inputs, model.network().shape().piecewise.inputs);
    EXPECT_EQ(again.network().shape().piecewise.edges, model.network().shape().piecewise.edges);
    EXPECT_TRUE(std::ranges::equal(again.network().theta(), model.network().theta()));
    EXPECT_EQ(again.predict(small_table()).values.elements()[0],
              model.predict(small_table()).values.elements()[0]);
}

TEST(ModelFile, BinsThatCannotBeAreRefused) {
    const Safetensors sound = read_safetensors(model_bytes(piecewise_model()), kSource);
    const auto network_with = [&](const std::string& piecewise) {
        Metadata metadata = sound.metadata;
        nlohmann::json network = nlohmann::json::parse(metadata.at("thalweg.network"));
        network["piecewise"] = nlohmann::json::parse(piecewise);
        metadata["thalweg.network"] = network.dump();
        return write_safetensors({}, metadata, "thalweg.checksum");
    };
    expect_refused(network_with(R"({"inputs": [4], "edges": [[0, 1]], "outputs": 4})"),
                   "input 4 cannot be embedded: the network has 4 inputs");
    expect_refused(network_with(R"({"inputs": [0, 1], "edges": [[0, 1]], "outputs": 4})"),
                   "2 inputs are embedded in bins, and edges are given for 1");
    expect_refused(network_with(R"({"inputs": [0], "edges": [[0, 1, 1]], "outputs": 4})"),
                   "the edges of the bins of input 0 do not ascend");
    expect_refused(network_with(R"({"inputs": [0], "edges": [[0, 1e300]], "outputs": 4})"), "do not ascend");
    expect_refused(network_with(R"({"inputs": [0], "edges": [[0, 1e-40, 1]], "outputs": 4})"),
                   "do not ascend");
    expect_refused(network_with(R"({"inputs": [0], "edges": [[0]], "outputs": 4})"),
                   "between 1 and 65536: got 0");
    expect_refused(network_with(R"({"inputs": [0], "edges": [["a", 1]], "outputs": 4})"),
                   "with what is no number");
    expect_refused(network_with(R"({"inputs": [0], "edges": [[0, 1]], "outputs": 5000000000})"),
                   "between 1 and 65536: got 5000000000");
}

/// small_model with its category embedded.
Model category_model() {
    const Model plain = small_model();
    std::vector<ColumnPlan> columns = plain.preprocessor().columns();
    columns[1].embedded = true;
    NetworkShape shape = plain.network().shape();
    shape.widths[0] = 2;
    shape.categories = {{1}, {3}, 4};
    Network<float> network(shape);
    const Random random(4, RandomStream::sample);
    for (std::size_t j = 0; j < network.theta().size(); ++j)
        network.theta()[j] = static_cast<float>(random.normal(j));
    return Model(Preprocessor(columns), plain.target_coder(), std::move(network), {}, {});
}

TEST(ModelFile, EmbeddedCategoriesComeBackInFormat3) {
    const Model model = category_model();
    const std::string bytes = model_bytes(model);
    EXPECT_EQ(read_safetensors(bytes, kSource).metadata.at("thalweg.format"), "3");
    const Model again = model_from_bytes(bytes, kSource);
    EXPECT_EQ(again.network().shape().categories.inputs, std::vector<std::size_t>{1});
    EXPECT_EQ(again.network().shape().categories.codes, std::vector<std::size_t>{3});
    EXPECT_TRUE(again.preprocessor().columns()[1].embedded);
    EXPECT_TRUE(std::ranges::equal(again.network().theta(), model.network().theta()));
    EXPECT_EQ(again.predict(small_table()).values.elements()[0],
              model.predict(small_table()).values.elements()[0]);
}

TEST(ModelFile, CategoriesThatDoNotFitAreRefused) {
    const auto spoilt = [](const std::string& key, const std::string& from, const std::string& to) {
        Parts parts(category_model());
        parts.tensors.push_back({"input.category_vectors", {3, 4}, parts.model.network().theta().first(12)});
        std::string& text = parts.metadata[key];
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << text;
        text.replace(at, from.size(), to);
        return parts.bytes();
    };
    expect_refused(spoilt("thalweg.network", "\"codes\":[3]", "\"codes\":[]"), "the codes of 0 are counted");
    expect_refused(spoilt("thalweg.network", "\"codes\":[3]", "\"codes\":[0]"), "between 1 and 65536: got 0");
    expect_refused(spoilt("thalweg.network", "\"codes\":[3]", "\"codes\":[4]"), "was the file cut?");
    expect_refused(spoilt("thalweg.network", "\"inputs\":[1],\"outputs\":4", "\"inputs\":[0],\"outputs\":4"),
                   "other categories than the network embeds");
    expect_refused(spoilt("thalweg.preprocessing", "\"Roma\",", ""),
                   "other categories than the network embeds");
}

/// Three networks of embedded_model's shape, the second of which counts twice.
Model model_of_three() {
    const Model one = embedded_model();
    std::vector<ModelNetwork> networks;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        Network<float> network(one.network().shape());
        initialise(network, seed);
        networks.push_back({std::move(network), seed == 1 ? 2U : 1U, {{"seed", std::to_string(seed)}}});
    }
    return Model(one.preprocessor(), one.target_coder(), std::move(networks), {}, {});
}

TEST(ModelFile, SeveralNetworksComeBackInFormat4) {
    const Model model = model_of_three();
    const std::string bytes = model_bytes(model);
    const Safetensors file = read_safetensors(bytes, kSource);
    EXPECT_EQ(file.metadata.at("thalweg.format"), "4");
    EXPECT_TRUE(file.tensors.contains("network.3.layer.2.bias"));
    const Model again = model_from_bytes(bytes, kSource);
    ASSERT_EQ(again.networks().size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(
            std::ranges::equal(again.networks()[i].network.theta(), model.networks()[i].network.theta()));
        EXPECT_EQ(again.networks()[i].weight, model.networks()[i].weight);
        EXPECT_EQ(again.networks()[i].training, model.networks()[i].training);
    }
    EXPECT_TRUE(std::ranges::equal(again.predict(small_table()).values.elements(),
                                   model.predict(small_table()).values.elements()));
}

TEST(ModelFile, NetworksThatDoNotFitTheirListAreRefused) {
    const std::string bytes = model_bytes(model_of_three());
    const Safetensors sound = read_safetensors(bytes, kSource);
    const auto with = [&](const std::string& networks) {
        Metadata metadata = sound.metadata;
        metadata["thalweg.networks"] = networks;
        return write_safetensors({}, metadata, "thalweg.checksum");
    };
    const std::string fine = R"({"weight": 1, "training": {}})";
    expect_refused(with("{}"), "the networks has no 'networks'");
    expect_refused(with(R"({"networks": []})"), "a list is for two or more");
    expect_refused(with(R"({"networks": [)" + fine + "]}"), "a list is for two or more");
    expect_refused(with(R"({"networks": [{"weight": 0, "training": {}}, )" + fine + "]}"), "counts 0 times");
    expect_refused(with(R"({"networks": [{"weight": -1, "training": {}}, )" + fine + "]}"), "not a count");
    expect_refused(with(R"({"networks": [{"weight": 1, "training": {"seed": 1}}, )" + fine + "]}"),
                   "not a text");
    expect_refused(with(R"({"networks": [)" + fine + ", " + fine + "]}"),
                   "the tensor 'network.1.layer.1.weights' is missing");
}

TEST(Model, WithoutNetworksOrOfDifferentOutputsIsRefused) {
    const Model one = small_model();
    const auto model_of = [&](std::vector<ModelNetwork> networks) {
        return [&one, networks] { Model(one.preprocessor(), one.target_coder(), networks, {}, {}); };
    };
    test::expect_error(ErrorKind::usage, "no network", model_of({}));
    test::expect_error(ErrorKind::usage, "0 times", model_of({{one.network(), 0}}));
    const NetworkShape& shape = one.network().shape();
    const Network<float> wider({{shape.inputs(), shape.outputs() + 1}, Activation::relu, shape.output});
    test::expect_error(ErrorKind::usage, "the same inputs, outputs and output function",
                       model_of({{one.network()}, {wider}}));
}

TEST(ModelFile, AnEmbeddingThatDoesNotFitIsRefused) {
    const Model model = embedded_model();
    const Safetensors sound = read_safetensors(model_bytes(model), kSource);
    const auto network_with = [&](const std::string& embedding) {
        Metadata metadata = sound.metadata;
        nlohmann::json network = nlohmann::json::parse(metadata.at("thalweg.network"));
        network["embedding"] = nlohmann::json::parse(embedding);
        metadata["thalweg.network"] = network.dump();
        return write_safetensors({}, metadata, "thalweg.checksum");
    };
    expect_refused(network_with(R"({"inputs": [4], "frequencies": 5, "outputs": 2})"),
                   "input 4 cannot be embedded: the network has 4 inputs");
    expect_refused(network_with(R"({"inputs": [1, 0], "frequencies": 5, "outputs": 2})"),
                   "in ascending order");
    expect_refused(network_with(R"({"inputs": [0], "frequencies": 0, "outputs": 2})"),
                   "frequencies, bins, codes and outputs must be between 1 and 65536: got 0");
    expect_refused(network_with(R"({"inputs": [0], "frequencies": 4, "outputs": 2})"), "is missing");
}

TEST(ModelFile, MetadataThatCannotBeIsRefused) {
    const auto spoilt = [](const std::string& key, const std::string& from, const std::string& to) {
        Parts parts(small_model());
        std::string& text = parts.metadata[key];
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << key << ": " << text;
        text.replace(at, from.size(), to);
        return parts.bytes();
    };
    expect_refused(spoilt("thalweg.network", "[4,3,1]", "[4,0,1]"), "the network");
    expect_refused(spoilt("thalweg.network", "[4,3,1]", "[4,4611686018427387904,1]"), "the network");
    expect_refused(spoilt("thalweg.network", "[4,3,1]", "[4]"), "the network");
    expect_refused(spoilt("thalweg.network", "tanh", "tnah"), "unknown activation 'tnah'");
    expect_refused(spoilt("thalweg.preprocessing", "\"scale\":0.1", "\"scale\":0.0"), "not above 0");
    expect_refused(spoilt("thalweg.preprocessing", "\"scale\":0.1", "\"scale\":\"x\""), "not a number");
    expect_refused(spoilt("thalweg.preprocessing", "\"Roma\",", ""), "the columns give 3 inputs");
    expect_refused(spoilt("thalweg.preprocessing", "Roma", "Ñoño"), "the same text twice");
    expect_refused(spoilt("thalweg.preprocessing", "\"name\":\"city\"", "\"name\":\"rooms\""),
                   "another column");
    expect_refused(spoilt("thalweg.preprocessing", "\"missing\":0", "\"missing\":-1"), "not a count");
    expect_refused(spoilt("thalweg.target", "regression", "binary"), "has 0 classes");
    expect_refused(spoilt("thalweg.target", "regression", "auto"), "not decided");
    expect_refused(spoilt("thalweg.loss", "squared_error", "poisson"), "poisson");
    expect_refused(spoilt("thalweg.training", "\"seed\":\"0\"", "\"seed\":0"), "not a text");
    expect_refused(spoilt("thalweg.training", "{", "["), "not a JSON object");
}

TEST(ModelFile, AnOutputOrLossThatDoesNotFitTheTaskIsRefused) {
    const Model model = small_model();
    const TargetCoder classes(Task::binary, {{"kind", {"no", "yes"}}}, "two texts");
    const auto bytes = [&](Output output, Loss loss) {
        Network<float> network({model.network().shape().widths, Activation::tanh, output});
        LossFunction function;
        function.loss = loss;
        return model_bytes(Model(model.preprocessor(), classes, network, function, {}));
    };
    expect_refused(bytes(Output::linear, Loss::squared_error), "the output linear does not fit a binary");
    expect_refused(bytes(Output::logistic, Loss::quantile), "the loss quantile does not fit a binary");
    EXPECT_EQ(model_from_bytes(bytes(Output::logistic, Loss::squared_error), kSource).target_coder().task(),
              Task::binary);
}

/// As small_model, with another output and loss.
Model with_pair(Output output, const LossFunction& loss, std::size_t outputs = 1) {
    const Model model = small_model();
    const TargetCoder coder =
        loss.levels.empty() ? model.target_coder() : model.target_coder().with_levels(loss.levels);
    return Model(model.preprocessor(), coder, Network<float>({{4, 3, outputs}, Activation::tanh, output}),
                 loss, {});
}

TEST(ModelFile, LossesOfRatiosAndLevelsOfQuantilesComeBackFromFormatFour) {
    const Model tweedie =
        with_pair(Output::exponential, {.loss = Loss::tweedie, .tweedie_power = 1.0 + 1.0 / 3.0});
    EXPECT_EQ(Parts(tweedie).metadata.at("thalweg.format"), "4");
    EXPECT_EQ(reload(tweedie).loss().tweedie_power, 1.0 + 1.0 / 3.0);
    const std::vector<double> levels = {1.0 / 7.0, 0.5};
    const Model quantiles = with_pair(Output::ascending, {.loss = Loss::quantile, .levels = levels}, 2);
    EXPECT_EQ(Parts(quantiles).metadata.at("thalweg.format"), "4");
    EXPECT_EQ(reload(quantiles).loss().levels, levels);
    EXPECT_EQ(reload(quantiles).predict(small_table()).to_table().names().size(), 2U);
    const Model huber = with_pair(Output::linear, {.loss = Loss::huber});
    EXPECT_EQ(Parts(huber).metadata.at("thalweg.format"), "1") << "older versions read what they can";
}

TEST(ModelFile, LevelsThatDoNotFitAreRefused) {
    const auto spoilt_levels = [](const std::string& levels) {
        Parts parts(with_pair(Output::ascending, {.loss = Loss::quantile, .levels = {0.25, 0.75}}, 2));
        std::string& text = parts.metadata.at("thalweg.loss");
        text.replace(text.find("[0.25,0.75]"), 11, levels);
        return parts.bytes();
    };
    expect_refused(spoilt_levels("[0.75,0.25]"), "each above the one before");
    expect_refused(spoilt_levels("[0.25,1.0]"), "between 0 and 1");
    expect_refused(spoilt_levels("[0.25,0.5,0.75]"), "the target needs 3 outputs, the network has 2");
    expect_refused(spoilt_levels("[0.25,\"x\"]"), "not a list of numbers");
    expect_refused(spoilt_levels("[]"), "the target needs 1 outputs, the network has 2");
}

TEST(ModelFile, APartOfTheMetadataThatIsMissingIsNamed) {
    for (const char* key :
         {"thalweg.network", "thalweg.loss", "thalweg.preprocessing", "thalweg.target", "thalweg.training"}) {
        Parts parts(small_model());
        parts.metadata.erase(key);
        expect_refused(parts.bytes(), key);
    }
}

TEST(ModelFile, AFileThatAnotherProgramWroteWithoutTheChecksumIsRefused) {
    const Parts parts(small_model());
    expect_refused(write_safetensors(parts.tensors, parts.metadata, "another.checksum"), "damaged");
    Metadata metadata = parts.metadata;
    metadata.erase("thalweg.checksum");
    expect_refused(write_safetensors(parts.tensors, metadata, "another.checksum"), "checksum is missing");
}

TEST(ModelFile, ParametersThatAreNotFiniteAreNeitherSavedNorLoaded) {
    Model model = small_model();
    Network<float> network = model.network();
    network.theta()[16] = std::numeric_limits<float>::infinity();
    const Model spoilt(model.preprocessor(), model.target_coder(), network, model.loss(), {});
    test::expect_error(ErrorKind::numeric, "layer 2: a parameter is not finite",
                       [&] { model_bytes(spoilt); });
    Parts parts(model);
    const std::vector<float> nan(1, std::numeric_limits<float>::quiet_NaN());
    parts.tensors[3] = {"layer.2.bias", {1}, nan};
    expect_refused(parts.bytes(), "layer 2: a parameter is not finite");
}

TEST(ModelFile, WhatCannotBeReadOrWrittenIsAnErrorOfInputAndOutput) {
    const testing::WorkFolder folder;
    const auto path = folder.path();
    test::expect_error(ErrorKind::io, "absent.safetensors",
                       [&] { Model::load(path / "absent.safetensors"); });
    test::expect_error(ErrorKind::io, "folder", [&] { Model::load(path); });
    test::expect_error(ErrorKind::io, "no folder",
                       [&] { small_model().save(path / "no" / "m.safetensors"); });
}

TEST(ModelFile, IsSavedUnderAnyNameAndLeavesNothingElse) {
    const testing::WorkFolder folder;
    const auto place = folder.path() / "Ñoño";
    std::filesystem::create_directory(place);
    small_model().save(place / "modèle.safetensors");
    small_model().save(place / "modèle.safetensors");
    EXPECT_EQ(Model::load(place / "modèle.safetensors").training(), small_model().training());
    EXPECT_EQ(folder.entries(), (std::vector<std::string>{"Ñoño", "Ñoño/modèle.safetensors"}));
}

TEST(ModelFile, ThePythonPackageOpensItAndReadsTheSameNumbers) {
    const testing::WorkFolder folder;
    const Model model = small_model();
    model.save(folder.path() / "model.safetensors");
    folder.write("read.py",
                 "import json\n"
                 "from safetensors import safe_open\n"
                 "with safe_open('model.safetensors', 'np') as f:\n"
                 "    tensors = {k: f.get_tensor(k).astype(float).tolist() for k in f.keys()}\n"
                 "    print(json.dumps({'metadata': f.metadata(), 'tensors': tensors}))\n");
    testing::RunOptions options;
    options.folder = folder.path();
    const testing::RunResult result = testing::run({THALWEG_PYTHON, "read.py"}, options);
    ASSERT_EQ(result.status, 0) << result.err;
    const nlohmann::json read = nlohmann::json::parse(result.out);
    EXPECT_EQ(read["metadata"]["thalweg.format"], "1");
    EXPECT_EQ(nlohmann::json::parse(read["metadata"]["thalweg.network"].get<std::string>()),
              to_json(model.network().shape()));
    ASSERT_EQ(read["tensors"].size(), 4U);
    for (std::size_t layer = 1; layer <= 2; ++layer) {
        const std::string name = "layer." + std::to_string(layer);
        const auto weights = model.network().weights(layer);
        for (std::size_t row = 0; row < weights.rows; ++row) {
            EXPECT_EQ(read["tensors"][name + ".bias"][row], double{model.network().bias(layer)[row]});
            for (std::size_t col = 0; col < weights.cols; ++col)
                EXPECT_EQ(read["tensors"][name + ".weights"][row][col], double{weights(row, col)});
        }
    }
}

}  // namespace
}  // namespace thalweg
