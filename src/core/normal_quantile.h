#pragma once

namespace thalweg {

/// The number that a standard normal one lies below with probability `p`, 0 < p < 1, to 1 part in 10^15.
/// Source: Wichura 1988, algorithm AS 241 (PPND16).
double normal_quantile(double p);

}  // namespace thalweg
