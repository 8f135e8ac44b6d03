#pragma once

namespace thalweg::page {

// The files of src/insight/page/, built into the library so that a page needs nothing beside it.
extern const char page_css[];
extern const char explain_css[];
extern const char explain_js[];
extern const char report_css[];
extern const char report_js[];

}  // namespace thalweg::page
