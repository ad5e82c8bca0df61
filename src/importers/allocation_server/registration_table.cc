#include "src/importers/allocation_server/registration_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ttmem {
namespace {

constexpr uint64_t kMostBytes = 100ull << 30;  // of one buffer, as the allocation server has it
constexpr size_t kEndedKept = 4096;            // blocks
constexpr size_t kProcessesKept = 1024;        // with the ended ones
constexpr size_t kMostLive = 1 << 20;          // a client that only ever allocates is refused then

Pool pool_of(const AllocationMessage& message, bool cb) {
    return cb ? Pool::kL1 : pool_of_buffer_type(message.buffer_type).value_or(Pool::kDram);
}

uint64_t& counter_of(DeviceFigures& device, const RegisteredBlock& block) {
    return block.circular_buffer ? device.cb : bytes_of_pool(device, block.pool);
}

}  // namespace

uint64_t& bytes_of_pool(DeviceFigures& device, Pool pool) {
    switch (pool) {
        case Pool::kL1:
            return device.l1;
        case Pool::kL1Small:
            return device.l1_small;
        case Pool::kTrace:
            return device.trace;
        default:
            return device.dram;
    }
}

std::optional<Pool> pool_of_buffer_type(uint8_t buffer_type) {
    switch (buffer_type) {
        case 0:
            return Pool::kDram;
        case 1:
            return Pool::kL1;
        case 3:
            return Pool::kL1Small;
        case 4:
            return Pool::kTrace;
        default:
            return {};
    }
}

uint32_t RegistrationTable::add_process(uint32_t pid, uint32_t uid, std::string comm, WallTime now) {
    const auto oldest_ended = std::find_if(processes_.begin(), processes_.end(), [](const RegisteringProcess& process) {
        return process.ended_at.has_value();
    });
    const bool reuse = processes_.size() >= kProcessesKept && oldest_ended != processes_.end();
    RegisteringProcess process;
    process.pid = pid;
    process.uid = uid;
    process.comm = std::move(comm);
    process.connected_at = now;
    if (!reuse) {
        processes_.push_back(std::move(process));
        return static_cast<uint32_t>(processes_.size() - 1);
    }
    const auto number = static_cast<uint32_t>(oldest_ended - processes_.begin());
    forget_process(number);
    *oldest_ended = std::move(process);
    return number;
}

void RegistrationTable::forget_process(uint32_t number) {
    std::erase_if(ended_, [number](const RegisteredBlock& block) { return block.process == number; });
    next_ended_ = 0;
}

void RegistrationTable::end_process(uint32_t number, WallTime now) {
    RegisteringProcess& process = processes_[number];
    process.ended_at = now;
    auto block = live_.lower_bound({number, INT32_MIN, false, 0, Pool::kDram});
    while (block != live_.end() && block->second.process == number) {
        ++process.held_blocks;
        process.held_bytes += block->second.bytes;
        end_block(block++, now);
    }
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.pid == process.pid; });
    for (auto kernel = kernels_.lower_bound({number, INT32_MIN, 0});
         kernel != kernels_.end() && std::get<0>(kernel->first) == number; kernel = kernels_.erase(kernel)) {
        use_[std::get<1>(kernel->first)].kernel -= kernel->second;
    }
}

RegistrationTable::Blocks::iterator RegistrationTable::begin_block(const BlockKey& key, uint64_t bytes, WallTime now) {
    const auto& [process, device, cb, address, pool] = key;
    RegisteredBlock block;
    block.process = process;
    block.device = static_cast<uint32_t>(device);
    block.pool = pool;
    block.circular_buffer = cb;
    block.address = address;
    block.bytes = bytes;
    block.since = now;
    counter_of(use_[device], block) += bytes;
    return live_.emplace(key, block).first;
}

void RegistrationTable::end_block(Blocks::iterator block, WallTime now) {
    block->second.until = now;
    counter_of(use_[static_cast<int32_t>(block->second.device)], block->second) -= block->second.bytes;
    if (ended_.size() < kEndedKept) {
        ended_.push_back(block->second);
    } else {
        ended_[next_ended_++ % kEndedKept] = block->second;
    }
    live_.erase(block);
}

RegistrationEffect RegistrationTable::apply(uint32_t number, uint32_t generation, const AllocationMessage& message,
                                            WallTime now) {
    RegisteringProcess& process = processes_[number];
    process.generation = generation;
    ++process.messages;
    switch (message.type) {
        case AllocationMessageType::kAlloc:
        case AllocationMessageType::kCbAlloc:
            if (message.bytes == 0 || message.bytes > kMostBytes || message.device < 0 || live_.size() >= kMostLive) {
                ++process.refused;
                return {.kind = RegistrationEffect::Kind::kRefused};
            }
            return allocate(number, message, message.type == AllocationMessageType::kCbAlloc, now);
        case AllocationMessageType::kFree:
        case AllocationMessageType::kCbFree:
            return free(number, generation, message, message.type == AllocationMessageType::kCbFree, now);
        case AllocationMessageType::kKernelLoad:
            if (kernels_.size() < kMostLive) set_kernel(number, message, message.bytes);
            return {};
        case AllocationMessageType::kKernelUnload:
            set_kernel(number, message, 0);
            return {};
        default:
            return {};
    }
}

