#include "src/analysis/leaks/suppressions.h"

#include <algorithm>
#include <iterator>

namespace ttmem {
namespace {

constexpr std::pair<std::string_view, Suppression::Field> kFields[] = {
    {"leak", Suppression::Field::kAny},  {"op", Suppression::Field::kOp},
    {"tag", Suppression::Field::kTag},   {"program", Suppression::Field::kProgram},
    {"pool", Suppression::Field::kPool}, {"class", Suppression::Field::kClass},
    {"once", Suppression::Field::kOnce}};

std::string_view trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

bool fits_pattern(std::string_view name, std::string_view pattern) {
    bool at_begin = false;
    if (pattern.starts_with('^')) {
        at_begin = true;
        pattern.remove_prefix(1);
    }
    bool is_first = true;
    while (true) {
        const size_t star = pattern.find('*');
        std::string_view part = pattern.substr(0, star);
        const bool is_last = star == std::string_view::npos;
        if (is_last && part.ends_with('$')) {
            part.remove_suffix(1);
            if (!name.ends_with(part)) return false;
            return !(is_first && at_begin) || name.size() == part.size();
        }
        const size_t at =
            is_first && at_begin ? (name.starts_with(part) ? 0 : std::string_view::npos) : name.find(part);
        if (at == std::string_view::npos) return false;
        if (is_last) return true;
        name.remove_prefix(at + part.size());
        pattern.remove_prefix(star + 1);
        is_first = false;
    }
}

Suppressions Suppressions::by_default() {
    constexpr std::string_view kTtnn = "^ttnn.";
    Suppressions lines;
    lines.lines_.push_back({Suppression::Field::kOnce, std::string(kTtnn), "once:" + std::string(kTtnn), true});
    return lines;
}

Result<Suppressions> Suppressions::parse(std::string_view text, const std::string& name) {
    Suppressions parsed;
    for (size_t number = 1; !text.empty(); ++number) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.starts_with('#')) continue;
        const size_t colon = line.find(':');
        const std::string_view word = line.substr(0, colon);
        const auto field =
            std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& f) { return f.first == word; });
        if (colon == std::string_view::npos || field == std::end(kFields) || colon + 1 == line.size()) {
            return Error{name + ":" + std::to_string(number) + " is no suppression",
                         "`" + std::string(line) +
                             "` does not begin with leak:, op:, tag:, program:, pool:, class: or once: and go on",
                         "write `leak:NAME`, or begin the line with # for a comment"};
        }
        const std::string_view pattern = trimmed(line.substr(colon + 1));
        if (field->second == Suppression::Field::kPool && !pool_from_name(pattern)) {
            return Error{name + ":" + std::to_string(number) + " names no pool",
                         "`" + std::string(pattern) + "` is none",
                         "the pools are dram, l1, l1_small, trace and system"};
        }
        if (field->second == Suppression::Field::kClass && !class_from_name(pattern)) {
            return Error{name + ":" + std::to_string(number) + " names no class",
                         "`" + std::string(pattern) + "` is none",
                         "the classes are tensor, program, trace, runtime and unknown"};
        }
        parsed.lines_.push_back({field->second, std::string(pattern), std::string(line)});
    }
    return parsed;
}

Suppressions Suppressions::once_lines() const {
    Suppressions once;
    std::ranges::copy_if(lines_, std::back_inserter(once.lines_),
                         [](const Suppression& line) { return line.field == Suppression::Field::kOnce; });
    return once;
}

void Suppressions::add(const Suppressions& other) {
    lines_.insert(lines_.end(), other.lines_.begin(), other.lines_.end());
}

const Suppression* Suppressions::find(std::string_view op, std::string_view tag, std::string_view program, Pool pool,
                                      AllocationClass allocation_class, Kind kind) const {
    using Field = Suppression::Field;
    for (const Suppression& line : lines_) {
        const auto fits = [&](std::string_view name) { return !name.empty() && fits_pattern(name, line.pattern); };
        switch (line.field) {
            case Field::kAny:
                if (fits(op) || fits(tag) || fits(program)) return &line;
                break;
            case Field::kOp:
                if (fits(op)) return &line;
                break;
            case Field::kOnce:
                if (line.built_in && (kind.held || kind.holder_ended || !kind.with_program)) break;
                if (kind.repeats != Repeats::kYes && fits(op)) return &line;
                break;
            case Field::kTag:
                if (fits(tag)) return &line;
                break;
            case Field::kProgram:
                if (fits(program)) return &line;
                break;
            case Field::kPool:
                if (pool_name(pool) == line.pattern) return &line;
                break;
            case Field::kClass:
                if (!kind.holder_ended && class_name(allocation_class) == line.pattern) return &line;
                break;
        }
    }
    return nullptr;
}

void Suppressions::take_out(const Snapshot& snapshot, const Once& once, Selection& selection, Suppressed& suppressed,
                            Selection& too_few, Over over) const {
    if (empty()) return;
    std::erase_if(selection, [&](uint32_t number) {
        const Allocation& a = snapshot.allocations[number];
        const std::string_view program = a.program != 0 ? std::string_view(snapshot.programs[a.program - 1].name) : "";
        const Repeats repeats = once(a);
        const Suppression* line =
            find(snapshot.texts[a.op], snapshot.texts[a.tag], program, a.pool, a.allocation_class,
                 {repeats, a.holder_ended, standing_of(snapshot, a) == Standing::kHeld, once.table(a).has_value()});
        if (line == nullptr) return false;
        if (line->field == Suppression::Field::kOnce && repeats == Repeats::kTooFew) {
            too_few.push_back(number);
            return true;
        }
        suppressed[line->text] += sum_of(snapshot, a, over);
        return true;
    });
}

void add(Suppressed& to, const Suppressed& more) {
    for (const auto& [line, sum] : more) to[line] += sum;
}

}  // namespace ttmem
