#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/memory.h"
#include "model/assemble.h"
#include "model/json_text.h"
#include "model/select_networks.h"
#include "tune/search_run.h"

namespace thalweg {
namespace {

using nlohmann::json;

FitResult network_from(const std::string& blob, const NetworkShape& shape, const std::string& source) {
    const Checkpoint checkpoint = checkpoint_from_bytes(blob, source);
    if (checkpoint.networks.size() != 1 || !checkpoint.networks.front().result)
        throw Error(ErrorKind::model, source + ": the study is damaged: a network in it was not trained");
    FitResult result = *checkpoint.networks.front().result;
    const AlignedVector<float>& theta = *checkpoint.networks.front().theta;
    result.network = Network<float>(shape);
    if (theta.size() != result.network.theta().size())
        throw Error(ErrorKind::model, source + ": the study is damaged: a network in it is of another trial");
    std::ranges::copy(theta, result.network.theta().begin());
    return result;
}

}  // namespace

/// Of each trial in the study its best training; the best first, as many as the model may have.
std::vector<Candidate> Search::candidates() const {
    std::vector<Candidate> all, best;
    for (const auto& [key, run] : runs_)
        if (run.trained() && run.score) all.push_back({key.first, key.second, *run.score});
    std::ranges::sort(all, {}, &Candidate::rank);
    for (Candidate& one : all) {
        if (best.size() == options_.ensemble) break;
        if (std::ranges::find(best, one.trial, &Candidate::trial) == best.end())
            best.push_back(std::move(one));
    }
    return best;
}

/// The study keeps the networks of those that the model may have.
void Search::keep_the_best() {
    std::set<std::pair<std::size_t, std::size_t>> best;
    for (const Candidate& candidate : candidates()) best.emplace(candidate.trial, candidate.rung);
    std::erase_if(kept_, [&](const auto& kept) {
        if (best.contains(kept)) return false;
        study_.drop_networks(kept.first, kept.second);
        return true;
    });
}

/// Those that the model is chosen from.
std::vector<Candidate> Search::all_candidates() {
    std::vector<Candidate> best = candidates();
    for (Candidate& cut : cut_short_) best.push_back(std::move(cut));
    std::ranges::sort(best, {}, &Candidate::rank);
    const Prepared& prepared = task_.prepared;
    const bool selects = selection_follows(prepared.coder.task(), prepared.pair.loss.loss);
    best.resize(std::min(best.size(), selects ? options_.ensemble : 1));
    if (best.empty() && unscored_) best.push_back(*std::move(unscored_));
    if (!best.empty()) return best;
    for (const auto& [key, run] : runs_)
        if (run.state == TrialState::failed)
            throw Error(ErrorKind::numeric, fmt::format("no trial could be trained; the first of {}: {}",
                                                        runs_.size(), run.message));
    throw Error(ErrorKind::usage, "the search was ended before its first training had begun");
}

std::vector<std::optional<FitResult>> Search::take_fits(Candidate& candidate,
                                                        const NetworkShape& shape) const {
    if (!candidate.fits.empty()) return std::move(candidate.fits);
    std::vector<std::optional<FitResult>> fits;
    for (const std::string& blob : study_.networks(candidate.trial, candidate.rung))
        fits.emplace_back(network_from(blob, shape, study_.source()));
    if (fits.size() != task_.folds)
        throw Error(ErrorKind::model, fmt::format("{}: the study is damaged: trial {} lacks networks",
                                                  study_.source(), candidate.trial));
    return fits;
}

/// As many of the best as there is memory for.
Library Search::library_of(std::vector<Candidate> best) {
    Library library;
    double parameters = 0.0;
    constexpr double kCopies = 2.0;  // theta, and theta as predictions read it
    for (Candidate& candidate : best) {
        Choices choices = choices_of(candidate.trial);
        parameters += static_cast<double>(task_.folds * choices.shape.parameters());
        if (!library.kinds.empty() && kCopies * sizeof(float) * parameters > available_memory()) {
            warn(fmt::format("the model is chosen from {} of {} trainings: more do not fit into memory",
                             library.kinds.size(), best.size()));
            break;
        }
        const Hyperparameters record = task_.shown(values(candidate.trial));
        for (NetworkTask& task : tasks_of(candidate.trial, library.kinds.size(), record))
            library.tasks.push_back(std::move(task));
        for (std::optional<FitResult>& fit : take_fits(candidate, choices.shape))
            library.fits.push_back(std::move(fit));
        library.kinds.push_back(std::move(choices));
        library.places.emplace_back(candidate.trial, candidate.rung);
    }
    return library;
}

/// One model of what was trained.
Tuning Search::finish(const Table& table) {
    Library library = library_of(all_candidates());
    TrainOptions options = task_.options;
    options.ensemble = library.kinds.size();
    options.select = true;
    Tuning tuning;
    tuning.training =
        assemble(std::move(task_.prepared), library.kinds, options, library.tasks, std::move(library.fits));
    json shares = json::array();
    for (const NetworkTraining& network : tuning.training.networks) {
        const auto [trial, rung] = library.places[(network.network - 1) / task_.folds];
        const bool is_first =
            tuning.shares.empty() || tuning.shares.back().trial != trial || tuning.shares.back().rung != rung;
        if (!network.kept || network.weight == 0 || !is_first) continue;
        tuning.shares.push_back({trial, rung, network.weight});
        shares.push_back({trial, rung, network.weight});
    }
    write([&] { study_.set_text("model", shares.dump()); });
    if (!task_.test_rows.empty())
        tuning.test = tuning.training.model.evaluate(table, task_.test_rows, {options.threads, {}, false});
    tuning.runs = study_.runs();
    tuning.metric = task_.metric;
    tuning.interrupted = hooks_.stop != nullptr && *hooks_.stop;
    tuning.seconds = tuning.training.seconds = elapsed();
    return tuning;
}

}  // namespace thalweg
