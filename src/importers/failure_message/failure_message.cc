#include "src/importers/failure_message/failure_message.h"

#include <algorithm>
#include <array>
#include <span>

#include "src/importers/input/wrapped_text.h"

namespace ttmem {
namespace {

using Figure = std::optional<uint64_t> FailureFigures::*;
constexpr size_t kMostFigures = 4;
constexpr size_t kMostCutText = 60;

// What the words and numbers of a clause are. kCores: the next four numbers are a core range, in the spelling of the
// clause.
enum class Extra : uint8_t { kNone, kBufferType, kCoresNamed, kCoresDashed };

struct Clause {
    std::string_view pattern;
    std::array<Figure, kMostFigures> figures{};  // in the order of the numbers, core ranges left out
    Extra extra = Extra::kNone;
    std::string_view says;     // what a cut loses: "the size of a bank"
    bool required = false;     // every age of this form has it
    bool alternative = false;  // another spelling of the clause before it
    bool rising = false;       // its numbers rise; if they do not, its other spelling is better, where that one fits
};

// One form of a message. `known_at`: so much of the first clause's pattern must be there to call it this failure.
struct Form {
    FailureKind kind;
    std::string_view prefix;  // of the text, printed before the pattern
    size_t known_at;
    std::span<const Clause> clauses;
};

constexpr std::string_view kBankFigures = " (allocated: # B, free: # B, largest free block: # B)";
constexpr std::string_view kBankFiguresSay = "what is allocated and free in each bank and its largest free block";
constexpr std::array<Figure, kMostFigures> kBankFigureSlots = {
    &FailureFigures::allocated_per_bank, &FailureFigures::free_per_bank, &FailureFigures::largest_free_per_bank};

constexpr std::array kOutOfMemory = {
    Clause{"Not enough space to allocate # B", {&FailureFigures::requested_bytes}, {}, "the requested bytes", true},
    Clause{" @ buffer", {}, Extra::kBufferType, "the type of the buffer", true},
    Clause{" across # banks", {&FailureFigures::banks}, {}, "the number of banks", true},
    Clause{", where each bank needs to store # B",
           {&FailureFigures::bytes_per_bank},
           {},
           "the bytes needed of each bank",
           true},
    Clause{", but bank size is # B", {&FailureFigures::bank_bytes}, {}, "the size of a bank"},
    Clause{", but bank size is only # B", {&FailureFigures::bank_bytes}, {}, "the size of a bank", false, true},
    Clause{kBankFigures, kBankFigureSlots, {}, kBankFiguresSay},
};
constexpr std::array kOverlapping = {
    Clause{"Not enough space after considering dependencies to allocate # B",
           {&FailureFigures::requested_bytes},
           {},
           "the requested bytes",
           true},
    Clause{" @ buffer", {}, Extra::kBufferType, "the type of the buffer", true},
    Clause{" @", {}, Extra::kBufferType, "the type of the buffer", true, true},
    Clause{" across # banks", {&FailureFigures::banks}, {}, "the number of banks", true},
    Clause{" (# B per bank)", {&FailureFigures::bytes_per_bank}, {}, "the bytes needed of each bank", true},
    Clause{", bank size is # B", {&FailureFigures::bank_bytes}, {}, "the size of a bank"},
    Clause{kBankFigures, kBankFigureSlots, {}, kBankFiguresSay},
    Clause{
        ". After subtracting # dependency range(s) and # additional occupied range(s), # B remained placeable across "
        "# window(s)",
        {&FailureFigures::dependency_ranges, &FailureFigures::occupied_ranges, &FailureFigures::placeable_per_bank,
         &FailureFigures::placeable_windows},
        {},
        "what the other allocators leave"},
    Clause{", largest # B",
           {&FailureFigures::largest_placeable_per_bank},
           {},
           "the largest window that the other allocators leave"},
};
constexpr std::string_view kClashSays = "the address of the L1 buffer and the end of the circular buffers";
constexpr std::array kClash = {
    Clause{"Statically allocated circular buffers in program # clash with L1 buffers on core range [(x=#,y=#) - "
           "(x=#,y=#)]",
           {&FailureFigures::program},
           Extra::kCoresNamed,
           "the program and its cores",
           true},
    Clause{"Statically allocated circular buffers in program # clash with L1 buffers on core range [#-# - #-#]",
           {&FailureFigures::program},
           Extra::kCoresDashed,
           "the program and its cores",
           true,
           true},
    Clause{". L1 buffer allocated at # and static circular buffer region ends at #",
           {&FailureFigures::l1_buffer_address, &FailureFigures::cb_region_end},
           {},
           kClashSays,
           true,
           false,
           true},
    Clause{". L1 buffer allocated at # and static circular buffer region ends at &",
           {&FailureFigures::l1_buffer_address, &FailureFigures::cb_region_end},
           {},
           kClashSays,
           true,
           true,
           true},
};
constexpr std::array kOverflow = {
    Clause{"Statically allocated circular buffers on core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           Extra::kCoresNamed,
           "the cores",
           true},
    Clause{"Statically allocated circular buffers on core range [#-# - #-#]",
           {},
           Extra::kCoresDashed,
           "the cores",
           true,
           true},
    Clause{" grow to # B", {&FailureFigures::cb_region_end}, {}, "the end of the circular buffers", true},
    Clause{" which is beyond max L1 size of # B", {&FailureFigures::max_l1_bytes}, {}, "the size of L1", true},
};
constexpr std::array kTrace = {
    Clause{"Creating trace buffers of size #~B", {&FailureFigures::trace_bytes}, {}, "the size of the traces", true},
    Clause{" on MeshDevice #", {&FailureFigures::mesh}, {}, "the mesh", true},
    Clause{", but only #~B is allocated for trace region",
           {&FailureFigures::trace_region_bytes},
           {},
           "the size of the trace region",
           true},
};

// `known_at` is behind the words that no other text has, and for the forms with a number behind that number: source
// code that prints such a message has the words, but no number.
constexpr std::string_view kHeadOutOfMemory = "Not enough space to allocate #";
constexpr std::string_view kHeadOverlapping = "Not enough space after considering dependencies to allocate #";
constexpr std::string_view kHeadClash = "Statically allocated circular buffers in program # clash";
constexpr std::string_view kHeadOverflow = "Statically allocated circular buffers on core range [#";
constexpr std::string_view kHeadOverflowNamed = "Statically allocated circular buffers on core range [(x=#";
constexpr std::string_view kHeadTrace = "Creating trace buffers of size #";
static_assert(kHeadOverflow.size() < kHeadOverflowNamed.size());

constexpr std::string_view kOutOfMemoryPrefix = "Out of Memory: ";
constexpr std::array kForms = {
    Form{FailureKind::kOutOfMemory, kOutOfMemoryPrefix, kHeadOutOfMemory.size(), kOutOfMemory},
    Form{FailureKind::kOutOfMemory, kOutOfMemoryPrefix, kHeadOverlapping.size(), kOverlapping},
    Form{FailureKind::kCbClash, "", kHeadClash.size(), kClash},
    Form{FailureKind::kCbOverflow, "", kHeadOverflow.size(), kOverflow},
    Form{FailureKind::kTraceRegion, "", kHeadTrace.size(), kTrace},
};

std::optional<Pool> pool_of(std::string_view buffer_type) {
    std::string name(buffer_type);
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (name == "system_memory") return Pool::kSystem;
    return pool_from_name(name);
}

std::string range_text(Extra spelling, std::span<const uint64_t, 4> at) {
    const auto n = [&](size_t i) { return std::to_string(at[i]); };
    if (spelling == Extra::kCoresDashed) return "[" + n(0) + "-" + n(1) + " - " + n(2) + "-" + n(3) + "]";
    return "[(x=" + n(0) + ",y=" + n(1) + ") - (x=" + n(2) + ",y=" + n(3) + ")]";
}

void take_cores(FailureFigures& figures, Extra spelling, std::span<const uint64_t, 4> at) {
    figures.core_range = range_text(spelling, at);
    if (std::ranges::any_of(at, [](uint64_t n) { return n > UINT8_MAX; })) return;
    figures.cores = CoreRange{static_cast<uint8_t>(at[0]), static_cast<uint8_t>(at[1]), static_cast<uint8_t>(at[2]),
                              static_cast<uint8_t>(at[3])};
}

void take(FailureFigures& figures, const Clause& clause, const WrappedMatch& match) {
    size_t number = 0;
    for (const Figure figure : clause.figures) {
        if (figure != nullptr) figures.*figure = match.numbers.at(number++);
    }
    if (clause.extra == Extra::kBufferType) {
        figures.buffer_type = match.words.at(0);
        figures.pool = pool_of(figures.buffer_type);
    } else if (clause.extra != Extra::kNone && match.numbers.size() == number + 4) {
        take_cores(figures, clause.extra, std::span<const uint64_t, 4>(match.numbers.data() + number, 4));
    }
}

size_t letters(std::string_view text) {
    return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return c != ' '; }));
}

