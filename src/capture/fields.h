// The fields of model values, in the order in which a capture has them. One list serves writing and reading.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "src/capture/bytes.h"
#include "src/model/event.h"

namespace ttmem::capture {

template <class T>
concept Number = std::unsigned_integral<T> && !std::same_as<T, bool>;

class FieldWriter {
public:
    explicit FieldWriter(Bytes& bytes) : bytes_(bytes) {}

    template <class... T>
    void operator()(T&... values) {
        (put(values), ...);
    }
    // The last fields, which came later, in the order in which they did: empty ones at the end are left out.
    template <class T, class... More>
    void later(T& value, More&... more) {
        if (value != T() || ((more != More()) || ...)) put(value);
        if constexpr (sizeof...(more) != 0) later(more...);
    }
    // Of an enumeration whose last value is `last`.
    template <class Enum>
    void choice(Enum& value, Enum) {
        put_number(bytes_, static_cast<uint64_t>(value));
    }

private:
    void put(bool value) { bytes_.push_back(value); }
    template <Number T>
    void put(T value) {
        put_number(bytes_, value);
    }
    void put(int64_t value) { put_number(bytes_, fold_sign(static_cast<uint64_t>(value))); }
    void put(unsigned __int128 value) {
        put_number(bytes_, static_cast<uint64_t>(value >> 64));
        put_number(bytes_, static_cast<uint64_t>(value));
    }
    void put(std::string& text) {
        put_number(bytes_, text.size());
        bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    template <class Tag, class Value>
    void put(Id<Tag, Value>& id) {
        put(id.value);
    }
    template <class T>
    void put(std::optional<T>& value) {
        put(value.has_value());
        if (value) put(*value);
    }
    template <class T>
    void put(std::vector<T>& values) {
        put_number(bytes_, values.size());
        for (T& value : values) put(value);
    }
    template <class T, size_t kSize>
    void put(std::array<T, kSize>& values) {
        for (T& value : values) put(value);
    }
    template <class T>
    void put(std::shared_ptr<const T>& value) {
        put(value != nullptr);
        if (!value) return;
        T copy = *value;
        put(copy);
    }
    void put(CoreSet& cores);
    template <class T>
    requires std::is_class_v<T>
    void put(T& value) { fields(*this, value); }

    Bytes& bytes_;
};

class FieldReader {
public:
    explicit FieldReader(ByteCursor& bytes) : bytes_(bytes) {}

    template <class... T>
    void operator()(T&... values) {
        (get(values), ...);
    }
    template <class... T>
    void later(T&... values) {
        ((bytes_.left() != 0 ? get(values) : void()), ...);
    }
    template <class Enum>
    void choice(Enum& value, Enum last) {
        const uint64_t number = bytes_.number();
        if (number > static_cast<uint64_t>(last)) return bytes_.fail();
        value = static_cast<Enum>(number);
    }

private:
    void get(bool& value) {
        const uint8_t byte = bytes_.byte();
        if (byte > 1) bytes_.fail();
        value = byte == 1;
    }
    template <Number T>
    void get(T& value) {
        const uint64_t number = bytes_.number();
        if (number > static_cast<T>(~T{})) return bytes_.fail();
        value = static_cast<T>(number);
    }
    void get(int64_t& value) { value = static_cast<int64_t>(unfold_sign(bytes_.number())); }
    void get(unsigned __int128& value) {
        value = static_cast<unsigned __int128>(bytes_.number()) << 64;
        value |= bytes_.number();
    }
    void get(std::string& text) { text = bytes_.text(bytes_.number()); }
    template <class Tag, class Value>
    void get(Id<Tag, Value>& id) {
        get(id.value);
    }
    template <class T>
    void get(std::optional<T>& value) {
        bool there = false;
        get(there);
        if (!there) return;
        value = T();  // emplace() needs a constructor that clang does not see in a nested struct
        get(*value);
    }
    template <class T>
    void get(std::vector<T>& values) {  // each takes a byte at least
        const uint64_t count = bytes_.number();
        if (count > bytes_.left()) return bytes_.fail();
        for (uint64_t i = 0; i < count && bytes_.ok(); ++i) get(values.emplace_back());
    }
    template <class T, size_t kSize>
    void get(std::array<T, kSize>& values) {
        for (T& value : values) get(value);
    }
    template <class T>
    void get(std::shared_ptr<const T>& value) {
        bool there = false;
        get(there);
        if (!there) return;
        T copy;
        get(copy);
        value = std::make_shared<const T>(std::move(copy));
    }
    void get(CoreSet& cores);
    template <class T>
    requires std::is_class_v<T>
    void get(T& value) { fields(*this, value); }

