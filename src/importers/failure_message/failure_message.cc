#include "src/importers/failure_message/failure_message.h"

#include <algorithm>
#include <array>
#include <span>

#include "src/importers/failure_message/forms.h"
#include "src/importers/input/wrapped_text.h"

namespace ttmem {
namespace {

constexpr size_t kMostCutText = 60;
constexpr size_t kBeginningBytes = 6;
// What tools put where they shorten a text.
constexpr std::array<std::string_view, 5> kShortened = {"...", "\xe2\x80\xa6", "[trunc", "<trunc", "(trunc"};

std::optional<Pool> pool_of(std::string_view buffer_type) {
    std::string name(buffer_type);
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (name == "system_memory") return Pool::kSystem;
    return pool_from_name(name);
}

std::string range_text(ClauseExtra spelling, std::span<const uint64_t, 4> at) {
    const auto n = [&](size_t i) { return std::to_string(at[i]); };
    if (spelling == ClauseExtra::kCoresDashed) return "[" + n(0) + "-" + n(1) + " - " + n(2) + "-" + n(3) + "]";
    return "[(x=" + n(0) + ",y=" + n(1) + ") - (x=" + n(2) + ",y=" + n(3) + ")]";
}

void take_cores(FailureFigures& figures, ClauseExtra spelling, std::span<const uint64_t, 4> at) {
    figures.core_range = range_text(spelling, at);
    if (std::ranges::any_of(at, [](uint64_t n) { return n > UINT8_MAX; })) return;
    figures.cores = CoreRange{static_cast<uint8_t>(at[0]), static_cast<uint8_t>(at[1]), static_cast<uint8_t>(at[2]),
                              static_cast<uint8_t>(at[3])};
}

void take(FailureFigures& figures, const Clause& clause, const WrappedMatch& match) {
    const auto words = [&] { return match.words.empty() ? std::string() : match.words[0]; };
    size_t number = 0;
    if (clause.extra != ClauseExtra::kCoresNamed && clause.extra != ClauseExtra::kCoresDashed) {
        for (size_t i = 0; i < clause.figures.size() && i < match.numbers.size(); ++i) {
            if (clause.figures[i] != nullptr) figures.*clause.figures[i] = match.numbers[i];
        }
    }
    switch (clause.extra) {
        case ClauseExtra::kBufferType:
            figures.buffer_type = words();
            figures.pool = pool_of(figures.buffer_type);
            break;
        case ClauseExtra::kSaysOnly:
            figures.says_only = true;
            break;
        case ClauseExtra::kCoreType:
            figures.core_type = clause.pattern.substr(std::string_view(" on ").size());
            break;
        case ClauseExtra::kCoreText:
            figures.core_range = words();
            break;
        case ClauseExtra::kOneCore:
            figures.core = words();
            break;
        case ClauseExtra::kOtherTrace:
            figures.other_trace = true;
            break;
        case ClauseExtra::kCoresNamed:
        case ClauseExtra::kCoresDashed:
            for (const MessageFigure figure : clause.figures) {
                if (figure != nullptr) figures.*figure = match.numbers.at(number++);
            }
            if (match.numbers.size() == number + 4) {
                take_cores(figures, clause.extra, std::span<const uint64_t, 4>(match.numbers.data() + number, 4));
            }
            break;
        case ClauseExtra::kNone:
            break;
    }
}

// From the begin of a word on.
std::string last_words(const std::string& text) {
    if (text.size() <= kMostCutText) return text;
    const size_t blank = text.find(' ', text.size() - kMostCutText);
    return "..." + text.substr(blank == std::string::npos ? text.size() - kMostCutText : blank);
}

size_t letters(std::string_view text) {
    return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return c != ' '; }));
}

