// From a table to a model, a score and a file.
//
// Run: train_table digits.train.csv.gz digits.test.csv.gz
// Output:
// 'digit' has 10 distinct whole numbers: 0, 1, 2, 3, 4, ...
// accuracy  0.98
// log_loss  0.10
// macro_f1  0.98

#include <cstdio>
#include <thalweg/thalweg.hpp>

int main(int argc, char** argv) try {
    using namespace thalweg;
    if (argc != 3) return std::fprintf(stderr, "usage: train_table TRAIN TEST\n"), 2;

    TrainOptions options;
    options.target = {"digit"};
    options.hidden = {64};
    options.epochs = 40;
    const Training training = train(read_table({argv[1]}), options);
    std::printf("%s\n", training.task_reason.c_str());

    training.model.save("digits.safetensors");
    const Model model = Model::load("digits.safetensors");
    const Evaluation evaluation = model.evaluate(read_table({argv[2]}));
    for (const auto& [name, value] : evaluation.metrics) std::printf("%-8s  %.2f\n", name.c_str(), value);
} catch (const thalweg::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
}
