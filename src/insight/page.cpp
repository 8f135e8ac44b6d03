#include "insight/page.h"

#include <fmt/format.h>

#include "insight/mathml.h"
#include "insight/page_files.h"

namespace thalweg {

std::string html_page(std::string_view title, std::string_view styles, std::string_view body,
                      const nlohmann::ordered_json& data, std::string_view script) {
    std::string json = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    // Nothing in the data may end the element that holds it.
    for (std::size_t at = 0; (at = json.find("</", at)) != std::string::npos; at += 3)
        json.insert(at + 1, "\\");
    for (std::size_t at = 0; (at = json.find("<!", at)) != std::string::npos; at += 6)
        json.replace(at, 1, "\\u003c");
    std::string page =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    page += fmt::format("<title>{}</title>\n<style>\n", escape_html(title));
    page += page::page_css;
    page += styles;
    page += "</style>\n</head>\n<body>\n";
    page += body;
    page += "<script type=\"application/json\" id=\"data\">" + json + "</script>\n<script>\n";
    page += script;
    page += "</script>\n</body>\n</html>\n";
    return page;
}

}  // namespace thalweg
