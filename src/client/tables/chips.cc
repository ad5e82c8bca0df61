#include "src/client/tables/chips.h"

#include <string.h>

#include "src/client/process/process.h"

namespace ttmem::client {

constinit Chips chips;

int Chips::find(uint64_t chip_id) const {
    for (uint32_t i = 0; i < count_; ++i) {
        if (chips_[i].words[0] == chip_id) return static_cast<int>(i);
    }
    return -1;
}

ttmem_result Chips::add(const ttmem_chip_info& chip, ttmem_text arch) {
    Chip fresh{};
    uint64_t* word = fresh.words;
    *word++ = chip.chip_id;
    *word++ = static_cast<uint64_t>(chip.logical_id) << 32 | arch;
    for (const ttmem_pool_info& pool : chip.pools) *word++ = pool.banks;
    for (const ttmem_pool_info& pool : chip.pools) *word++ = pool.bytes_per_bank;
    *word++ = static_cast<uint64_t>(chip.grid_x) << 32 | chip.grid_y;
    *word++ = chip.l1_bytes_per_core;
    *word++ = chip.l1_base;
    *word++ = chip.dram_base;

    int number = find(chip.chip_id);
    if (number < 0) {
        if (count_ == ledger::kMaxChips) {
            count(live_header().chips_full);
            return TTMEM_FULL;
        }
        number = static_cast<int>(count_);
    } else if (memcmp(&chips_[number], &fresh, sizeof fresh) == 0) {
        return TTMEM_OK;
    }
    chips_[number] = fresh;
    if (static_cast<uint32_t>(number) == count_) ++count_;
    write(static_cast<uint32_t>(number));
    return TTMEM_OK;
}

void Chips::write(uint32_t number) {
    ledger::ChipRecord& record = process.map.chips[number];
    const uint64_t sequence = record.sequence.load(std::memory_order_relaxed);
    record.sequence.store(sequence + 1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    const uint64_t* words = chips_[number].words;
    constexpr size_t kWords = sizeof(Chip) / 8;
    ledger::Word* target = &record.chip_id;
    for (size_t i = 0; i < kWords; ++i) target[i].store(words[i], std::memory_order_release);
    record.check.store(ledger::check_sum(words, kWords), std::memory_order_release);
    record.sequence.store(sequence + 2, std::memory_order_release);
}

void Chips::write_to_ledger() {
    for (uint32_t i = 0; i < count_; ++i) write(i);
}

}  // namespace ttmem::client
