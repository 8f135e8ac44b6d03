#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "thalweg/network.hpp"

namespace thalweg::test {

/// The reference vectors of a file.
inline nlohmann::json read_cases(const std::string& path) {
    std::ifstream stream(path);
    if (!stream) throw std::runtime_error(path + " cannot be opened");
    nlohmann::json cases = nlohmann::json::parse(stream);
    if (!cases.is_array() || cases.empty()) throw std::runtime_error(path + " has no cases");
    return cases;
}

/// The tests' own file of this name.
inline nlohmann::json read_own_vectors(const std::string& file) {
    return read_cases(THALWEG_TEST_DATA "/vectors/" + file);
}

/// The file of this name in the folder of THALWEG_VECTORS, else the tests' own.
inline nlohmann::json read_vectors(const std::string& file) {
    const char* folder = std::getenv("THALWEG_VECTORS");
    return folder ? read_cases(std::string(folder) + "/" + file) : read_own_vectors(file);
}

template <class Scalar>
Matrix<Scalar> matrix_of(const nlohmann::json& rows) {
    Matrix<Scalar> matrix(rows.size(), rows.empty() ? 0 : rows[0].size());
    for (std::size_t i = 0; i < matrix.rows(); ++i)
        for (std::size_t j = 0; j < matrix.cols(); ++j) matrix(i, j) = rows.at(i).at(j).get<Scalar>();
    return matrix;
}

/// The network of a case: its shape and the parameters in `parameters` ("weights" and "biases").
template <class Scalar>
Network<Scalar> network_of(const nlohmann::json& shape, const nlohmann::json& parameters) {
    NetworkShape described{shape.at("widths").get<std::vector<std::size_t>>(),
                           parse_choice<Activation>(shape.at("activation").get<std::string>()),
                           parse_choice<Output>(shape.at("output").get<std::string>())};
    if (shape.contains("embedding")) {
        const nlohmann::json& embedding = shape.at("embedding");
        described.periodic = {embedding.at("inputs").get<std::vector<std::size_t>>(),
                              embedding.at("frequencies"), embedding.at("outputs")};
    }
    if (shape.contains("piecewise")) {
        const nlohmann::json& embedding = shape.at("piecewise");
        described.piecewise = {embedding.at("inputs").get<std::vector<std::size_t>>(),
                               embedding.at("edges").get<std::vector<std::vector<float>>>(),
                               embedding.at("outputs")};
    }
    if (shape.contains("categories")) {
        const nlohmann::json& embedding = shape.at("categories");
        described.categories = {embedding.at("inputs").get<std::vector<std::size_t>>(),
                                embedding.at("codes").get<std::vector<std::size_t>>(),
                                embedding.at("outputs")};
    }
    described.input_scale = shape.value("input_scale", false);
    Network<Scalar> network(described);
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        const Matrix<Scalar> weights = matrix_of<Scalar>(parameters.at("weights").at(i - 1));
        if (weights.elements().size() != network.weights(i).rows * network.weights(i).cols)
            throw std::runtime_error("the weights of a case do not fit its widths");
        std::ranges::copy(weights.elements(), network.weights(i).data);
        const auto bias = parameters.at("biases").at(i - 1).get<std::vector<Scalar>>();
        std::ranges::copy(bias, network.bias(i).begin());
    }
    return network;
}

/// The targets of a case and the memory behind them.
template <class Scalar>
struct OwnedTargets {
    Matrix<Scalar> values;
    std::vector<std::uint32_t> classes;
    std::vector<Scalar> example_weights;

    Targets<Scalar> view() const { return {values.view(), classes, example_weights}; }
};

template <class Scalar>
OwnedTargets<Scalar> targets_of(const nlohmann::json& test_case) {
    OwnedTargets<Scalar> targets;
    if (test_case.at("loss") == "cross_entropy")
        targets.classes = test_case.at("y").get<std::vector<std::uint32_t>>();
    else
        targets.values = matrix_of<Scalar>(test_case.at("y"));
    if (test_case.contains("example_weights"))
        targets.example_weights = test_case.at("example_weights").get<std::vector<Scalar>>();
    return targets;
}

inline void flatten(const nlohmann::json& value, std::vector<double>& numbers) {
    if (value.is_number()) return numbers.push_back(value.get<double>());
    for (const auto& element : value) flatten(element, numbers);
}

/// The largest absolute difference over the largest magnitude expected (or 1): the vectors' measure.
template <class Scalar>
void expect_array(const std::string& what, std::span<const Scalar> got, const nlohmann::json& expected_json,
                  double bound) {
    std::vector<double> expected;
    flatten(expected_json, expected);
    ASSERT_EQ(got.size(), expected.size()) << what;
    double scale = 1.0;
    for (const double value : expected) scale = std::max(scale, std::abs(value));
    for (std::size_t j = 0; j < got.size(); ++j)
        ASSERT_LE(std::abs(static_cast<double>(got[j]) - expected[j]) / scale, bound)
            << what << "[" << j << "]: got " << got[j] << ", expected " << expected[j];
}

}  // namespace thalweg::test
