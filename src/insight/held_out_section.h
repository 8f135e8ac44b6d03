#pragma once

#include <string>
#include <vector>

#include "insight/report_charts.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// The way from "nobody" to "everybody" is called positive, as the threshold falls: x is the share of the
/// false that are, y that of the true. scores and is_true: of each row.
Series roc_curve(const std::vector<double>& scores, const std::vector<bool>& is_true);
/// The area under it, by trapezia.
double area_under(const Series& curve);
/// Rows in ten parts by what was predicted: x is the mean probability of a part, y the share that came true.
Series reliability(const std::vector<double>& probabilities, const std::vector<bool>& is_true);

/// What the model says of the rows held out beside what is true: for classes the confusion matrix, ROC and
/// calibration; for real values predicted against true and residuals.
std::string held_out_html(const TargetCoder& coder, const HeldOutRows& rows, Charts& charts);

}  // namespace thalweg
