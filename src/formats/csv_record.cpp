#include "formats/csv_record.h"

#include <algorithm>
#include <utility>

namespace thalweg {
namespace {

bool ends_line(char c) {
    return c == '\n' || c == '\r';
}

class RecordReader {
  public:
    RecordReader(std::string_view text, CsvDialect dialect) : text_(text), dialect_(dialect) {}

    CsvRecord read() {
        CsvRecord record;
        do {
            record.fields.push_back(field(record.lines));
        } while (take(dialect_.delimiter));
        const bool carriage_return = take('\r');
        ended_ = take('\n') || (carriage_return && !at_end());
        record.bytes = position_;
        return record;
    }
    /// Whether the line end was there, not only the end of the text.
    bool ended() const { return ended_; }

  private:
    bool at_end() const { return position_ == text_.size(); }

    bool take(char wanted) {
        if (at_end() || text_[position_] != wanted) return false;
        ++position_;
        return true;
    }

    std::string field(std::size_t& lines) {
        std::string content;
        if (dialect_.quote != '\0' && take(dialect_.quote)) append_quoted(content, lines);
        while (!at_end() && text_[position_] != dialect_.delimiter && !ends_line(text_[position_]))
            content += text_[position_++];
        return content;
    }

    void append_quoted(std::string& content, std::size_t& lines) {
        while (!at_end()) {
            const bool doubled_or_closing = take(dialect_.quote);
            if (doubled_or_closing && !take(dialect_.quote)) return;
            content += doubled_or_closing ? dialect_.quote : text_[position_++];
            lines += content.back() == '\n' ? 1 : 0;
        }
    }

    std::string_view text_;
    CsvDialect dialect_;
    std::size_t position_ = 0;
    bool ended_ = false;
};

/// Fields of the first records, blank lines left out.
std::vector<std::size_t> field_counts(std::string_view sample, CsvDialect dialect, bool complete) {
    // Enough to see that a comma inside texts is no delimiter, and read in well under a millisecond.
    constexpr std::size_t kRecords = 100;
    std::vector<std::size_t> counts;
    while (!sample.empty() && counts.size() < kRecords) {
        const std::optional<CsvRecord> record = first_record(sample, dialect, complete);
        if (!record) break;
        const bool blank = record->fields.size() == 1 && record->fields[0].empty();
        if (!blank) counts.push_back(record->fields.size());
        sample.remove_prefix(record->bytes);
    }
    return counts;
}

/// The share of records that have as many fields as the first; 0 where that has one field only.
double agreement(const std::vector<std::size_t>& counts) {
    if (counts.empty() || counts[0] < 2) return 0.0;
    const auto agreeing = std::count(counts.begin(), counts.end(), counts[0]);
    return static_cast<double>(agreeing) / static_cast<double>(counts.size());
}

}  // namespace

std::optional<CsvRecord> first_record(std::string_view text, CsvDialect dialect, bool complete) {
    RecordReader reader(text, dialect);
    CsvRecord record = reader.read();
    if (!reader.ended() && !complete) return std::nullopt;
    return record;
}

char sniff_delimiter(std::string_view sample, char quote, char decimal_point, bool complete) {
    char best = ',';
    double best_agreement = 0.0;
    // The comma comes last: it is the one that also stands inside numbers ("1,5;2,5") and names.
    for (const char candidate : {'\t', ';', '|', ','}) {
        if (candidate == decimal_point) continue;
        const double share = agreement(field_counts(sample, {candidate, quote}, complete));
        if (share > best_agreement) {
            best_agreement = share;
            best = candidate;
        }
    }
    return best;
}

}  // namespace thalweg
