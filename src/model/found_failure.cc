#include "src/model/found_failure.h"

namespace ttmem {

std::string what_its_form_omits(const FailureMessage& message) {
    const FailureFigures& f = message.figures;
    if (f.kind != FailureKind::kOutOfMemory || !message.complete) return "";
    if (!f.bank_bytes && !f.free_per_bank) return "the size of a bank, and what was allocated and free in it";
    if (!f.free_per_bank) return "what was allocated and free in each bank";
    if (!f.bytes_per_bank) return "what is needed of each bank";
    return "";
}

}  // namespace ttmem
