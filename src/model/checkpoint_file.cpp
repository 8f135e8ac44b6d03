#include "model/checkpoint_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/file.h"
#include "model/json_text.h"
#include "model/safetensors.h"
#include "thalweg/error.hpp"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

using nlohmann::json;

const std::string kFormatKey = "thalweg.checkpoint";
const std::string kVersionKey = "thalweg.version";
const std::string kTrainingKey = "thalweg.training";
const std::string kSecondsKey = "thalweg.seconds";
const std::string kNetworksKey = "thalweg.networks";
const std::string kChecksumKey = "thalweg.checksum";

/// A training of a century is a damaged file.
constexpr double kLongest = 3e9;

[[noreturn]] void refuse(const std::string& source, const std::string& what) {
    throw Error(ErrorKind::model, source + ": " + what);
}

[[noreturn]] void refuse_damaged(const std::string& source, const std::string& what) {
    refuse(source, fmt::format("the checkpoint is damaged: {}; delete it to begin anew", what));
}

/// JSON knows no infinity, which is what nothing has scored yet.
json score_json(double score) {
    return std::isfinite(score) ? json(score) : json(nullptr);
}

double score_from(const json& text) {
    return text.is_null() ? std::numeric_limits<double>::infinity() : text.get<double>();
}

std::size_t count_from(const json& text) {
    if (!text.is_number_unsigned()) throw std::invalid_argument("a count is no number from 0 on");
    return text.get<std::size_t>();
}

double seconds_from(const json& text) {
    const double seconds = text.get<double>();
    if (!(seconds >= 0.0 && seconds <= kLongest)) throw std::invalid_argument("a time is none");
    return seconds;
}

json to_json(const std::vector<EpochReport>& history) {
    json list = json::array();
    for (const EpochReport& report : history)
        list.push_back({report.epochs, score_json(report.loss),
                        report.validation_loss ? json(*report.validation_loss) : json(nullptr),
                        score_json(report.gradient_norm), report.learning_rate, report.examples_per_second,
                        report.seconds, report.seconds_left, report.best});
    return list;
}

std::vector<EpochReport> history_from(const json& list) {
    std::vector<EpochReport> history;
    for (const json& entry : list) {
        EpochReport& report = history.emplace_back();
        report.epoch = history.size();
        report.epochs = count_from(entry.at(0));
        report.loss = score_from(entry.at(1));
        if (!entry.at(2).is_null()) report.validation_loss = entry.at(2).get<double>();
        report.gradient_norm = score_from(entry.at(3));
        report.learning_rate = entry.at(4).get<double>();
        report.examples_per_second = entry.at(5).get<double>();
        report.seconds = seconds_from(entry.at(6));
        report.seconds_left = seconds_from(entry.at(7));
        report.best = entry.at(8).get<bool>();
    }
    return history;
}

json to_json(const FitProgress& progress) {
    return {{"state", "under way"},
            {"epoch", progress.epoch},
            {"step", progress.step},
            {"best_epoch", progress.best.epoch},
            {"best_score", score_json(progress.best.score)},
            {"lowest_loss_epoch", progress.lowest_loss.epoch},
            {"lowest_loss", score_json(progress.lowest_loss.score)},
            {"seconds", progress.seconds},
            {"epoch_steps", progress.epoch_steps},
            {"epoch_rows", progress.epoch_rows},
            {"epoch_loss", score_json(progress.epoch_loss)},
            {"epoch_weight", score_json(progress.epoch_weight)},
            {"epoch_norm", score_json(progress.epoch_norm)},
            {"epoch_seconds", progress.epoch_seconds},
            {"history", to_json(progress.history)}};
}

json to_json(const FitResult& result) {
    return {{"state", "trained"},
            {"best_epoch", result.best_epoch},
            {"best_score", score_json(result.best_score)},
            {"stop_reason", name_of(result.stop_reason)},
            {"divergence", result.divergence},
            {"seconds", result.seconds},
            {"history", to_json(result.history)}};
}