// Whether a clause that is not whole began and was cut, rather than being absent. Two bytes may be chance: " (a" begins
// both "(allocated: " and "(assert.hpp:104)".
bool was_cut(const WrappedMatch& match, std::string_view bytes, bool at_end) {
    const size_t seen = letters(match.text);
    const bool ends_with_comma = bytes.starts_with(',') && match.text.starts_with(',') && seen == 1 &&
                                 (bytes.size() == 1 || std::string_view("\r\n\"'").find(bytes[1]) < 4);
    if (ends_with_comma) return true;
    return seen >= 3 || (seen == 2 && at_end && match.end >= bytes.size());
}

// Reads one form from the first byte of `bytes`.
class Reading {
public:
    Reading(std::string_view bytes, bool at_end, const Form& form, std::string_view line_head)
        : bytes_(bytes), at_end_(at_end), form_(form), line_head_(line_head) {
        result_.message.figures.kind = form.kind;
        result_.message.figures.cb_words = form.cb_words;
    }

    std::optional<FoundMessage> run() {
        for (size_t i = 0; i < form_.clauses.size();) {
            size_t next = i + 1;
            while (next < form_.clauses.size() && form_.clauses[next].alternative) ++next;
            if (!read_clause(i, next)) {
                if (i == 0 && !is_known()) return std::nullopt;
                miss(i, was_cut(farthest_, bytes_.substr(result_.end), at_end_));
                break;
            }
            i = next;
        }
        FailureMessage& message = result_.message;
        doubt_last_number();
        message.text = std::string(form_.prefix) + text_ + cut_;
        message.complete = message.missing.empty();
        if (!message.complete) {
            message.cut_at = last_words(message.text);
        }
        return std::move(result_);
    }

private:
    // Reads the clause at `first`, in one of its spellings up to `last`.
    bool read_clause(size_t first, size_t last) {
        farthest_ = {};
        std::optional<WrappedMatch> best;
        size_t best_at = first;
        for (size_t i = first; i < last && !(best && rises(i, *best)); ++i) {
            WrappedMatch match = match_wrapped(bytes_.substr(result_.end), form_.clauses[i].pattern, line_head_);
            if (match.whole && (!best || rises(i, match))) {
                best = std::move(match), best_at = i;
            } else if (match.pattern_end > farthest_.pattern_end) {
                farthest_ = std::move(match);
            }
        }
        if (!best) return false;
        take(result_.message.figures, form_.clauses[best_at], *best);
        text_ += best->text;
        result_.end += best->end;
        last_ = &form_.clauses[best_at];
        return true;
    }

    // A number at the very end of a text that was cut there lacks its last digits, and nothing tells.
    void doubt_last_number() {
        if (last_ == nullptr || !cut_.empty() || !(last_->pattern.ends_with('#') || last_->pattern.ends_with('&')))
            return;
        const std::string_view rest = bytes_.substr(std::min(result_.end, bytes_.size()));
        result_.message.figures.last_may_be_cut =
            rest.empty() ? at_end_ : std::ranges::any_of(kShortened, [&](auto mark) { return rest.starts_with(mark); });
    }

    bool rises(size_t clause, const WrappedMatch& match) const {
        return !form_.clauses[clause].rising || std::ranges::is_sorted(match.numbers);
    }

    // Whether enough of the first clause is there: its first figure, or all that the source has left of it.
    bool is_known() const {
        if (form_.known_at == kWholeOnly) return false;
        const std::string_view pattern = form_.clauses[0].pattern;
        const bool figure = !farthest_.numbers.empty() || !farthest_.words.empty();
        if (farthest_.pattern_end >= form_.known_at && figure) return true;
        const bool runs_out = at_end_ && farthest_.end >= bytes_.size();
        const size_t words = std::min(pattern.find('#'), pattern.find('['));
        return runs_out && farthest_.pattern_end + 1 >= words;
    }

    // The clauses from `at` on are not there.
    void miss(size_t at, bool cut) {
        if (cut) {
            cut_ = farthest_.text;
            while (cut_.ends_with(' ')) cut_.pop_back();
            result_.end += farthest_.end;
        }
        bool lost = true;  // of the clause before: that one was read, or is missing, too
        for (size_t i = at; i < form_.clauses.size(); ++i) {
            const Clause& clause = form_.clauses[i];
            lost = clause.required || (cut && i == at) || (clause.follows && lost);
            if (lost && !clause.alternative) result_.message.missing.emplace_back(clause.says);
        }
    }

