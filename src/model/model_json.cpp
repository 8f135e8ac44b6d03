#include "model/model_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "model/json_text.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

using nlohmann::json;

/// Of a sum of shares.
constexpr double kRounding = 1e-9;

/// A JSON object that is read with suspicion.
class Reader {
  public:
    Reader(json object, std::string what) : object_(std::move(object)), what_(std::move(what)) {
        if (!object_.is_object()) fail("is not a JSON object");
    }
    static Reader parse(const std::string& text, const std::string& what) { return {parse_json(text), what}; }

    [[noreturn]] void fail(const std::string& message) const {
        throw Error(ErrorKind::model, fmt::format("{} {}; is the file damaged?", what_, message));
    }

    std::string text(const char* key) const {
        return get(key, &json::is_string, "a text").get<std::string>();
    }
    bool flag(const char* key) const { return get(key, &json::is_boolean, "true or false").get<bool>(); }
    std::size_t count(const char* key) const {
        return get(key, &json::is_number_unsigned, "a count").get<std::size_t>();
    }
    double number(const char* key) const {
        const double value = get(key, &json::is_number, "a number").get<double>();
        if (!std::isfinite(value)) fail(fmt::format("has a '{}' that is not finite", key));
        return value;
    }
    double scale(const char* key) const {
        const double value = number(key);
        if (value <= 0.0) fail(fmt::format("has a '{}' that is not above 0", key));
        return value;
    }
    template <class Choice>
    Choice choice(const char* key) const {
        return choice_of<Choice>(text(key));
    }
    template <class Choice>
    Choice choice_of(const std::string& name) const {
        try {
            return parse_choice<Choice>(name);
        } catch (const Error& error) {
            throw Error(ErrorKind::model, fmt::format("{}: {}; was it written by a newer thalweg, or is "
                                                      "the file damaged?",
                                                      what_, error.what()));
        }
    }
    std::vector<std::string> texts(const char* key) const {
        std::vector<std::string> values;
        for (const json& value : list(key)) {
            if (!value.is_string()) fail(fmt::format("has a '{}' that is not a list of texts", key));
            values.push_back(value.get<std::string>());
        }
        if (std::set<std::string>(values.begin(), values.end()).size() != values.size())
            fail(fmt::format("has the same text twice in '{}'", key));
        return values;
    }
    std::vector<std::size_t> counts(const char* key) const {
        std::vector<std::size_t> values;
        for (const json& value : list(key)) {
            if (!value.is_number_unsigned()) fail(fmt::format("has a '{}' that is not a list of sizes", key));
            values.push_back(value.get<std::size_t>());
        }
        return values;
    }
    std::vector<std::vector<float>> number_lists(const char* key) const {
        std::vector<std::vector<float>> values;
        for (const json& row : list(key)) {
            if (!row.is_array()) fail(fmt::format("has a '{}' that is not a list of lists", key));
            values.emplace_back();
            for (const json& value : row) {
                if (!value.is_number()) fail(fmt::format("has a '{}' with what is no number", key));
                values.back().push_back(value.get<float>());
            }
        }
        return values;
    }
    std::vector<double> numbers(const char* key) const {
        std::vector<double> values;
        for (const json& value : list(key)) {
            if (!value.is_number() || !std::isfinite(value.get<double>()))
                fail(fmt::format("has a '{}' that is not a list of numbers", key));
            values.push_back(value.get<double>());
        }
        return values;
    }
    std::vector<float> floats(const char* key) const {
        std::vector<float> values;
        for (const double value : numbers(key)) values.push_back(static_cast<float>(value));
        return values;
    }
    bool has(const char* key) const { return object_.contains(key); }
    Reader object(const char* key) const { return {member(key), fmt::format("{}: {}", what_, key)}; }
    std::vector<Reader> objects(const char* key) const {
        std::vector<Reader> values;
        for (const json& value : list(key))
            values.emplace_back(value, fmt::format("{}: {} {}", what_, key, values.size() + 1));
        return values;
    }
    std::map<std::string, std::string> all_texts() const {
        std::map<std::string, std::string> values;
        for (const auto& entry : object_.items()) values.emplace(entry.key(), text(entry.key().c_str()));
        return values;
    }

