#include "src/collector/run_id.h"

#include <sys/random.h>

#include <algorithm>

#include "src/ledger/run_id.h"

namespace ttmem {
namespace {

struct Bytes {
    uint8_t id[16];
};

Bytes bytes_of(LedgerId id) {
    Bytes bytes;
    for (size_t i = 0; i < 16; ++i) bytes.id[i] = static_cast<uint8_t>(id.value >> (8 * (15 - i)));
    return bytes;
}

LedgerId id_of(const Bytes& bytes) {
    LedgerId id;
    for (const uint8_t byte : bytes.id) id.value = id.value << 8 | byte;
    return id;
}

}  // namespace

std::optional<LedgerId> make_run_id(LedgerId outer) {
    Bytes bytes = bytes_of(outer);
    const size_t around = outer.value == 0 ? 0 : ledger::run_depth(bytes.id);
    if (around == std::size(ledger::kRunIdEnds)) return std::nullopt;
    uint8_t* begin = bytes.id + (around == 0 ? 0 : ledger::kRunIdEnds[around - 1]);
    uint8_t* end = bytes.id + ledger::kRunIdEnds[around];
    const auto size = static_cast<size_t>(end - begin);
    // All zeros would be no part at all.
    while (std::all_of(begin, end, [](uint8_t byte) { return byte == 0; })) {
        if (::getrandom(begin, size, 0) != static_cast<ssize_t>(size)) std::fill(begin, end, uint8_t{0});
    }
    return id_of(bytes);
}

bool run_is_within(LedgerId run, LedgerId outer) { return ledger::run_is_within(bytes_of(run).id, bytes_of(outer).id); }

bool is_outermost(LedgerId run) { return ledger::run_depth(bytes_of(run).id) == 1; }

}  // namespace ttmem
