// What could not be looked at, said in the coverage of an answer.
#pragma once

#include <string>

#include "src/collector/collector.h"
#include "src/collector/discovery.h"
#include "src/model/snapshot.h"

namespace ttmem {

std::string unread_sentence(const UnreadableDirectory& directory);
std::string unlisted_sentence(const std::string& path, const std::string& why);

// After the last refresh of `discovery`. `user`: who looks.
void note_sources(const Discovery& discovery, const Interest& interest, uint32_t user, Snapshot& snapshot);

}  // namespace ttmem