  private:
    const json& member(const char* key) const {
        const auto found = object_.find(key);
        if (found == object_.end()) fail(fmt::format("has no '{}'", key));
        return *found;
    }
    const json& get(const char* key, bool (json::*is_it)() const noexcept, const char* kind) const {
        const json& value = member(key);
        if (!(value.*is_it)()) fail(fmt::format("has a '{}' that is not {}", key, kind));
        return value;
    }
    const json& list(const char* key) const {
        const json& value = member(key);
        if (!value.is_array()) fail(fmt::format("has a '{}' that is not a list", key));
        return value;
    }

    json object_;
    std::string what_;
};

template <class Choice>
json names_of(const std::vector<Choice>& choices) {
    json names = json::array();
    for (const Choice choice : choices) names.push_back(name_of(choice));
    return names;
}

std::vector<TimePart> time_parts(const Reader& reader) {
    std::vector<TimePart> parts;
    for (const std::string& name : reader.texts("time_parts"))
        parts.push_back(reader.choice_of<TimePart>(name));
    return parts;
}

/// An `off` for each input and an `on` for each code; one input may be that of all codes.
OneHotValues one_hot_from(const Reader& reader, std::size_t codes) {
    OneHotValues values{reader.floats("on"), reader.floats("off")};
    if (values.on.size() != codes || (values.off.size() != codes && values.off.size() != 1))
        reader.fail(fmt::format("has {} inputs for {} values, and the category has {}", values.off.size(),
                                values.on.size(), codes));
    return values;
}

std::vector<double> recurring_from(const Reader& reader, Treatment treatment) {
    std::vector<double> recurring = reader.numbers("recurring");
    if (treatment != Treatment::number) reader.fail("has 'recurring' values, and is no number");
    if (std::ranges::adjacent_find(recurring, std::greater_equal()) != recurring.end())
        reader.fail("has 'recurring' values that do not rise");
    return recurring;
}

/// Of every code; what is left of the rows has none.
std::vector<double> shares_from(const Reader& reader, std::size_t codes) {
    std::vector<double> shares = reader.numbers("code_shares");
    if (shares.size() != codes)
        reader.fail(fmt::format("has {} 'code_shares' for {} codes", shares.size(), codes));
    const auto is_no_share = [](double share) { return share < 0.0 || share > 1.0; };
    if (std::ranges::any_of(shares, is_no_share) ||
        std::accumulate(shares.begin(), shares.end(), 0.0) > 1.0 + kRounding)
        reader.fail("has 'code_shares' that are no shares of a whole");
    return shares;
}

std::vector<double> time_means_from(const Reader& reader, const ColumnPlan& column) {
    std::vector<double> means = reader.numbers("time_means");
    if (column.treatment != Treatment::time || means.size() != column.dense_inputs())
        reader.fail(fmt::format("has {} 'time_means', which do not fit its inputs", means.size()));
    return means;
}

ColumnPlan column_from(const Reader& reader) {
    ColumnPlan column;
    column.name = reader.text("name");
    column.type = reader.choice<ColumnType>("type");
    column.treatment = reader.choice<Treatment>("treatment");
    column.reason = reader.text("reason");
    column.missing = reader.count("missing");
    column.missing_indicator = reader.flag("missing_indicator");
    column.number = {reader.number("centre"), reader.scale("scale"), reader.number("fill"),
                     reader.flag("smooth_clip")};
    column.categories = reader.texts("categories");
    column.rare = reader.texts("rare");
    column.other_input = reader.flag("other_input");
    column.missing_input = reader.flag("missing_input");
    column.embedded = reader.has("embedded") && reader.flag("embedded");
    if (reader.has("quantiles")) {
        column.number.quantiles = reader.numbers("quantiles");
        if (!std::ranges::is_sorted(column.number.quantiles)) reader.fail("has 'quantiles' that fall");
    }
    if (reader.has("recurring")) column.recurring = recurring_from(reader, column.treatment);
    column.time_format = reader.text("time_format");
    column.time_parts = time_parts(reader);
    if (reader.has("one_hot")) column.one_hot = one_hot_from(reader.object("one_hot"), column.codes());
    if (reader.has("code_shares")) column.code_shares = shares_from(reader, column.codes());
    if (reader.has("time_means")) column.time_means = time_means_from(reader, column);
    return column;
}

