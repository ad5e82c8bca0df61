// Makes the bytes of tt-metal's shared-memory regions for tests, each version from its documented offsets.
//
// Written apart from the reader's layout on purpose: numbers here are those of the documentation, so that a mistake in
// one is seen by the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace ttmem {

class ShmRegionWriter {
public:
    explicit ShmRegionWriter(uint32_t version) : version_(version), bytes_(version == 1 ? 9216 : 8576) {
        put<uint32_t>(0, version);
        if (version == 4) init_state(0x52454459);
        if (version >= 3) {
            for (size_t slot = 0; slot < 16; ++slot) put<uint32_t>(88 + 48 * slot, 0xffffffff);
        }
    }

    ShmRegionWriter& updated(uint64_t ns) { return put<uint64_t>(8, ns); }
    ShmRegionWriter& processes_said(uint32_t count) { return put<uint32_t>(4, count); }
    ShmRegionWriter& ids(uint64_t asic_id, uint32_t device_id) {
        put<uint64_t>(32, asic_id);
        return put<uint32_t>(40, device_id);
    }
    ShmRegionWriter& totals(uint64_t dram, uint64_t l1, uint64_t l1_small, uint64_t trace, uint64_t cb,
                            uint64_t kernel = 0) {
        put<uint64_t>(48, dram);
        put<uint64_t>(56, l1);
        put<uint64_t>(64, l1_small);
        put<uint64_t>(72, trace);
        put<uint64_t>(80, cb);
        if (version_ == 1) put<uint64_t>(88, kernel);
        return *this;
    }
    ShmRegionWriter& chip(size_t slot, uint32_t chip_id, bool remote, uint64_t dram, uint64_t l1) {
        const size_t at = version_ == 1 ? 96 + 56 * slot : 88 + 48 * slot;
        put<uint32_t>(at, chip_id);
        put<uint32_t>(at + 4, remote ? 1 : 0);
        put<uint64_t>(at + 8, dram);
        return put<uint64_t>(at + 16, l1);
    }
    // Counts the process, too.
    ShmRegionWriter& process(size_t slot, int32_t pid, const std::string& name, uint64_t dram, uint64_t l1,
                             uint64_t cb = 0) {
        const size_t at = version_ == 1 ? 992 + 128 * slot : 856 + 120 * slot;
        put<int32_t>(at, pid);
        put<uint64_t>(at + 8, dram);
        put<uint64_t>(at + 16, l1);
        put<uint64_t>(at + 40, cb);
        put<uint64_t>(at + (version_ == 1 ? 56 : 48), 1);
        std::memcpy(bytes_.data() + at + (version_ == 1 ? 64 : 56), name.data(), name.size() < 64 ? name.size() : 64);
        return processes_said(++processes_);
    }
    // Behind the last field of versions 2 and 3, where it means nothing.
    ShmRegionWriter& init_state(uint32_t state) { return put<uint32_t>(8536, state); }

    const std::vector<std::byte>& bytes() const { return bytes_; }
    void write(const std::string& path) const {
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size()));
    }

private:
    template <class T>
    ShmRegionWriter& put(size_t at, T value) {
        std::memcpy(bytes_.data() + at, &value, sizeof value);
        return *this;
    }

    uint32_t version_;
    std::vector<std::byte> bytes_;
    uint32_t processes_ = 0;
};

}  // namespace ttmem
