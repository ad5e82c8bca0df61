#include "sim/bank_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ttmem::sim {
namespace {

std::string message(BufferType type, uint64_t requested, uint64_t per_bank, uint32_t banks,
                    const BankStatistics& bank) {
    return fmt::format(
        "Out of Memory: Not enough space to allocate {} B {} buffer across {} banks, where each bank needs to store {} "
        "B, "
        "but bank size is {} B (allocated: {} B, free: {} B, largest free block: {} B)",
        requested, message_name(type), banks, per_bank, bank.total, bank.allocated, bank.free, bank.largest_free);
}

}  // namespace

OutOfMemory::OutOfMemory(BufferType type, uint64_t requested, uint64_t bytes_per_bank, uint32_t banks,
                         BankStatistics statistics)
    : std::runtime_error(message(type, requested, bytes_per_bank, banks, statistics)),
      type(type),
      requested(requested),
      bytes_per_bank(bytes_per_bank),
      banks(banks),
      statistics(statistics) {}

BankManager::BankManager(BufferType type, uint32_t banks, uint64_t base, uint64_t bytes_per_bank, uint32_t alignment)
    : type_(type), banks_(banks), base_(base), bytes_per_bank_(bytes_per_bank), alignment_(alignment) {
    clear();
}

void BankManager::clear() {
    allocated_.clear();
    free_.clear();
    if (bytes_per_bank_ != 0) free_.emplace(base_, bytes_per_bank_);
}

uint64_t BankManager::allocate(uint64_t requested, uint64_t bytes_per_bank, bool bottom_up) {
    const uint64_t size = align(bytes_per_bank);
    if (bottom_up) {
        for (auto block = free_.begin(); block != free_.end(); ++block) {
            const uint64_t address = align(block->first), end = block->first + block->second;
            if (address >= end || end - address < size) continue;
            take(block, address, size);
            return address;
        }
    } else {
        for (auto block = free_.end(); block != free_.begin();) {
            --block;
            const uint64_t end = block->first + block->second;
            if (block->second < size) continue;
            const uint64_t address = (end - size) & ~uint64_t{alignment_ - 1};
            if (address < block->first) continue;
            take(block, address, size);
            return address;
        }
    }
    throw OutOfMemory(type_, requested, size, banks_, statistics());
}

// Cuts the range out of the free block that contains it.
void BankManager::take(Blocks::iterator block, uint64_t address, uint64_t size) {
    const uint64_t begin = block->first, end = begin + block->second;
    free_.erase(block);
    if (begin < address) free_.emplace(begin, address - begin);
    if (address + size < end) free_.emplace(address + size, end - (address + size));
    allocated_.emplace(address, size);
}

void BankManager::deallocate(uint64_t address) {
    const auto found = allocated_.find(address);
    if (found == allocated_.end())
        throw std::logic_error(fmt::format("{} address {} is not allocated", message_name(type_), address));
    uint64_t begin = address, end = address + found->second;
    allocated_.erase(found);

    const auto next = free_.lower_bound(begin);
    if (next != free_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == begin) {
            begin = before->first;
            free_.erase(before);
        }
    }
    if (next != free_.end() && next->first == end) {
        end = next->first + next->second;
        free_.erase(next);
    }
    free_.emplace(begin, end - begin);
}

BankStatistics BankManager::statistics() const {
    BankStatistics result{.total = bytes_per_bank_};
    for (const auto& [address, size] : free_) {
        result.free += size;
        result.largest_free = std::max(result.largest_free, size);
    }
    result.allocated = result.total - result.free;
    return result;
}

}  // namespace ttmem::sim