TargetPlan target_from(const Reader& reader, Task task) {
    TargetPlan target{reader.text("name"), reader.texts("classes"), reader.number("mean"),
                      reader.scale("scale")};
    if (reader.has("least")) {
        target.least = reader.number("least");
        target.greatest = reader.number("greatest");
        if (target.least > target.greatest) reader.fail("ends below where it begins");
    }
    const std::size_t classes = target.classes.size();
    const bool fits = task == Task::regression   ? classes == 0
                      : task == Task::multiclass ? classes >= 2
                                                 : classes == 2;
    if (!fits)
        reader.fail(fmt::format("has {} classes, which does not fit the task {}", classes, name_of(task)));
    return target;
}

/// Of probabilities: both ways ascending, and no denominator of 0 when they are divided by their sum.
RisingCurve curve_from(const Reader& reader) {
    RisingCurve curve{reader.numbers("from"), reader.numbers("to")};
    const bool rises = std::ranges::adjacent_find(curve.from, std::greater_equal()) == curve.from.end() &&
                       std::ranges::is_sorted(curve.to);
    if (curve.from.empty() || curve.from.size() != curve.to.size() || !rises || curve.to.front() <= 0.0 ||
        curve.to.back() > 1.0)
        reader.fail("is no curve of probabilities that rises");
    return curve;
}

}  // namespace

json to_json(const NetworkShape& shape) {
    json object = {{"widths", shape.widths},
                   {"activation", name_of(shape.activation)},
                   {"output", name_of(shape.output)}};
    if (shape.is_ensemble())
        object["members"] = {{"count", shape.members.count}, {"adapters", name_of(shape.members.adapters)}};
    if (shape.parametric) object["parametric"] = true;
    if (!shape.has_input_stage()) return object;
    object["embedding"] = {{"inputs", shape.periodic.inputs},
                           {"frequencies", shape.periodic.frequencies},
                           {"outputs", shape.periodic.outputs}};
    object["input_scale"] = shape.input_scale;
    if (shape.scales_categories) object["scales_categories"] = true;
    if (!shape.piecewise.inputs.empty())
        object["piecewise"] = {{"inputs", shape.piecewise.inputs},
                               {"edges", shape.piecewise.edges},
                               {"outputs", shape.piecewise.outputs}};
    if (!shape.categories.inputs.empty())
        object["categories"] = {{"inputs", shape.categories.inputs},
                                {"codes", shape.categories.codes},
                                {"outputs", shape.categories.outputs}};
    return object;
}

json to_json(const LossFunction& loss) {
    json object = {{"name", name_of(loss.loss)},
                   {"delta", loss.delta},
                   {"quantile", loss.quantile},
                   {"label_smoothing", loss.label_smoothing}};
    if (loss.loss == Loss::tweedie) object["tweedie_power"] = loss.tweedie_power;
    if (!loss.levels.empty()) object["levels"] = loss.levels;
    return object;
}

