#include "model/model_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/model_json.h"
#include "support/program.h"

namespace thalweg {
namespace {

using testing::expect_refused;
using testing::kSource;
using testing::Metadata;
using testing::Parts;
using testing::reload;
using testing::small_model;
using testing::small_table;
using testing::with_header;

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
    parts.metadata["thalweg.format"] = "9";
    expect_refused(parts.bytes(), "written in format 9, this thalweg");
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
