#include "src/client/process/config.h"

#include <stdlib.h>
#include <string.h>

#include "include/ttmem/ttmem.h"
#include "src/client/process/hex.h"

namespace ttmem::client {
namespace {

constexpr uint64_t kMinEvents = 64;  // one page: the events of a ring are populated page by page
constexpr uint64_t kMaxHistoryBytes = 64ull << 20;
constexpr uint64_t kFewRings = 8;

bool parse_number(const char* text, uint64_t& number) {
    if (text == nullptr || *text == 0) return false;
    number = 0;
    for (; *text != 0; ++text) {
        if (*text < '0' || *text > '9' || number > UINT64_MAX / 10 - 10) return false;
        number = number * 10 + static_cast<uint64_t>(*text - '0');
    }
    return true;
}

void parse_run_id(const char* text, uint8_t (&id)[16]) {
    if (text == nullptr || strlen(text) != 32) return;
    uint8_t parsed[16];
    for (int i = 0; i < 16; ++i) {
        const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return;
        parsed[i] = static_cast<uint8_t>(high << 4 | low);
    }
    memcpy(id, parsed, sizeof id);
}

uint32_t parse_level(const char* level, const char* allocation_tracking) {
    static const char* const names[] = {"off", "counts", "events", "stacks"};
    for (uint32_t i = 0; level != nullptr && i < 4; ++i) {
        if (strcmp(level, names[i]) == 0) return i;
    }
    const bool tracking = allocation_tracking != nullptr && strcmp(allocation_tracking, "1") == 0;
    return tracking ? TTMEM_LEVEL_EVENTS : TTMEM_LEVEL_COUNTS;
}

uint64_t power_of_two_below(uint64_t number) { return 1ull << (63 - __builtin_clzll(number)); }

void fit(ledger::Geometry& geometry) {
    while (geometry.total_bytes() > ledger::kMaxLedgerBytes) {
        uint64_t& what = geometry.rings > kFewRings ? geometry.rings : geometry.events_per_ring;
        what /= 2;
    }
}

template <size_t kSize>
void copy_text(const char* text, char (&copy)[kSize]) {
    if (text != nullptr && strlen(text) < kSize) strcpy(copy, text);
}

}  // namespace

void read_config(Config& config) {
    config.level = parse_level(secure_getenv("TTMEM_LEVEL"), secure_getenv("TT_ALLOC_TRACKING_ENABLED"));

    copy_text(secure_getenv("TTMEM_DIR"), config.directory);
    copy_text(secure_getenv("TTMEM_ITERATIONS_BY"), config.iterations_by);
    parse_run_id(secure_getenv("TTMEM_RUN"), config.run_id);
    copy_text(secure_getenv("TTMEM_RUN_DIR"), config.run_directory);

    uint64_t number = 0;
    if (parse_number(secure_getenv("TTMEM_LEDGER_SLOTS"), number)) {
        if (number > ledger::kMaxSlots) number = ledger::kMaxSlots;
        config.geometry.slots = number < 64 ? 64 : (number + 63) / 64 * 64;
    }
    if (parse_number(secure_getenv("TTMEM_HISTORY_BYTES"), number)) {
        if (number > kMaxHistoryBytes) number = kMaxHistoryBytes;
        const uint64_t events = number / sizeof(ledger::Event);
        config.geometry.events_per_ring = events < kMinEvents ? kMinEvents : power_of_two_below(events);
    }
    fit(config.geometry);
}

}  // namespace ttmem::client
