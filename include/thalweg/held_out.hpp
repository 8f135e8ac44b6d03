#pragma once

#include <vector>

#include "thalweg/choice.hpp"

namespace thalweg {

/// How probabilities are brought closer to what happens, once the network has said them.
enum class CalibrationKind { none, smoothing, temperature, isotonic };

template <>
struct ChoiceTable<CalibrationKind> {
    static constexpr std::string_view noun = "calibration";
    static constexpr std::pair<CalibrationKind, std::string_view> entries[] = {
        {CalibrationKind::none, "none"},
        {CalibrationKind::smoothing, "smoothing"},
        {CalibrationKind::temperature, "temperature"},
        {CalibrationKind::isotonic, "isotonic"},
    };
};

/// A function that never falls: straight between its points, level before the first and after the last.
struct RisingCurve {
    std::vector<double> from;  ///< ascending
    std::vector<double> to;    ///< as many, none below the one before

    double operator()(double x) const;
};

/// Label smoothing that is undone in the probabilities of several classes.
struct Unsmoothing {
    double smoothing = 0.0;        ///< the share of the truth that training had spread over the classes
    double log_loss_before = 0.0;  ///< of the held-out rows
    double log_loss_after = 0.0;
};

/// One map of probabilities for two classes (P of the second), one for each of several classes or labels.
struct Calibration {
    CalibrationKind kind = CalibrationKind::none;
    std::vector<double> sharpness;    ///< temperature: 1/T; one for all classes of a target
    std::vector<RisingCurve> curves;  ///< isotonic
    Unsmoothing unsmoothing = {};     ///< smoothing
};

/// What was fitted to the predictions of rows that the network had not learnt from.
struct HeldOut {
    Calibration calibration;
    /// Real values, for intervals: how far off each held-out prediction was, ascending, of each target.
    std::vector<std::vector<float>> scores;
};

}  // namespace thalweg
