#include "src/reader/image.h"

#include <algorithm>
#include <cstring>

namespace ttmem::ledger {

std::string_view LedgerImage::text(uint64_t number) const {
    if (number == 0 || number >= texts_region.size()) return {};
    const uint64_t head = texts_region[number];  // length in the low half, check in the high one
    const auto length = static_cast<uint32_t>(head);
    const uint64_t words = (static_cast<uint64_t>(length) + 7) / 8;
    if (length == 0 || length > kMaxText || words > texts_region.size() - number - 1) return {};
    uint64_t summed[1 + (kMaxText + 7) / 8];
    summed[0] = length;
    std::copy_n(&texts_region[number + 1], words, summed + 1);
    if (fold(check_sum(summed, 1 + words)) != head >> 32) return {};
    return {reinterpret_cast<const char*>(&texts_region[number + 1]), length};
}

std::optional<FrameImage> LedgerImage::frame(uint32_t stack) const {
    const std::string_view bytes = text(stack);
    FrameText frame{};
    if (bytes.size() != sizeof frame) return std::nullopt;
    std::memcpy(&frame, bytes.data(), sizeof frame);
    if (frame.caller >= stack || text(frame.file).empty()) return std::nullopt;
    return FrameImage{frame.caller, frame.file, frame.function, frame.line};
}

bool LedgerImage::iteration_is_open(uint32_t iteration) const {
    for (const RingImage& ring : rings) {
        for (const uint64_t open : ring.iterations) {
            if (open != 0 && (open & 0xffffff) == iteration) return true;
        }
    }
    return false;
}

uint64_t LedgerImage::events_lost() const {
    uint64_t lost = counters.ring_misses;
    for (const RingImage& ring : rings) lost += ring.overwritten;
    return lost;
}

}  // namespace ttmem::ledger
