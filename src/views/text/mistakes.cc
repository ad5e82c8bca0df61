#include "src/views/text/mistakes.h"

#include <array>

namespace ttmem {
namespace {

struct Named {
    const char* one;
    const char* many;
    uint64_t Mistakes::*count;
};
constexpr std::array kNamed = {
    Named{"double free", "double frees", &Mistakes::double_frees},
    Named{"free of what was never known", "frees of what was never known", &Mistakes::unknown_frees},
    Named{"free of another process's", "frees of another process's", &Mistakes::foreign_frees},
    Named{"free of an address that several have", "frees of addresses that several have", &Mistakes::ambiguous_frees},
    Named{"free after the close of its device", "frees after the close of their device", &Mistakes::late_frees},
    Named{"call with wrong arguments", "calls with wrong arguments", &Mistakes::invalid_calls},
    Named{"call from a signal handler, not recorded", "calls from signal handlers, not recorded",
          &Mistakes::reentrant_calls}};

}  // namespace

std::string failures_line(uint64_t failures, bool of_capture) {
    if (failures == 0) return "";
    return counted(failures, "allocation") + " failed: " +
           (of_capture ? "`ttmem explain --last` with the capture tells why\n" : "ttmem explain --failures\n");
}

std::string mistakes_line(const Mistakes& mistakes) {
    std::string text;
    for (const Named& named : kNamed) {
        const uint64_t count = mistakes.*named.count;
        if (count != 0) text += (text.empty() ? "" : ", ") + counted(count, named.one, named.many);
    }
    return text.empty() ? "" : text + "\n";
}

}  // namespace ttmem