// 0 bytes: it was unloaded.
void RegistrationTable::set_kernel(uint32_t process, const AllocationMessage& message, uint64_t bytes) {
    uint64_t& kernel = kernels_[{process, message.device, message.buffer}];
    uint64_t& sum = use_[message.device].kernel;
    sum = sum - kernel + std::min(bytes, kMostBytes);
    kernel = std::min(bytes, kMostBytes);
    if (kernel == 0) kernels_.erase({process, message.device, message.buffer});
}

RegistrationEffect RegistrationTable::allocate(uint32_t process, const AllocationMessage& message, bool cb,
                                               WallTime now) {
    const BlockKey key{process, message.device, cb, message.buffer, pool_of(message, cb)};
    auto block = live_.find(key);
    // What is there with another size is gone: nobody has two things at one address.
    if (block != live_.end() && block->second.bytes != message.bytes) {
        end_block(block, now);
        block = live_.end();
    }
    if (cb || pool_of_buffer_type(message.buffer_type)) {
        if (block == live_.end()) block = begin_block(key, message.bytes, now);
        // A circular buffer that is reported again is the same one, planned again.
        if (!cb || block->second.registrations == 0) ++block->second.registrations;
    }
    if (cb) return {RegistrationEffect::Kind::kCbAllocated, message.bytes, 1, use_[message.device].cb};
    Entry& entry = entries_[{message.device, message.buffer}];
    if (entry.references == 0) entry = {message.bytes, processes_[process].pid, message.buffer_type, 0, 0};
    ++entry.references;
    entry.registered_bytes += message.bytes;
    return {RegistrationEffect::Kind::kAllocated, message.bytes, entry.references, 0};
}

RegistrationTable::Blocks::iterator RegistrationTable::find_to_free(uint32_t process, uint32_t generation,
                                                                    const AllocationMessage& message, bool cb) {
    // A free names no pool.
    const auto first = live_.lower_bound({process, message.device, cb, message.buffer, Pool::kDram});
    const auto is_at = [&](const BlockKey& key) {
        return std::tie(std::get<0>(key), std::get<2>(key), std::get<3>(key)) == std::tie(process, cb, message.buffer);
    };
    if (first != live_.end() && is_at(first->first) && std::get<1>(first->first) == message.device) return first;
    if (generation != 0 || message.device != 0) return live_.end();
    auto found = live_.end();
    for (auto block = live_.lower_bound({process, INT32_MIN, false, 0, Pool::kDram});
         block != live_.end() && block->second.process == process; ++block) {
        if (!is_at(block->first)) continue;
        if (found != live_.end()) return live_.end();
        found = block;
    }
    return found;
}

RegistrationEffect RegistrationTable::free(uint32_t process, uint32_t generation, const AllocationMessage& message,
                                           bool cb, WallTime now) {
    const auto block = find_to_free(process, generation, message, cb);
    if (block == live_.end()) {
        ++processes_[process].unknown_frees;
    } else {
        ++block->second.frees;
        if (block->second.live_registrations() == 0) end_block(block, now);
    }
    if (cb) {
        return {block == live_.end() ? RegistrationEffect::Kind::kUnknownFree : RegistrationEffect::Kind::kCbFreed,
                message.bytes, 0, use_[message.device].cb};
    }
    const auto entry = entries_.find({message.device, message.buffer});
    if (entry == entries_.end()) return {.kind = RegistrationEffect::Kind::kUnknownFree};
    const uint64_t bytes = entry->second.bytes, references = --entry->second.references;
    entry->second.registered_bytes -= std::min(bytes, entry->second.registered_bytes);
    if (references == 0) entries_.erase(entry);
    return {RegistrationEffect::Kind::kFreed, bytes, references, 0};
}

AllocationServerState RegistrationTable::state(WallTime now) const {
    AllocationServerState state;
    state.generated_at = now;
    state.processes = processes_;
    for (const auto& [_, block] : live_) state.blocks.push_back(block);
    std::stable_sort(state.blocks.begin(), state.blocks.end(), [](const RegisteredBlock& a, const RegisteredBlock& b) {
        return std::tie(a.device, a.address) < std::tie(b.device, b.address);
    });
    state.blocks.insert(state.blocks.end(), ended_.begin(), ended_.end());
    for (const auto& [key, entry] : entries_) {
        if (state.counts.empty() || state.counts.back().device != static_cast<uint32_t>(key.first))
            state.counts.push_back({static_cast<uint32_t>(key.first), 0, 0, {}});
        RegistrationCount& device = state.counts.back();
        ++device.keys;
        device.buffers += entry.references;
        if (const auto pool = pool_of_buffer_type(entry.buffer_type))
            device.bytes[static_cast<size_t>(*pool)] += entry.registered_bytes;
    }
    const bool twice = std::any_of(live_.begin(), live_.end(), [](const auto& entry) {
        return entry.second.registrations > 1 && !entry.second.circular_buffer;
    });
    if (twice) {
        state.coverage.note(
            "Some memory was registered several times; clients do not report when each of them ends, so it may be "
            "free already");
    }
    return state;
}

}  // namespace ttmem
