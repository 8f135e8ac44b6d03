#pragma once

#include <functional>

namespace thalweg {

/// The loss along a line: phi(step) and phi'(step).
struct LinePoint {
    double step = 0.0;
    double loss = 0.0;
    double slope = 0.0;
};

/// A step that satisfies the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6):
/// sufficient decrease with c1 = 1e-4 and |phi'| at most c2 = 0.9 of the first. `start` has step 0 and a
/// slope below 0. Where none is found within 25 evaluations, the lowest point seen, which may be `start`.
/// A loss that is not finite counts as too high.
LinePoint strong_wolfe(const LinePoint& start, double first_step,
                       const std::function<LinePoint(double step)>& evaluate);

}  // namespace thalweg
