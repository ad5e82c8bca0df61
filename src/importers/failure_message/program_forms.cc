#include <deque>
#include <string>
#include <vector>

#include "src/importers/failure_message/forms.h"

namespace ttmem {
namespace {

constexpr std::string_view kProgramSays = "the program and its cores";
constexpr std::string_view kClashSays = "the address of the L1 buffer and the end of the circular buffers";
constexpr std::array<MessageFigure, kMostFigures> kClashFigures = {&FailureFigures::l1_buffer_address,
                                                                   &FailureFigures::cb_region_end};
constexpr Clause kGrow{" grow to # B", {&FailureFigures::cb_region_end}, {}, "the end of the circular buffers", true};
constexpr Clause kBeyond{
    " which is beyond max L1 size of # B", {&FailureFigures::max_l1_bytes}, {}, "the size of L1", true};

// ---- What a program lays out for itself in L1 has three names, and the same sentences: "%s" is "circular buffers",
// "% region" is "circular buffer region". Those of scratchpads are written as their twins are.

constexpr std::array kClash = {
    Clause{"Statically allocated %s in program # clash with L1 buffers on core range [(x=#,y=#) - (x=#,y=#)]",
           {&FailureFigures::program},
           ClauseExtra::kCoresNamed,
           kProgramSays,
           true},
    Clause{"Statically allocated %s in program # clash with L1 buffers on core range [#-# - #-#]",
           {&FailureFigures::program},
           ClauseExtra::kCoresDashed,
           kProgramSays,
           true,
           true},
    Clause{
        ". L1 buffer allocated at # and static % region ends at #", kClashFigures, {}, kClashSays, true, false, true},
    Clause{". L1 buffer allocated at # and static % region ends at &", kClashFigures, {}, kClashSays, true, true, true},
};
constexpr std::array kClashBare = {
    Clause{"Statically allocated %s in program # clash with L1 buffers. L1 buffer allocated at # and static % region "
           "ends at #",
           {&FailureFigures::program, &FailureFigures::l1_buffer_address, &FailureFigures::cb_region_end},
           {},
           kClashSays,
           true},
};
constexpr std::array kClashBarest = {
    Clause{"Statically allocated %s clash with L1 buffers. L1 buffer allocated at # and static % region ends at #",
           kClashFigures,
           {},
           kClashSays,
           true},
};
// Without the program's number, which who pasted it took out.
constexpr std::array kClashOfSome = {
    Clause{"Statically allocated %s in program N clash with L1 buffers on core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           ClauseExtra::kCoresNamed,
           kProgramSays,
           true},
    Clause{"Statically allocated %s in program N clash with L1 buffers on core range [#-# - #-#]",
           {},
           ClauseExtra::kCoresDashed,
           kProgramSays,
           true,
           true},
    Clause{". L1 buffer allocated at # and static % region ends at #", kClashFigures, {}, kClashSays, true},
};
// Of early 2024, which prints the places of its figures as they are, and each figure on a line of its own below.
constexpr std::array kClashBelow = {
    Clause{
        "Statically allocated %s in program {} clash with L1 buffers on core range {}. L1 buffer allocated at {} and "
        "static % region ends at {}",
        {},
        {},
        "",
        true},
    Clause{" # [(x=#,y=#) - (x=#,y=#)]", {&FailureFigures::program}, ClauseExtra::kCoresNamed, kProgramSays, true},
    Clause{" # #", kClashFigures, {}, kClashSays, true},
};
constexpr std::array kOverflow = {
    Clause{"Statically allocated %s on core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           ClauseExtra::kCoresNamed,
           "the cores",
           true},
    Clause{"Statically allocated %s on core range [#-# - #-#]", {}, ClauseExtra::kCoresDashed, "the cores", true, true},
    kGrow,
    kBeyond,
};
constexpr std::array kOverflowBare = {
    Clause{"Statically allocated %s grow to # B", {&FailureFigures::cb_region_end}, {}, "their end", true},
    kBeyond,
};
constexpr std::array kService = {
    Clause{"^s on service-core range [(x=#,y=#) - (x=#,y=#)]", {}, ClauseExtra::kCoresNamed, "the cores", true},
    Clause{"^s on service-core range [#-# - #-#]", {}, ClauseExtra::kCoresDashed, "the cores", true, true},
    Clause{" in program # clash with ServiceCoreManager-allocated L1",
           {&FailureFigures::program},
           {},
           "the program",
           true},
    Clause{" (lowest service allocation at #, @ region ends at #)", kClashFigures, {}, kClashSays, true},
};
constexpr std::array kRing = {
    Clause{"DFB #: ring size (# bytes) exceeds Tensix unreserved L1 size (# bytes)",
           {nullptr, &FailureFigures::requested_bytes, &FailureFigures::max_l1_bytes},
           {},
           "the size of L1",
           true},
};

// The forms in the words of each of the three. The first clauses are known at these beginnings.
class ProgramForms {
public:
    ProgramForms() {
        for (const CbWords words : {CbWords::kCircularBuffers, CbWords::kDataflowBuffers, CbWords::kScratchpads}) {
            add(FailureKind::kCbClash, words, kClash, "Statically allocated %s in program # clash");
            add(FailureKind::kCbClash, words, kClashOfSome, "");
            add(FailureKind::kCbOverflow, words, kOverflow, "Statically allocated %s on core range [#");
        }
        add(FailureKind::kCbClash, CbWords::kCircularBuffers, kClashBelow, "");
        forms_.push_back({FailureKind::kCbOverflow, "", kWholeOnly, kRing, CbWords::kDataflowBuffers});
        for (const CbWords words : {CbWords::kCircularBuffers, CbWords::kDataflowBuffers})
            add(FailureKind::kServiceClash, words, kService, "^s on service-core range [#");
        for (const CbWords words : {CbWords::kCircularBuffers, CbWords::kDataflowBuffers, CbWords::kScratchpads}) {
            add(FailureKind::kCbClash, words, kClashBare, "");
            add(FailureKind::kCbClash, words, kClashBarest, "");
            add(FailureKind::kCbOverflow, words, kOverflowBare, "");
        }
    }
    ProgramForms(const ProgramForms&) = delete;
    ProgramForms& operator=(const ProgramForms&) = delete;

    std::span<const Form> all() const { return forms_; }

private:
    // `known_at`: "" for the whole of the first clause.
    void add(FailureKind kind, CbWords words, std::span<const Clause> clauses, std::string_view known_at) {
        std::vector<Clause>& own = clauses_.emplace_back(clauses.begin(), clauses.end());
        for (Clause& clause : own) clause.pattern = texts_.emplace_back(in_words(clause.pattern, words));
        const size_t known = known_at.empty() ? kWholeOnly : in_words(known_at, words).size();
        forms_.push_back({kind, "", known, own, words});
    }

    // "%" is "circular buffer", "^" is "Circular buffer".
    static std::string in_words(std::string_view pattern, CbWords words) {
        std::string_view plural = cb_words_text(words);
        const std::string singular(plural.substr(0, plural.size() - 1));
        std::string text;
        for (const char c : pattern) {
            if (c != '%' && c != '^') {
                text += c;
                continue;
            }
            text += singular;
            if (c == '^') text[text.size() - singular.size()] = static_cast<char>(singular[0] - 'a' + 'A');
        }
        return text;
    }

    std::deque<std::string> texts_;            // what the patterns point to
    std::deque<std::vector<Clause>> clauses_;  // what the forms point to
    std::vector<Form> forms_;
};

}  // namespace

std::span<const Form> program_message_forms() {
    static const ProgramForms forms;
    return forms.all();
}

}  // namespace ttmem
