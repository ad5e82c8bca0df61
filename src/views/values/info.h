// What `ttmem info` shows of a capture.
#pragma once

#include "src/model/capture_facts.h"
#include "src/model/event.h"

namespace ttmem {

struct InfoValues {
    const CaptureFacts& facts;
    const Recording& recording;

    uint64_t events_lost() const {
        uint64_t lost = 0;
        for (const HistoryGap& gap : recording.gaps) lost += gap.events;
        return lost;
    }
};

}  // namespace ttmem
