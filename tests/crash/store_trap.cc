#include "tests/crash/store_trap.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdlib>

namespace ttmem::crash {
namespace {

constexpr uintptr_t kPage = 4096;
constexpr greg_t kTrapFlag = 0x100;
constexpr int kMaxOpen = 4;  // pages that one instruction may touch

uintptr_t range_begin, range_end;
StoreTrap::Callback callback;
uint64_t trapped;
uintptr_t open_pages[kMaxOpen];
int open_count;

void protect(uintptr_t page, int protection) {
    if (mprotect(reinterpret_cast<void*>(page), kPage, protection) != 0) abort();
}

// A store to the range: let this one instruction through. Any other fault is a real one and ends the process.
void on_fault(int, siginfo_t* info, void* context) {
    const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
    if (address < range_begin || address >= range_end || open_count == kMaxOpen) {
        signal(SIGSEGV, SIG_DFL);
        return;
    }
    const uintptr_t page = address & ~(kPage - 1);
    open_pages[open_count++] = page;
    protect(page, PROT_READ | PROT_WRITE);
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] |= kTrapFlag;
}

void on_step(int, siginfo_t*, void* context) {
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~kTrapFlag;
    while (open_count > 0) protect(open_pages[--open_count], PROT_READ);
    ++trapped;
    callback();
}

void handle(int number, void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;  // the callback may go on to another stack, and fault there
    if (sigaction(number, &action, nullptr) != 0) abort();
}

}  // namespace

void StoreTrap::set(void* begin, size_t bytes, Callback after_store) {
    range_begin = reinterpret_cast<uintptr_t>(begin);
    range_end = range_begin + (bytes + kPage - 1) / kPage * kPage;
    callback = after_store;
    handle(SIGSEGV, on_fault);
    handle(SIGTRAP, on_step);
    if (mprotect(begin, range_end - range_begin, PROT_READ) != 0) abort();
}

uint64_t StoreTrap::stores() { return trapped; }

}  // namespace ttmem::crash
