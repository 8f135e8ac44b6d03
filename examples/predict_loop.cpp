// Predict inside a loop: a simulation asks the model for one row at a time.
//
// Run: predict_loop
// Output:
// after 0.25 s:  0.7 rad
// after 0.50 s:  0.1 rad
// after 0.75 s: -0.6 rad
// after 1.00 s: -1.0 rad

#include <cmath>
#include <cstdio>
#include <span>
#include <thalweg/thalweg.hpp>

int main() {
    using namespace thalweg;
    // A pendulum's acceleration is learnt from what was measured, ...
    Column angle{.name = "angle"}, acceleration{.name = "acceleration"};
    for (int i = 0; i < 600; ++i) {
        const double value = -1.5 + 3.0 * i / 599.0;
        angle.values.push_back(value);
        acceleration.values.push_back(-9.81 * std::sin(value));
    }
    TrainOptions options;
    options.target = {"acceleration"};
    options.hidden = {32, 32};
    options.activation = Activation::tanh;
    const Model model = train(Table({angle, acceleration}), options).model;

    // ... and then the model swings the pendulum from 1 radian, in steps of a hundredth of a second.
    double position = 1.0, velocity = 0.0;
    for (int step = 1; step <= 100; ++step) {
        double acceleration_now = 0.0;
        model.predict(std::span(&position, 1), std::span(&acceleration_now, 1));
        velocity += 0.01 * acceleration_now;
        position += 0.01 * velocity;
        if (step % 25 == 0) std::printf("after %.2f s: %4.1f rad\n", 0.01 * step, position);
    }
}