json to_json(const NetworkCheckpoint& network) {
    if (network.result) return to_json(*network.result);
    if (network.progress) return to_json(*network.progress);
    return {{"state", "waiting"}};
}

std::string name_of_tensor(std::size_t network, std::string_view part) {
    return fmt::format("network.{}.{}", network + 1, part);
}

std::string rule_name(std::size_t i) {
    return fmt::format("rule.{}", i + 1);
}

void add_tensors(const NetworkCheckpoint& network, std::size_t index, std::vector<Tensor>& tensors) {
    const auto add = [&](std::string_view part, std::span<const float> elements) {
        tensors.push_back({name_of_tensor(index, part), {elements.size()}, elements});
    };
    if (network.result) return add("theta", *network.theta);
    if (!network.progress) return;
    const FitProgress& progress = *network.progress;
    add("theta", progress.theta);
    add("best", progress.best.theta);
    for (std::size_t i = 0; i < progress.rule.size(); ++i) add(rule_name(i), progress.rule[i]);
    if (progress.epoch_start.empty()) return;
    add("lowest_loss", progress.lowest_loss.theta);
    add("epoch_start", progress.epoch_start);
}

/// Takes the tensors of a file out, one after the other.
class Tensors {
  public:
    explicit Tensors(const Safetensors& file) : file_(file) {}

    bool has(std::size_t network, std::string_view part) const {
        return file_.tensors.contains(name_of_tensor(network, part));
    }
    AlignedVector<float> take(std::size_t network, std::string_view part) {
        const auto found = file_.tensors.find(name_of_tensor(network, part));
        if (found == file_.tensors.end())
            throw std::invalid_argument(
                fmt::format("the tensor '{}' is missing", name_of_tensor(network, part)));
        AlignedVector<float> elements(found->second.bytes.size() / sizeof(float));
        if (!elements.empty())
            std::memcpy(elements.data(), found->second.bytes.data(), found->second.bytes.size());
        ++taken_;
        return elements;
    }
    bool all_taken() const { return taken_ == file_.tensors.size(); }

  private:
    const Safetensors& file_;
    std::size_t taken_ = 0;
};

std::shared_ptr<const FitProgress> progress_from(const json& text, std::size_t network, Tensors& tensors) {
    auto progress = std::make_shared<FitProgress>();
    progress->epoch = count_from(text.at("epoch"));
    progress->step = count_from(text.at("step"));
    progress->best = {tensors.take(network, "best"), score_from(text.at("best_score")),
                      count_from(text.at("best_epoch"))};
    progress->theta = tensors.take(network, "theta");
    while (tensors.has(network, rule_name(progress->rule.size())))
        progress->rule.push_back(tensors.take(network, rule_name(progress->rule.size())));
    if (tensors.has(network, "epoch_start")) {
        progress->lowest_loss = {tensors.take(network, "lowest_loss"), score_from(text.at("lowest_loss")),
                                 count_from(text.at("lowest_loss_epoch"))};
        progress->epoch_start = tensors.take(network, "epoch_start");
    }
    progress->seconds = seconds_from(text.at("seconds"));
    progress->epoch_steps = count_from(text.at("epoch_steps"));
    progress->epoch_rows = count_from(text.at("epoch_rows"));
    progress->epoch_loss = score_from(text.at("epoch_loss"));
    progress->epoch_weight = score_from(text.at("epoch_weight"));
    progress->epoch_norm = score_from(text.at("epoch_norm"));
    progress->epoch_seconds = seconds_from(text.at("epoch_seconds"));
    progress->history = history_from(text.at("history"));
    return progress;
}

StopReason stop_reason_from(const std::string& name) {
    try {
        return parse_choice<StopReason>(name);
    } catch (const Error&) {
        throw std::invalid_argument(fmt::format("unknown reason to stop '{}'", name));
    }
}

