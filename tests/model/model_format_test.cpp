#include "model/model_parts.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace thalweg {
namespace {

using testing::expect_refused;
using testing::kSource;
using testing::Metadata;
using testing::Parts;
using testing::reload;
using testing::small_model;
using testing::small_table;

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

TEST(ModelFile, MeansOfCategoriesAndTimesComeBackInFormat7) {
    const Model plain = small_model();
    std::vector<ColumnPlan> columns = plain.preprocessor().columns();
    const auto with = [&] {
        return model_bytes(Model(Preprocessor(columns), plain.target_coder(), plain.network(), {}, {}));
    };
    columns[1].code_shares = {1.0 / 3.0, 0.5, 1.0 / 6.0};
    EXPECT_EQ(read_safetensors(with(), kSource).metadata.at("thalweg.format"), "7");
    EXPECT_EQ(model_from_bytes(with(), kSource).preprocessor().columns()[1].code_shares,
              columns[1].code_shares);

    columns[1].code_shares = {0.5, 0.5};
    expect_refused(with(), "has 2 'code_shares' for 3 codes");
    columns[1].code_shares = {0.5, 0.5, 0.5};
    expect_refused(with(), "has 'code_shares' that are no shares of a whole");
    columns[1].code_shares = {-0.5, 0.5, 0.5};
    expect_refused(with(), "has 'code_shares' that are no shares of a whole");
    columns[1].code_shares.clear();
    columns[1].time_means = {0.5};
    expect_refused(with(), "has 1 'time_means', which do not fit its inputs");
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

}  // namespace
}  // namespace thalweg