json to_json(const ColumnPlan& column) {
    json object = {{"name", column.name},
                   {"type", name_of(column.type)},
                   {"treatment", name_of(column.treatment)},
                   {"reason", column.reason},
                   {"missing", column.missing},
                   {"missing_indicator", column.missing_indicator},
                   {"centre", column.number.centre},
                   {"scale", column.number.scale},
                   {"fill", column.number.fill},
                   {"smooth_clip", column.number.smooth_clip},
                   {"categories", column.categories},
                   {"rare", column.rare},
                   {"other_input", column.other_input},
                   {"missing_input", column.missing_input},
                   {"time_format", column.time_format},
                   {"time_parts", names_of(column.time_parts)}};
    if (column.embedded) object["embedded"] = true;
    if (!column.number.quantiles.empty()) object["quantiles"] = column.number.quantiles;
    if (!column.recurring.empty()) object["recurring"] = column.recurring;
    if (!column.one_hot.off.empty())
        object["one_hot"] = {{"on", column.one_hot.on}, {"off", column.one_hot.off}};
    if (!column.code_shares.empty()) object["code_shares"] = column.code_shares;
    if (!column.time_means.empty()) object["time_means"] = column.time_means;
    return object;
}

json to_json(const TargetPlan& target) {
    json object = {
        {"name", target.name}, {"classes", target.classes}, {"mean", target.mean}, {"scale", target.scale}};
    if (target.is_bounded()) {
        object["least"] = target.least;
        object["greatest"] = target.greatest;
    }
    return object;
}

json to_json(const Preprocessor& preprocessor) {
    json columns = json::array();
    for (const ColumnPlan& column : preprocessor.columns()) columns.push_back(to_json(column));
    return {{"columns", columns}};
}

json to_json(const TargetCoder& coder) {
    json targets = json::array();
    for (const TargetPlan& target : coder.targets()) targets.push_back(to_json(target));
    return {{"task", name_of(coder.task())}, {"reason", coder.reason()}, {"targets", targets}};
}

json to_json(const std::vector<ModelNetwork>& networks) {
    json list = json::array();
    for (const ModelNetwork& one : networks) {
        json entry = {{"weight", one.weight}, {"training", one.training}};
        if (!(one.network.shape() == networks.front().network.shape()))
            entry["network"] = to_json(one.network.shape());
        list.push_back(std::move(entry));
    }
    return {{"networks", list}};
}

json to_json(const Calibration& calibration) {
    json object = {{"kind", name_of(calibration.kind)}};
    if (calibration.kind == CalibrationKind::temperature) object["sharpness"] = calibration.sharpness;
    if (calibration.kind == CalibrationKind::isotonic)
        for (const RisingCurve& curve : calibration.curves)
            object["curves"].push_back({{"from", curve.from}, {"to", curve.to}});
    if (const Unsmoothing& undone = calibration.unsmoothing; calibration.kind == CalibrationKind::smoothing) {
        object["smoothing"] = undone.smoothing;
        object["log_loss_before"] = undone.log_loss_before;
        object["log_loss_after"] = undone.log_loss_after;
    }
    return object;
}

namespace {

NetworkShape read_shape(const Reader& reader) {
    NetworkShape shape{reader.counts("widths"), reader.choice<Activation>("activation"),
                       reader.choice<Output>("output")};
    if (reader.has("embedding")) {
        const Reader embedding = reader.object("embedding");
        shape.periodic = {embedding.counts("inputs"), embedding.count("frequencies"),
                          embedding.count("outputs")};
        shape.input_scale = reader.flag("input_scale");
        shape.scales_categories = reader.has("scales_categories") && reader.flag("scales_categories");
    }
    if (reader.has("categories")) {
        const Reader categories = reader.object("categories");
        shape.categories = {categories.counts("inputs"), categories.counts("codes"),
                            categories.count("outputs")};
    }
    if (reader.has("piecewise")) {
        const Reader piecewise = reader.object("piecewise");
        shape.piecewise = {piecewise.counts("inputs"), piecewise.number_lists("edges"),
                           piecewise.count("outputs")};
    }
    if (reader.has("members")) {
        const Reader members = reader.object("members");
        shape.members = {members.count("count"), members.choice<Adapters>("adapters")};
    }
    if (reader.has("parametric")) shape.parametric = reader.flag("parametric");
    try {
        shape.check();
    } catch (const Error& error) {
        reader.fail(fmt::format("cannot be: {}", error.what()));
    }
    return shape;
}

}  // namespace

NetworkShape network_shape_from(const std::string& text, const std::string& what) {
    return read_shape(Reader::parse(text, what));
}

