// The sentences that tt-metal prints when an allocation fails, of releases 0.50 to 0.81.1 and of what came after,
// clause by clause. Written down from the strings of its libraries and from what people paste.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "src/model/failure_figures.h"

namespace ttmem {

using MessageFigure = std::optional<uint64_t> FailureFigures::*;
constexpr size_t kMostFigures = 4;

// What the words and numbers of a clause are. kCores...: the four numbers after the figures are a core range, in the
// spelling of the clause.
enum class ClauseExtra : uint8_t {
    kNone,
    kBufferType,
    kSaysOnly,
    kCoreType,
    kCoreText,  // cores in a spelling of their own
    kOneCore,
    kCoresNamed,
    kCoresDashed,
    kOtherTrace,
};

struct Clause {
    std::string_view pattern;
    std::array<MessageFigure, kMostFigures> figures{};  // in the order of the numbers, core ranges left out
    ClauseExtra extra = ClauseExtra::kNone;
    std::string_view says;     // what a cut loses: "the size of a bank"
    bool required = false;     // every age of this form has it
    bool alternative = false;  // another spelling of the clause before it
    bool rising = false;       // its numbers rise; if they do not, its other spelling is better, where that one fits
    bool follows = false;      // what has the clause before it has this one
};

// One form of a message. `known_at`: so much of the first clause's pattern must be there to call it this failure, with
// a number: source code that prints such a message has the words, but no number. kWholeOnly: all of the first clause.
constexpr size_t kWholeOnly = SIZE_MAX;
struct Form {
    FailureKind kind;
    std::string_view prefix;  // of the text, printed before the pattern
    size_t known_at;
    std::span<const Clause> clauses;
    CbWords cb_words = CbWords::kCircularBuffers;
};

// In the order in which they are tried: of allocators and traces, and of what a program lays out for itself in L1.
std::span<const Form> allocator_message_forms();
std::span<const Form> program_message_forms();

}  // namespace ttmem
