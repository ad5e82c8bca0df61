#include "tests/crash/fibers.h"

// AddressSanitizer has to know of every change of the stack, or it takes a fiber's frames for overflows.
#if defined(__SANITIZE_ADDRESS__)
#define TTMEM_CRASH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TTMEM_CRASH_ASAN 1
#endif
#endif
#ifdef TTMEM_CRASH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace ttmem::crash {
namespace {

constexpr size_t kStackBytes = 128 << 10;

Fibers* current_fibers = nullptr;  // the instance inside resume(), if any

#ifdef TTMEM_CRASH_ASAN
const void* caller_stack = nullptr;
size_t caller_stack_bytes = 0;
#endif

void before_switch([[maybe_unused]] void** keep, [[maybe_unused]] const void* stack, [[maybe_unused]] size_t bytes) {
#ifdef TTMEM_CRASH_ASAN
    __sanitizer_start_switch_fiber(keep, stack, bytes);
#endif
}

void after_switch([[maybe_unused]] void* kept, [[maybe_unused]] bool in_fiber) {
#ifdef TTMEM_CRASH_ASAN
    __sanitizer_finish_switch_fiber(kept, in_fiber ? &caller_stack : nullptr, in_fiber ? &caller_stack_bytes : nullptr);
#endif
}

// Saves the running fiber and goes back to its caller. `last`: the fiber will never run again.
void leave(ucontext_t& fiber, ucontext_t& caller, [[maybe_unused]] bool last) {
    void* kept = nullptr;
#ifdef TTMEM_CRASH_ASAN
    before_switch(last ? nullptr : &kept, caller_stack, caller_stack_bytes);
#endif
    swapcontext(&fiber, &caller);
    after_switch(kept, true);
}

}  // namespace

void Fibers::add(std::function<void()> body) {
    auto fiber = std::make_unique<Fiber>();
    fiber->body = std::move(body);
    fiber->stack = std::make_unique<char[]>(kStackBytes);
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack.get();
    fiber->context.uc_stack.ss_size = kStackBytes;
    fiber->context.uc_link = nullptr;
    makecontext(&fiber->context, &Fibers::enter, 0);
    fibers_.push_back(std::move(fiber));
    ++alive_;
}

void Fibers::resume(int fiber) {
    running_ = fiber;
    current_fibers = this;
    void* kept = nullptr;
    before_switch(&kept, fibers_[fiber]->stack.get(), kStackBytes);
    swapcontext(&caller_, &fibers_[fiber]->context);
    after_switch(kept, false);
    current_fibers = nullptr;
    running_ = kNone;
}

void Fibers::enter() {
    after_switch(nullptr, true);
    Fibers& self = *current_fibers;
    Fiber& fiber = *self.fibers_[self.running_];
    fiber.body();
    fiber.ended = true;
    --self.alive_;
    leave(fiber.context, self.caller_, true);
}

void Fibers::yield() {
    if (current_fibers == nullptr) return;
    Fibers& self = *current_fibers;
    leave(self.fibers_[self.running_]->context, self.caller_, false);
}

int Fibers::current() { return current_fibers == nullptr ? kNone : current_fibers->running_; }

}  // namespace ttmem::crash