    const std::string_view bytes_;
    const bool at_end_;
    const Form& form_;
    const std::string_view line_head_;
    FoundMessage result_;
    WrappedMatch farthest_;
    const Clause* last_ = nullptr;  // that was read
    std::string text_, cut_;
};

}  // namespace

bool may_begin_failure_message(char first, char second) {
    // The second byte is the next one of a form's first word, or something that may stand within a word.
    constexpr std::string_view kBetween = "\n\r\x1b^\\ \t\"'|\xe2\xc2\xef";
    constexpr std::string_view kBegins = "NoStSuCrCaCiDaDFPrPeTrAlFaFo";
    bool begins = false;
    for (size_t i = 0; i < kBegins.size(); i += 2) {
        if (kBegins[i] != first) continue;
        if (kBegins[i + 1] == second) return true;
        begins = true;
    }
    return begins && kBetween.find(second) != std::string_view::npos;
}

namespace {

// Whether, before the form's first number, a plain letter stands where another one should: no break or colour is in
// between, so that it cannot begin here. Most places that look like a beginning end here.
bool plainly_differs(std::string_view bytes, std::string_view pattern) {
    for (size_t i = 0; i < std::min(bytes.size(), pattern.size()); ++i) {
        if (bytes[i] == pattern[i]) continue;
        if (std::string_view("@$~").find(pattern[i]) != std::string_view::npos) return false;  // a word may stand there
        const char c = bytes[i];
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '(' || c == '=' || c == '_';
    }
    return false;
}

}  // namespace

bool begins_failure_message(std::string_view bytes, std::string_view line_head) {
    std::string_view latest;  // which many forms have in common
    for (const std::span<const Form> forms : {allocator_message_forms(), program_message_forms()}) {
        for (const Form& form : forms) {
            const std::string_view pattern = form.clauses[0].pattern;
            if (bytes.empty() || bytes[0] != pattern[0] || plainly_differs(bytes, pattern)) continue;
            const std::string_view first = pattern.substr(0, std::min(kBeginningBytes, pattern.find('#')));
            if (first == latest) continue;
            latest = first;
            if (match_wrapped(bytes, first, line_head).whole) return true;
        }
    }
    return false;
}

bool contradicts(const FailureFigures& f) {
    if (f.banks && f.bytes_per_bank && f.requested_bytes && *f.banks > 0 &&
        *f.requested_bytes / *f.banks > *f.bytes_per_bank)
        return true;
    if (f.largest_free_per_bank && f.free_per_bank && *f.largest_free_per_bank > *f.free_per_bank) return true;
    return f.bank_bytes && f.allocated_per_bank && f.free_per_bank &&
           (*f.allocated_per_bank > *f.bank_bytes || *f.bank_bytes - *f.allocated_per_bank != *f.free_per_bank);
}

std::optional<FoundMessage> read_failure_message(std::string_view bytes, bool at_end, std::string_view line_head) {
    std::optional<FoundMessage> cut;
    std::string_view beginning;  // of the latest form, which many have in common
    bool begins = false;
    for (const std::span<const Form> forms : {allocator_message_forms(), program_message_forms()}) {
        for (const Form& form : forms) {
            const std::string_view pattern = form.clauses[0].pattern;
            if (bytes.empty() || bytes[0] != pattern[0] || plainly_differs(bytes, pattern)) continue;
            const std::string_view first = pattern.substr(0, std::min(kBeginningBytes, pattern.find('#')));
            if (first != beginning) {
                beginning = first;
                begins = match_wrapped(bytes, first, line_head).whole;
            }
            if (!begins) continue;
            std::optional<FoundMessage> found = Reading(bytes, at_end, form, line_head).run();
            if (found && found->message.complete) return found;
            if (!cut) cut = std::move(found);
        }
    }
    return cut;
}

}  // namespace ttmem