std::vector<NetworkShape> network_shapes_from(const std::string& text, const NetworkShape& usual,
                                              const std::string& what) {
    std::vector<NetworkShape> shapes;
    for (const Reader& reader : Reader::parse(text, what).objects("networks"))
        shapes.push_back(reader.has("network") ? read_shape(reader.object("network")) : usual);
    return shapes;
}

std::vector<ModelNetwork> networks_from(const std::string& text, const std::string& what) {
    std::vector<ModelNetwork> networks;
    for (const Reader& reader : Reader::parse(text, what).objects("networks")) {
        ModelNetwork& network = networks.emplace_back();
        network.weight = reader.count("weight");
        if (network.weight == 0) reader.fail("counts 0 times");
        network.training = reader.object("training").all_texts();
    }
    if (networks.size() < 2)
        throw Error(
            ErrorKind::model,
            fmt::format("{} are {}, a list is for two or more; is the file damaged?", what, networks.size()));
    return networks;
}

LossFunction loss_from(const std::string& text, const std::string& what) {
    const Reader reader = Reader::parse(text, what);
    LossFunction loss{reader.choice<Loss>("name"), reader.number("delta"), reader.number("quantile"),
                      reader.number("label_smoothing")};
    if (reader.has("tweedie_power")) loss.tweedie_power = reader.number("tweedie_power");
    if (reader.has("levels")) loss.levels = reader.numbers("levels");
    return loss;
}

Preprocessor preprocessor_from(const std::string& text, const std::string& what) {
    std::vector<ColumnPlan> columns;
    std::set<std::string> names;
    for (const Reader& reader : Reader::parse(text, what).objects("columns")) {
        columns.push_back(column_from(reader));
        if (!names.insert(columns.back().name).second) reader.fail("has the name of another column");
    }
    return Preprocessor(std::move(columns));
}

TargetCoder target_coder_from(const std::string& text, const std::string& what) {
    const Reader reader = Reader::parse(text, what);
    const Task task = reader.choice<Task>("task");
    if (task == Task::automatic) reader.fail("has a task that is not decided");
    std::vector<TargetPlan> targets;
    for (const Reader& target : reader.objects("targets")) targets.push_back(target_from(target, task));
    const bool one = task == Task::binary || task == Task::multiclass;
    if (targets.empty() || (one && targets.size() != 1))
        reader.fail(fmt::format("has {} targets, which does not fit its task", targets.size()));
    return TargetCoder(task, std::move(targets), reader.text("reason"));
}

Calibration calibration_from(const std::string& text, std::size_t targets, std::size_t maps,
                             const std::string& what) {
    const Reader reader = Reader::parse(text, what);
    Calibration calibration{reader.choice<CalibrationKind>("kind"), {}, {}, {}};
    if (calibration.kind == CalibrationKind::temperature) {
        calibration.sharpness = reader.numbers("sharpness");
        if (calibration.sharpness.size() != targets || std::ranges::min(calibration.sharpness) <= 0.0)
            reader.fail(fmt::format("needs {} sharpnesses above 0", targets));
    } else if (calibration.kind == CalibrationKind::isotonic) {
        for (const Reader& curve : reader.objects("curves")) calibration.curves.push_back(curve_from(curve));
        if (calibration.curves.size() != maps)
            reader.fail(fmt::format("has {} curves, the task needs {}", calibration.curves.size(), maps));
    } else if (calibration.kind == CalibrationKind::smoothing) {
        calibration.unsmoothing = {reader.number("smoothing"), reader.number("log_loss_before"),
                                   reader.number("log_loss_after")};
        if (!(calibration.unsmoothing.smoothing > 0.0 && calibration.unsmoothing.smoothing < 1.0) || maps < 3)
            reader.fail("undoes label smoothing, which must be between 0 and 1 and of several classes");
    }
    return calibration;
}

std::map<std::string, std::string> texts_from(const std::string& text, const std::string& what) {
    return Reader::parse(text, what).all_texts();
}

}  // namespace thalweg
