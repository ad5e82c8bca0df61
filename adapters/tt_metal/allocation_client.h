// The AllocationClient of tt-metal builds that report to an allocation server, with its names and arguments, on top of
// ttmem: no socket, no server.
//
// Compile this instead of tt_metal/impl/allocator/allocation_client.hpp. Its callers stay as they are, and so do their
// habits: they name a buffer by device and address, register views like owners, and report a mesh's buffers under the
// mesh's number. What that can be made into is done here:
//   - an address that is registered again with its size is the same memory: a view
//   - with another size it is other memory, and what was there is gone
//   - it is free when each registration was freed
//   - circular buffers belong to a program. Where the caller names none, they are those of the device's current
//   program,
//     and report_cb_deallocation() ends what that one holds on that device, never everything
// Chips must have been registered (places.h). All static, as the original; thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "adapters/tt_metal/places.h"
#include "adapters/tt_metal/tracked_program.h"

namespace ttmem::tt_metal {

class AllocationClient {
public:
    static bool is_enabled() { return ttmem_get_level() != TTMEM_LEVEL_OFF; }

    // `buffer_type` as tt-metal's BufferType.
    static void report_allocation(int device, uint64_t bytes, uint8_t buffer_type, uint64_t address) {
        const ttmem_place place = chip_place(device);
        if (place == 0 || bytes == 0) return;
        const std::lock_guard lock(mutex());
        Registered& there = registered()[{device, address}];
        if (there.handle != 0 && there.bytes == bytes) {
            ++there.count;
            return;
        }
        ttmem_record_free(there.handle);
        ttmem_allocation allocation{};
        allocation.place = place;
        allocation.pool = buffer_type;
        allocation.address = address;
        allocation.requested_bytes = bytes;
        allocation.bytes_per_bank = bytes;  // the caller tells no banks: what it asked for is what is known
        allocation.banks = allocation.data_banks = 1;
        there = {ttmem_record_alloc(&allocation), bytes, 1};
    }

    static void report_deallocation(int device, uint64_t address) {
        const std::lock_guard lock(mutex());
        const auto found = registered().find({device, address});
        if (found == registered().end() || --found->second.count > 0) return;
        ttmem_record_free(found->second.handle);
        registered().erase(found);
    }

    // The program whose circular buffers are reported next for the device: GraphTracker::track_program().
    static void report_program(int device, uint64_t program_id) {
        const std::lock_guard lock(mutex());
        current()[device] = program_id;
        programs().try_emplace({program_id, device}, program_id);
    }

    // GraphTracker::track_allocate_cb(): one of the current program's circular buffers. `bytes` are of each core.
    static void report_cb_allocation(int device, uint64_t address, uint64_t bytes, bool globally_allocated,
                                     std::vector<ttmem_core_range> cores) {
        const std::lock_guard lock(mutex());
        OfProgram* program = current_program(device);
        if (program == nullptr) return;
        program->cbs.push_back({address, bytes, globally_allocated, std::move(cores)});
        for (size_t i = 0; i < program->cbs.size(); ++i) {
            const Cb& cb = program->cbs[i];
            program->tracked.add(static_cast<uint8_t>(i), cb.address, cb.bytes, cb.globally_allocated, cb.cores);
        }
        // It is reported at a launch, so the new plan is in force at once.
        const DeviceNumber number{false, static_cast<uint32_t>(device)};
        program->tracked.planned(number);
        program->tracked.dispatched(number);
    }

    // GraphTracker::track_deallocate_cb(): what the device's current program holds there.
    static void report_cb_deallocation(int device) {
        const std::lock_guard lock(mutex());
        OfProgram* program = current_program(device);
        if (program == nullptr) return;
        program->tracked.deallocate_circular_buffers();
        program->cbs.clear();
    }

    // ~ProgramImpl(): all of its circular buffers, on all devices.
    static void report_program_destroyed(uint64_t program_id) {
        const std::lock_guard lock(mutex());
        std::erase_if(programs(), [program_id](const auto& entry) { return entry.first.first == program_id; });
        std::erase_if(current(), [program_id](const auto& entry) { return entry.second == program_id; });
    }

private:
    struct Registered {
        ttmem_handle handle = 0;
        uint64_t bytes = 0, count = 0;
    };
    struct Cb {
        uint64_t address, bytes;
        bool globally_allocated;
        std::vector<ttmem_core_range> cores;
    };
    // On one device: what the caller frees there says nothing about the others.
    struct OfProgram {
        TrackedProgram tracked;
        std::vector<Cb> cbs;
        explicit OfProgram(uint64_t id) : tracked(id) {}
    };

    static ttmem_place chip_place(int device) {
        return device < 0 ? 0 : Places::instance().place_of({false, static_cast<uint32_t>(device)});
    }
    static OfProgram* current_program(int device) {
        const auto id = current().find(device);
        const auto program = id == current().end() ? programs().end() : programs().find({id->second, device});
        return program == programs().end() ? nullptr : &program->second;
    }

    static std::mutex& mutex() {
        static std::mutex mutex;
        return mutex;
    }
    static std::map<std::pair<int, uint64_t>, Registered>& registered() {
        static std::map<std::pair<int, uint64_t>, Registered> registered;
        return registered;
    }
    static std::map<std::pair<uint64_t, int>, OfProgram>& programs() {
        static std::map<std::pair<uint64_t, int>, OfProgram> programs;
        return programs;
    }
    static std::map<int, uint64_t>& current() {
        static std::map<int, uint64_t> current;
        return current;
    }
};

}  // namespace ttmem::tt_metal
