// Leaks that somebody knows of and does not want to hear about, in the syntax of LeakSanitizer's files.
//
//   # a comment
//   leak:conv2d            an operation, tag or program with this in its name
//   op:ttnn.matmul$        of the operation alone; likewise tag:, program:
//   pool:l1_small          exactly this pool; likewise class:, but for what outlived its program or trace
//   once:^ttnn.            of the operation, where it did not repeat (analysis/leaks/once.h)
//
// As there, `*` stands for anything, `^` at the begin and `$` at the end tie the pattern to the ends of the name;
// without them it may be anywhere in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/leaks/once.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/base/result.h"
#include "src/model/snapshot.h"

namespace ttmem {

// Whether a name fits a pattern.
bool fits_pattern(std::string_view name, std::string_view pattern);

struct Suppression {
    enum class Field : uint8_t { kAny, kOp, kTag, kProgram, kPool, kClass, kOnce };
    Field field = Field::kAny;
    std::string pattern;
    std::string text;       // the line
    bool built_in = false;  // fits only what came with a compiled program, which is there, as its process is
};

// What was taken out, by the line that fitted it. Circular buffers that were left behind are allocations of 0 bytes.
using Suppressed = std::map<std::string, Sum>;
void add(Suppressed& to, const Suppressed& more);

class Suppressions {
public:
    // What ttnn keeps by design, as `ttmem leaks --help` tells: tables of its programs, and what did not repeat.
    static Suppressions by_default();

    // The content of a file that is called `name`. An error names the line.
    static Result<Suppressions> parse(std::string_view text, const std::string& name);

    void add(const Suppressions& other);
    Suppressions once_lines() const;  // these alone
    bool empty() const { return lines_.empty(); }

    // Leaves in `selection` what nothing suppresses, and adds the rest to `suppressed`. The first line that fits
    // counts. What a `once:` line fits if it does not repeat, which too few iterations tell, is added to `too_few`.
    void take_out(const Snapshot& snapshot, const Once& once, Selection& selection, Suppressed& suppressed,
                  Selection& too_few, Over over = Over::kAllChips) const;

    // What the names of something do not tell.
    struct Kind {
        Repeats repeats = Repeats::kYes;  // see analysis/leaks/once.h
        bool holder_ended = false;        // its program or trace is gone: nobody keeps that by design
        bool held = false;                // its process ended without closing its device
        bool with_program = false;        // it was made by the call that compiled one, as tables are
    };
    // The first line that fits what has these names; null: none.
    const Suppression* find(std::string_view op, std::string_view tag, std::string_view program, Pool pool,
                            AllocationClass allocation_class, Kind kind) const;
    const Suppression* find(std::string_view op, std::string_view tag, std::string_view program, Pool pool,
                            AllocationClass allocation_class) const {
        return find(op, tag, program, pool, allocation_class, Kind{});
    }

private:
    std::vector<Suppression> lines_;
};

}  // namespace ttmem
