#include "insight/check_subject.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/random.h"
#include "model/learn.h"
#include "model/train_checks.h"

namespace thalweg {
namespace {

std::string title_of(const std::string& of, const NetworkShape& shape, const LossFunction& loss) {
    std::string text = fmt::format("{}: {}, ", of, fmt::join(shape.widths, "-"));
    if (shape.layers() > 1) text += fmt::format("{}, ", name_of(shape.activation));
    if (shape.is_ensemble()) text += fmt::format("{} members, ", shape.members.count);
    return text + fmt::format("{} output, loss {}", name_of(shape.output), name_of(loss.loss));
}

/// The network that stands at this place of the model, whole, with all its members.
const Network<float>& network_at(const Model& model, std::size_t number) {
    const std::size_t count = model.networks().size();
    if (number < 1 || number > count)
        throw Error(ErrorKind::usage, fmt::format("--network {}: the model has {} network{}, counted from 1",
                                                  number, count, count == 1 ? "" : "s"));
    return model.networks()[number - 1].network;
}

CheckSubject begin(const std::string& of, Network<float> network, const LossFunction& loss,
                   PlainExamples examples) {
    CheckSubject subject;
    subject.title = title_of(of, network.shape(), loss);
    subject.network = std::move(network);
    subject.loss = loss;
    subject.examples = std::move(examples);
    return subject;
}

std::string network_title(std::size_t number, std::size_t count) {
    return count == 1 ? "the model's network" : fmt::format("network {} of {}", number, count);
}

/// Output and loss as the options name them; of one that is named the other follows.
Pair pair_of(const TrainOptions& options) {
    const bool classes = options.loss == Loss::cross_entropy || options.output == Output::softmax;
    const bool labels = options.loss == Loss::binary_cross_entropy || options.output == Output::logistic;
    Pair pair = choose_pair(classes  ? Task::multiclass
                            : labels ? Task::multilabel
                                     : Task::regression,
                            options);
    check_pair(pair.output, pair.loss);
    return pair;
}

Network<float> begun(const Choices& choices, std::uint64_t seed) {
    Network<float> network(choices.shape);
    initialise(network, seed, choices.frequency_scale);
    return network;
}

}  // namespace

CheckSubject subject_of(const Model& model, const Table& table, std::size_t number, std::size_t rows) {
    const Network<float>& network = network_at(model, number);
    std::vector<std::uint32_t> labelled = model.target_coder().labelled_rows(table);
    if (labelled.empty())
        throw Error(ErrorKind::data,
                    fmt::format("{}: no row has a target, so there is no loss to check", table.source()));
    labelled.resize(std::min(labelled.size(), rows));
    return begin(network_title(number, model.networks().size()), network, model.loss(),
                 plain_examples(model, table, labelled));
}

CheckSubject subject_of(const Model& model, std::size_t number, std::size_t rows, std::uint64_t seed) {
    const Network<float>& network = network_at(model, number);
    return begin(network_title(number, model.networks().size()), network, model.loss(),
                 draw_examples(network.shape(), model.loss(), rows, seed));
}

CheckSubject untrained(const Table& table, const TrainOptions& options, std::size_t rows) {
    check_columns(table, options);
    std::vector<std::string> notes;
    const Prepared prepared = prepare(table, labelled_rows(table, options, notes), options, nullptr);
    const Choices choices = choose(options, facts_of(prepared, options, false), prepared.pair);
    std::vector<std::uint32_t> first(std::min(rows, prepared.training.rows));
    std::iota(first.begin(), first.end(), 0U);
    return begin("a network before training", begun(choices, options.seed), prepared.pair.loss,
                 plain_examples(prepared.training, first));
}

CheckSubject untrained(std::size_t inputs, std::size_t outputs, const TrainOptions& options,
                       std::size_t rows) {
    const Pair pair = pair_of(options);
    DataFacts facts{rows, 0, inputs, pair.loss.levels.empty() ? outputs : pair.loss.levels.size()};
    facts.numbers.resize(inputs);
    std::iota(facts.numbers.begin(), facts.numbers.end(), std::size_t{0});
    const std::vector<float> edges = {-1.0f, -0.5f, 0.0f, 0.5f, 1.0f};
    facts.edges.assign(inputs, edges);
    const Choices choices = choose(options, facts, pair);
    return begin("a network before training, on random rows", begun(choices, options.seed), pair.loss,
                 draw_examples(choices.shape, pair.loss, rows, options.seed));
}

}  // namespace thalweg
