#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tune/study.h"

namespace thalweg {

/// What is shown of a study: computed once, rendered as text, as JSON and as a page.
struct StudyView {
    struct Trial {
        TrialRun run;            ///< its longest training
        std::size_t weight = 0;  ///< how often its networks count in the model
    };
    struct Point {
        double seconds = 0.0;  ///< of search
        double score = 0.0;
    };

    std::string source;
    std::string preset;
    std::string metric;
    std::string held_out;  ///< "out of 5 folds", "on validation rows"
    std::vector<std::string> targets;
    double seconds = 0.0;
    std::size_t trainings = 0;
    std::size_t rungs = 1;
    std::vector<Trial> trials;  ///< best first, those without a score last
    std::vector<Point> scores;  ///< of each training that has one, in the order of their ends
};

/// Throws as Study does.
StudyView view_of(const Study& study);

/// A table of the trials and a picture of the best score over time, `width` characters wide at most.
std::string study_text(const StudyView& view, std::size_t width);
nlohmann::ordered_json study_json(const StudyView& view);
/// A page of HTML that needs nothing beside it.
std::string study_page(const StudyView& view);

}  // namespace thalweg
