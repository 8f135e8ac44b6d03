// From a table to a model, a score and a file.
//
// Run: train_table digits.train.csv.gz digits.test.csv.gz
// Output:

#include <cstdio>
#include <thalweg/thalweg.hpp>

int main(int argc, char** argv) try {
    using namespace thalweg;
    if (argc != 3) return std::fprintf(stderr, "usage: train_table TRAIN TEST\n"), 2;

    TrainOptions options;
    options.target = {"digit"};
    options.hidden = {64};
    options.epochs = 20;
    const Training training = train(read_table({argv[1]}), options);
    std::printf("%s\n", training.task_reason.c_str());

    training.model.save("digits.safetensors");
    const Model model = Model::load("digits.safetensors");
    const Evaluation evaluation = model.evaluate(read_table({argv[2]}));
    for (const auto& [name, value] : evaluation.metrics)
        std::printf("%s above 0.95: %s\n", name.c_str(), value > 0.95 ? "yes" : "no");
} catch (const thalweg::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
}
