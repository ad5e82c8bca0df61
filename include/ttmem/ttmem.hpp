// ttmem.h as guards for C++17 and later. SPDX-License-Identifier: Apache-2.0
//
// Each guard ends in its destructor what its constructor began. They cost what the C calls cost, hold nothing but a
// number, and are as silent as the calls are.
#ifndef TTMEM_TTMEM_HPP
#define TTMEM_TTMEM_HPP

#include <utility>

#include "ttmem/ttmem.h"

namespace ttmem {

// A live allocation: freed, for the ledger, when this goes. Moves with the buffer that it belongs to.
class Allocation {
public:
    Allocation() noexcept = default;
    explicit Allocation(const ttmem_allocation& allocation) noexcept : handle_(ttmem_record_alloc(&allocation)) {}
    Allocation(Allocation&& other) noexcept : handle_(other.release()) {}
    Allocation& operator=(Allocation&& other) noexcept {
        if (this != &other) {
            free();
            handle_ = other.release();
        }
        return *this;
    }
    ~Allocation() { free(); }

    // Call it before the allocator takes the memory back, where this object lives on.
    void free() noexcept {
        if (handle_ != 0) ttmem_record_free(release());
    }
    ttmem_handle handle() const noexcept { return handle_; }
    ttmem_handle release() noexcept { return std::exchange(handle_, 0); }

private:
    ttmem_handle handle_ = 0;
};

// A program, from its creation to its end; gives back its circular buffers before it goes.
class Program {
public:
    Program() noexcept = default;
    Program(ttmem_text name, uint64_t unique_id) noexcept : handle_(ttmem_program_created(name, unique_id)) {}
    Program(Program&& other) noexcept : handle_(std::exchange(other.handle_, 0)) {}
    Program& operator=(Program&& other) noexcept {
        if (this != &other) {
            destroy();
            handle_ = std::exchange(other.handle_, 0);
        }
        return *this;
    }
    ~Program() { destroy(); }

    void destroy() noexcept {
        if (handle_ == 0) return;
        ttmem_program_cbs_freed(handle_);
        ttmem_program_destroyed(std::exchange(handle_, 0));
    }
    ttmem_handle handle() const noexcept { return handle_; }

private:
    ttmem_handle handle_ = 0;
};

// A sentence for people about this process; flags as of ttmem_note().
inline ttmem_result note(const char* sentence, uint32_t flags = 0) noexcept {
    return ttmem_note(ttmem_intern(sentence), flags);
}

// A session of a place, from here to the end of this object.
class Session {
public:
    Session() noexcept = default;
    explicit Session(ttmem_place place) noexcept : place_(place) { ttmem_open(place); }
    Session(Session&& other) noexcept : place_(std::exchange(other.place_, 0)) {}
    Session& operator=(Session&& other) noexcept {
        if (this != &other) {
            close();
            place_ = std::exchange(other.place_, 0);
        }
        return *this;
    }
    ~Session() { close(); }

    void close() noexcept {
        if (place_ != 0) ttmem_close(std::exchange(place_, 0));
    }
    ttmem_place place() const noexcept { return place_; }

private:
    ttmem_place place_ = 0;
};

// What this thread records until the end of this object belongs to the operation.
class OpScope {
public:
    explicit OpScope(ttmem_text op) noexcept { ttmem_op_begin(op); }
    ~OpScope() { ttmem_op_end(); }
    OpScope(const OpScope&) = delete;
    OpScope& operator=(const OpScope&) = delete;
};

// ... belongs to this run, test or step.
class IterationScope {
public:
    explicit IterationScope(ttmem_text name) noexcept { ttmem_iteration_begin(name); }
    ~IterationScope() { ttmem_iteration_end(); }
    IterationScope(const IterationScope&) = delete;
    IterationScope& operator=(const IterationScope&) = delete;
};

// ... has this tag, and afterwards the one before.
class TagScope {
public:
    explicit TagScope(ttmem_text tag) noexcept : last_(ttmem_set_tag(tag)) {}
    ~TagScope() { ttmem_set_tag(last_); }
    TagScope(const TagScope&) = delete;
    TagScope& operator=(const TagScope&) = delete;

private:
    ttmem_text last_;
};

}  // namespace ttmem
#endif
