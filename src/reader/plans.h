// Programs' circular buffers and traces of a ledger, from words to values: who reserves what, and what is resident.
//
// Read after the slots, whose programs and traces they belong to. A program that began after the moment of the slots is
// left out; one that gave its circular buffers back since then has none.
#pragma once

#include <optional>

#include "src/reader/image.h"
#include "src/reader/raw.h"
#include "src/reader/tables.h"

namespace ttmem::ledger {

// Reused from read to read.
struct RawPrograms {
    RawRecords plans, pairs, holdings, traces, entries;
};

// Fills plans, pairs, holdings and traces of `image`, whose sessions and live slots are there. Records that fail their
// check are counted. False when the file has become shorter, or cannot be read.
bool read_programs(const ByteSource& source, const Regions& regions, bool writer_is_dead, RawPrograms& raw,
                   LedgerImage& image);

// One plan by its number, as the event of a plan has it; a plan stays for the life of its ledger. Nothing when there is
// none of that number that keeps the rules.
std::optional<PlanImage> read_plan(const ByteSource& source, const Regions& regions, uint64_t number);

}  // namespace ttmem::ledger