NetworkCheckpoint network_from(const json& text, std::size_t network, Tensors& tensors) {
    const std::string state = text.at("state").get<std::string>();
    if (state == "waiting") return {};
    if (state == "under way") return {progress_from(text, network, tensors), {}, {}};
    if (state != "trained") throw std::invalid_argument(fmt::format("unknown state '{}'", state));
    auto result = std::make_shared<FitResult>();
    result->best_epoch = count_from(text.at("best_epoch"));
    result->best_score = score_from(text.at("best_score"));
    result->stop_reason = stop_reason_from(text.at("stop_reason").get<std::string>());
    result->divergence = text.at("divergence").get<std::string>();
    result->seconds = seconds_from(text.at("seconds"));
    result->history = history_from(text.at("history"));
    return {{}, result, std::make_shared<AlignedVector<float>>(tensors.take(network, "theta"))};
}

const std::string& metadata(const Safetensors& file, const std::string& key, const std::string& source) {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end())
        refuse_damaged(source, fmt::format("the metadata '{}' is missing", key));
    return found->second;
}

/// The bits of a training are those of one version.
void check_version(const Safetensors& file, const std::string& source) {
    const auto format = file.metadata.find(kFormatKey);
    if (format == file.metadata.end())
        refuse(source,
               fmt::format("a safetensors file, but no checkpoint of thalweg: its metadata has no '{}'",
                           kFormatKey));
    const std::string& written_by = metadata(file, kVersionKey, source);
    if (format->second != std::to_string(kCheckpointFormat) || written_by != version())
        refuse(source,
               fmt::format("written by thalweg {} (checkpoint format {}), this is {} (format {}), which "
                           "might end with other bits: go on with that version, or begin anew",
                           written_by, format->second, version(), kCheckpointFormat));
}

Checkpoint read_parts(const Safetensors& file, const std::string& source) {
    Checkpoint checkpoint;
    const auto part = [&](const std::string& key) { return parse_json(metadata(file, key, source)); };
    checkpoint.identity = training_identity_from(part(kTrainingKey));
    checkpoint.seconds = seconds_from(part(kSecondsKey));
    Tensors tensors(file);
    for (const json& network : part(kNetworksKey))
        checkpoint.networks.push_back(network_from(network, checkpoint.networks.size(), tensors));
    if (!tensors.all_taken()) refuse_damaged(source, "it holds tensors of no network");
    return checkpoint;
}

std::vector<Tensor> tensors_of(const Checkpoint& checkpoint) {
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < checkpoint.networks.size(); ++i)
        add_tensors(checkpoint.networks[i], i, tensors);
    return tensors;
}

std::map<std::string, std::string> metadata_of(const Checkpoint& checkpoint) {
    json networks = json::array();
    for (const NetworkCheckpoint& network : checkpoint.networks) networks.push_back(to_json(network));
    return {{kFormatKey, std::to_string(kCheckpointFormat)},
            {kVersionKey, version()},
            {kTrainingKey, to_json(checkpoint.identity).dump()},
            {kSecondsKey, json(checkpoint.seconds).dump()},
            {kNetworksKey, networks.dump()}};
}

}  // namespace

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
    write_file_atomically(path, [&](OutputFile& file) {
        write_safetensors(file, tensors_of(checkpoint), metadata_of(checkpoint), kChecksumKey);
    });
}

std::string checkpoint_bytes(const Checkpoint& checkpoint) {
    return write_safetensors(tensors_of(checkpoint), metadata_of(checkpoint), kChecksumKey);
}

Checkpoint checkpoint_from_bytes(std::string_view bytes, const std::string& source) {
    const Safetensors file = read_safetensors(bytes, source);
    check_version(file, source);
    verify_checksum(bytes, file, kChecksumKey, source);
    try {
        return read_parts(file, source);
    } catch (const json::exception& error) {
        refuse_damaged(source, error.what());
    } catch (const std::invalid_argument& error) {
        refuse_damaged(source, error.what());
    }
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
    return checkpoint_from_bytes(read_file(path, "checkpoint"), path.string());
}

}  // namespace thalweg
