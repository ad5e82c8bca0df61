// From a ledger's numbers of call stacks to those of a snapshot's table.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "src/model/call_stack.h"
#include "src/reader/image.h"

namespace ttmem {

// Of one ledger.
class LedgerStacks {
public:
    // `text(number)` puts a text of the ledger into the table of texts. 0: none, or it cannot be read.
    template <class Text>
    uint32_t find(const ledger::LedgerImage& image, uint32_t number, std::vector<StackFrame>& stacks, StackIndex& index,
                  const Text& text) {
        std::vector<std::pair<uint32_t, ledger::FrameImage>> fresh;  // the innermost first
        uint32_t found = 0;
        while (number != 0) {
            if (const auto at = known_.find(number); at != known_.end()) {
                found = at->second;
                break;
            }
            const std::optional<ledger::FrameImage> frame = image.frame(number);
            if (!frame) break;
            fresh.emplace_back(number, *frame);
            number = frame->caller;  // a smaller one
        }
        for (auto at = fresh.rbegin(); at != fresh.rend(); ++at) {
            const ledger::FrameImage& frame = at->second;
            found = index.find_or_add(stacks, {found, text(frame.file), text(frame.function), frame.line});
            known_.emplace(at->first, found);
        }
        return found;
    }

private:
    std::unordered_map<uint32_t, uint32_t> known_;
};

}  // namespace ttmem