// Whether a clause that is not whole began and was cut, rather than being absent. Two bytes may be chance: " (a" begins
// both "(allocated: " and "(assert.hpp:104)".
bool was_cut(const WrappedMatch& match, std::string_view bytes, bool at_end) {
    const size_t seen = letters(match.text);
    return seen >= 3 || (seen == 2 && at_end && match.end >= bytes.size());
}

// Reads one form from the first byte of `bytes`.
class Reading {
public:
    Reading(std::string_view bytes, bool at_end, const Form& form) : bytes_(bytes), at_end_(at_end), form_(form) {
        result_.message.figures.kind = form.kind;
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
        message.text = std::string(form_.prefix) + text_ + cut_;
        message.complete = message.missing.empty();
        if (!message.complete) {
            message.cut_at = message.text.substr(message.text.size() - std::min(message.text.size(), kMostCutText));
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
            WrappedMatch match = match_wrapped(bytes_.substr(result_.end), form_.clauses[i].pattern);
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
        return true;
    }

    bool rises(size_t clause, const WrappedMatch& match) const {
        return !form_.clauses[clause].rising || std::ranges::is_sorted(match.numbers);
    }

    // Whether enough of the first clause is there: its first number, or all that the source has left of it.
    bool is_known() const {
        const std::string_view pattern = form_.clauses[0].pattern;
        if (farthest_.pattern_end >= form_.known_at && !farthest_.numbers.empty()) return true;
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
        for (size_t i = at; i < form_.clauses.size(); ++i) {
            const Clause& clause = form_.clauses[i];
            const bool lost = clause.required || (cut && i == at);
            if (lost && !clause.alternative) result_.message.missing.emplace_back(clause.says);
        }
    }

    const std::string_view bytes_;
    const bool at_end_;
    const Form& form_;
    FoundMessage result_;
    WrappedMatch farthest_;
    std::string text_, cut_;
};

}  // namespace

bool may_begin_failure_message(char first, char second) {
    // The second byte is the next one of the word, or something that may stand within a word.
    constexpr std::string_view kBetween = "\n\r\x1b^\\ \t\"'|";
    const char wanted = first == 'N' ? 'o' : first == 'S' ? 't' : first == 'C' ? 'r' : '\0';
    return wanted != '\0' && (second == wanted || kBetween.find(second) != std::string_view::npos);
}

std::optional<FoundMessage> read_failure_message(std::string_view bytes, bool at_end) {
    for (const Form& form : kForms) {
        if (bytes.empty() || bytes[0] != form.clauses[0].pattern[0]) continue;
        if (std::optional<FoundMessage> found = Reading(bytes, at_end, form).run()) return found;
    }
    return std::nullopt;
}

std::string what_its_form_omits(const FailureMessage& message) {
    const FailureFigures& f = message.figures;
    if (f.kind != FailureKind::kOutOfMemory || !message.complete) return "";
    if (!f.bank_bytes) return "the size of a bank, and what was allocated and free in it";
    if (!f.free_per_bank) return "what was allocated and free in each bank";
    return "";
}

}  // namespace ttmem