    ByteCursor& bytes_;
};

template <class A>
void fields(A& a, Interval& v) {
    a(v.low, v.high);
}
template <class A>
void fields(A& a, PoolUse& v) {
    a(v.requested_bytes, v.reserved_bytes, v.allocations, v.peak_requested, v.peak_reserved, v.capacity_bytes,
      v.is_bound);
}
template <class A>
void fields(A& a, CbRegion& v) {
    a(v.address, v.bytes, v.cores);
}
template <class A>
void fields(A& a, CbRegions& v) {
    a(v.reserved, v.resident);
}
template <class A>
void fields(A& a, CbUse& v) {
    a(v.reserved_bytes, v.resident_bytes, v.largest_core_bytes, v.regions);
}
template <class A>
void fields(A& a, ChipDescription::PoolBanks& v) {
    a(v.banks, v.bytes_per_bank);
}
template <class A>
void fields(A& a, ChipDescription& v) {
    a(v.id, v.logical_id, v.arch, v.pools, v.grid_x, v.grid_y, v.l1_bytes_per_core, v.l1_base);
}
template <class A>
void fields(A& a, ChipUse& v) {
    a(v.chip, v.pools, v.cb);
}
template <class A>
void fields(A& a, Coverage& v) {
    a(v.complete, v.events_lost, v.untracked_allocations, v.untracked_bytes, v.untracked_now_allocations,
      v.untracked_now_bytes, v.notes);
}
template <class A>
void fields(A& a, Mistakes& v) {
    a(v.double_frees, v.unknown_frees, v.foreign_frees, v.ambiguous_frees, v.late_frees, v.invalid_calls,
      v.reentrant_calls);
}
template <class A>
void fields(A& a, Failure& v) {
    a.choice(v.kind, FailureKind::kUnsafeUnderTrace);
    a.choice(v.pool, Pool::kTrace);
    a(v.place, v.at, v.op, v.tag, v.thread, v.requested_bytes, v.bytes_per_bank, v.banks, v.bank_bytes,
      v.allocated_per_bank, v.free_per_bank, v.largest_free_per_bank);
}
template <class A>
void fields(A& a, Process& v) {
    a(v.ledger, v.ledger_path, v.pid, v.pid_verified, v.uid, v.comm, v.command_line);
    a.choice(v.state, ProcessState::kKilled);
    a(v.started_at, v.level, v.runtime, v.chips, v.coverage, v.run, v.parent, v.last_sign_at, v.held_allocations,
      v.held_bytes, v.unlisted_released_bytes, v.mistakes, v.failed_allocations, v.failures, v.open_iterations,
      v.iterations_begun, v.iterations_ended, v.first_iteration_at, v.retired_allocations, v.operations);
    std::vector<uint32_t> bounds;                     // chips whose figures of circular buffers are
    std::vector<std::optional<uint64_t>> dram_bases;  // of the chips; none where no one is known
    for (uint32_t i = 0; i < v.chips.size(); ++i) {
        if (v.chips[i].cb.is_bound) bounds.push_back(i);
        if (v.chips[i].chip.dram_base) dram_bases.resize(v.chips.size());
    }
    for (size_t i = 0; i < dram_bases.size(); ++i) dram_bases[i] = v.chips[i].chip.dram_base;
    a.later(v.iterations_by, bounds, v.seen_dead_at, dram_bases);
    for (const uint32_t chip : bounds) {
        if (chip < v.chips.size()) v.chips[chip].cb.is_bound = true;
    }
    for (size_t i = 0; i < std::min(dram_bases.size(), v.chips.size()); ++i) v.chips[i].chip.dram_base = dram_bases[i];
}
template <class A>
void fields(A& a, Place& v) {
    uint8_t kind = static_cast<uint8_t>(v.kind) - 1;
    a.choice(kind, uint8_t{2});
    v.kind = static_cast<PlaceKind>(kind + 1);
    a(v.number, v.name, v.chips, v.process, v.open, v.opened_at, v.closed_at, v.registration, v.parent, v.opening);
}
template <class A>
void fields(A& a, CoreRange& v) {
    constexpr uint8_t kLast = CoreSet::kCoordinates - 1;
    a.choice(v.x0, kLast);
    a.choice(v.y0, kLast);
    a.choice(v.x1, kLast);
    a.choice(v.y1, kLast);
}
template <class A>
void fields(A& a, CircularBuffer& v) {
    a(v.index, v.aliased, v.address, v.bytes, v.cores);
    a.choice(v.kind, CbKind::kScratchpad);
}
template <class A>
void fields(A& a, CbPlan& v) {
    a(v.buffers);
}
template <class A>
void fields(A& a, ProgramCbs::OnChip& v) {
    a(v.chip, v.cores);
}
template <class A>
void fields(A& a, ProgramCbs& v) {
    a(v.place, v.plan, v.left_behind, v.released, v.reserved_bytes, v.resident_bytes, v.largest_core, v.resident_on);
}
template <class A>
void fields(A& a, Program& v) {
    a(v.handle, v.unique_id, v.name, v.process, v.created_at, v.op, v.tag, v.thread, v.iteration, v.destroyed, v.cbs);
}
template <class A>
void fields(A& a, Trace& v) {
    a(v.handle, v.number, v.name, v.process, v.place, v.captured_at, v.plans, v.replayed, v.released, v.ended);
}
template <class A>
void fields(A& a, Allocation& v) {
    a(v.handle, v.address, v.requested_bytes, v.bytes_per_bank, v.unique_id, v.since, v.process, v.place, v.op, v.tag,
      v.thread, v.program, v.trace, v.holder_ended, v.page_bytes, v.iteration, v.banks, v.data_banks);
    a.choice(v.pool, Pool::kTrace);
    a.choice(v.allocation_class, AllocationClass::kRuntime);
    a(v.persistent, v.released, v.leaked);
    a.later(v.stack, v.iteration_over);
}
template <class A>
void fields(A& a, StackFrame& v) {
    a(v.caller, v.file, v.function, v.line);
}
template <class A>
void fields(A& a, HistoryGap& v) {
    a(v.process, v.from, v.to, v.events, v.why);
    a.later(v.sampled);
}

// An item of a block: what is in others has no end of its own, where fields could come later.
template <class A, class T>
void item_fields(A& a, T& v) {
    fields(a, v);
}
template <class A>
void item_fields(A& a, ChipUse& v) {
    fields(a, v);
    a.later(v.cb.is_bound, v.chip.dram_base);
}

// Rows of cores that are not empty: how many, then for each its number and its cores as bits.
inline void FieldWriter::put(CoreSet& cores) {
    std::array<uint32_t, CoreSet::kCoordinates> rows{};
    cores.for_each([&](uint32_t x, uint32_t y) { rows[y] |= 1u << x; });
    uint32_t used = 0;
    for (const uint32_t row : rows) used += row != 0;
    put(used);
    for (uint32_t y = 0; y < rows.size(); ++y) {
        if (rows[y] == 0) continue;
        put(y);
        put(rows[y]);
    }
}

inline void FieldReader::get(CoreSet& cores) {
    uint32_t used = 0;
    get(used);
    for (uint32_t i = 0; i < used && bytes_.ok(); ++i) {
        uint32_t y = 0, row = 0;
        get(y);
        get(row);
        if (y >= CoreSet::kCoordinates) return bytes_.fail();
        for (uint8_t x = 0; x < CoreSet::kCoordinates; ++x) {
            const auto at = static_cast<uint8_t>(y);
            if ((row >> x & 1) != 0) cores.add(CoreRange{x, at, x, at});
        }
    }
}

}  // namespace ttmem::capture
