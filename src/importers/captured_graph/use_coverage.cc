// What a captured graph does not tell, or tells in a way that was guessed at.
#include <string>

#include "src/base/text.h"
#include "src/importers/captured_graph/use.h"

namespace ttmem {
namespace {

std::string plural(uint64_t count, const std::string& noun) {
    return with_commas(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

void GraphUse::cover(ImportedUse& use) const {
    Coverage& coverage = use.coverage;
    const auto say = [&](uint64_t count, const std::string& sentence, bool incomplete = true) {
        if (count > 0) coverage.note(sentence, incomplete);
    };
    const Counts& c = counts_;
    uint64_t earlier = 0;
    for (const ImportedEarlier& of_pool : use.earlier) earlier += of_pool.buffers;
    say(earlier,
        plural(earlier, "buffer") + " that the operations use existed before the capture and are in no figure");
    say(c.frees_of_earlier, plural(c.frees_of_earlier, "free") + " of buffers that were allocated before the capture",
        false);
    say(c.without_address,
        with_commas(c.without_address) + " of " + plural(c.allocations, "allocation") +
            (c.without_address == 1 ? " says" : " say") + " address 0, which is no address (captured without dispatch)",
        false);
    if (c.first_garbage_address) {
        coverage.note(plural(c.garbage_addresses, "L1 address") + " beyond the L1 of any core, the first " +
                          std::to_string(*c.first_garbage_address) + ": garbage in the source, not used",
                      false);
    }
    say(c.without_size, plural(c.without_size, "allocation") + " without a size");
    say(c.without_pool, plural(c.without_pool, "allocation") + " of an unknown type of memory");
    say(c.guessed, plural(c.guessed, "free") + " matched by address or size, because they name no buffer");
    say(c.replaced, plural(c.replaced, "buffer") + " went without a free, seen when their place was taken");
    say(c.unattributed_buffers, plural(c.unattributed_buffers, "circular buffer") + " of " +
                                    with_commas(c.unattributed_bytes) + " bytes per core stand on no core (\"{}\")");
    say(c.unreadable_ranges, plural(c.unreadable_ranges, "circular buffer") + " whose core ranges cannot be read");
    say(c.bare_runs, (c.bare_runs == c.runs ? plural(c.runs, "program run")
                                            : with_commas(c.bare_runs) + " of " + plural(c.runs, "program run")) +
                         " brought no circular buffers to the graph (those of Metal 2.0 are not in it): what they take "
                         "of L1 is in no figure");
    const uint64_t hits = operations_.cache_hits_without_circular_buffers();
    say(hits, plural(hits, "operation") + " ran a cached program whose circular buffers the graph does not repeat");
    say(c.circular_buffers > 0 && !deallocate_all_seen_,
        "no node says when a program's circular buffers end: taken as the next operation that brings some", false);
    say(places_.assumed(), "which chips a mesh has is not said: a chip is taken to belong to the only mesh", false);
    say(c.joined_late, "a mesh's chips became known late: a chip's peak may be greater");
    say(places_.too_many(), "more than " + with_commas(GraphPlaces::kMostDomains) + " devices: the rest is left out");
    say(c.unreadable, plural(c.unreadable, "parameter") + " that cannot be read");
    say(c.errors, plural(c.errors, "operation") + " failed during the capture", false);
    say(c.unopened_ends + operations_.depth(), "starts and ends of operations do not match");
    say(!c.ended, "there is no capture_end: the capture was cut short");
    say(c.saturated, "sizes add up to more than 64 bits hold");
    coverage.untracked_allocations = c.untracked;
    say(c.untracked, plural(c.untracked, "allocation") + " more than can be followed: in no figure");
}

}  // namespace ttmem
