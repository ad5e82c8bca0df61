// What the clients of the fork's allocation server have told, twice: as blocks with right identities
// (model/allocation_server.h), and as the fork's own table, by (device, address) over all clients and counted by
// reference, for its log and answers.
//
// Pure: no sockets, clocks or processes; who a client is and when are arguments. Rules of the blocks, where the fork's
// differ:
//   - a block belongs to one process; when that ends its blocks go, and no other process is charged with them
//   - the same address with another size is another block; the first one has ended without being freed
//   - a circular buffer at an address replaces the one that was there; a free of an unknown one changes nothing
//   - TRACE is not L1_SMALL; system memory is no device memory
//   - generation 0 frees with device 0 whatever the device: then the only live block at the address is meant
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "src/importers/allocation_server/message.h"
#include "src/model/allocation_server.h"

namespace ttmem {

// What a message did to the server's own table.
struct RegistrationEffect {
    enum class Kind : uint8_t { kNone, kAllocated, kFreed, kUnknownFree, kCbAllocated, kCbFreed, kRefused };
    Kind kind = Kind::kNone;
    uint64_t bytes = 0;       // of the entry
    uint64_t references = 0;  // that it has now; 0: it is gone
    uint64_t device_cb = 0;   // circular buffers of the device now
};

class RegistrationTable {
public:
    // A process that is new here. Gives its number for the calls below.
    uint32_t add_process(uint32_t pid, uint32_t uid, std::string comm, WallTime now);
    // It is gone: so is all it had, here and in the server's own table.
    void end_process(uint32_t process, WallTime now);

    RegistrationEffect apply(uint32_t process, uint32_t generation, const AllocationMessage& message, WallTime now);

    // Bytes in use of a device, each block once; of an unknown one all 0.
    DeviceFigures use_of(int32_t device) const {
        const auto found = use_.find(device);
        return found == use_.end() ? DeviceFigures() : found->second;
    }

    // As tt-metal's server counts: keys of its buffer table.
    uint64_t keys() const { return entries_.size(); }
    // Its answer to DUMP_REMAINING, for its standard output.
    std::string dump() const;

    AllocationServerState state(WallTime now) const;

private:
    struct Entry {
        uint64_t bytes = 0;
        uint32_t pid = 0;  // of the first
        uint8_t buffer_type = 0;
        uint64_t references = 0;
        uint64_t registered_bytes = 0;  // of all references
    };
    using EntryKey = std::pair<int32_t, uint64_t>;                         // device, address
    using BlockKey = std::tuple<uint32_t, int32_t, bool, uint64_t, Pool>;  // process, device, is a CB, address, pool
    using Blocks = std::map<BlockKey, RegisteredBlock>;

    RegistrationEffect allocate(uint32_t process, const AllocationMessage& message, bool cb, WallTime now);
    RegistrationEffect free(uint32_t process, uint32_t generation, const AllocationMessage& message, bool cb,
                            WallTime now);
    Blocks::iterator begin_block(const BlockKey& key, uint64_t bytes, WallTime now);
    void end_block(Blocks::iterator block, WallTime now);
    Blocks::iterator find_to_free(uint32_t process, uint32_t generation, const AllocationMessage& message, bool cb);
    void forget_process(uint32_t process);
    void set_kernel(uint32_t process, const AllocationMessage& message, uint64_t bytes);

    std::vector<RegisteringProcess> processes_;
    Blocks live_;
    std::map<int32_t, DeviceFigures> use_;  // of the live blocks and kernels, by device
    std::vector<RegisteredBlock> ended_;    // the newest of them
    size_t next_ended_ = 0;                 // the oldest, when there are as many as are kept
    std::map<EntryKey, Entry> entries_;
    std::map<std::tuple<uint32_t, int32_t, uint64_t>, uint64_t> kernels_;  // process, device, program: bytes
};

// The line that tt-metal's server prints for a message, with its newline; "" for none.
std::string allocation_server_log_line(uint32_t generation, uint32_t pid, const AllocationMessage& message,
                                       const RegistrationEffect& effect);

// What a device has in use in a pool of the chip.
uint64_t& bytes_of_pool(DeviceFigures& device, Pool pool);

// The pool of a buffer type; nullopt of system memory.
std::optional<Pool> pool_of_buffer_type(uint8_t buffer_type);

}  // namespace ttmem
