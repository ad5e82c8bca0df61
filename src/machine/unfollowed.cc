#include "src/machine/unfollowed.h"

#include <fstream>
#include <iterator>
#include <string>

#include "src/machine/descendants.h"

namespace ttmem {
namespace {

using Clock = std::chrono::steady_clock;

std::string content_of(uint32_t pid, const char* file) {
    std::ifstream stream("/proc/" + std::to_string(pid) + "/" + file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool knows_its_run(uint32_t pid) {
    const std::string variables = '\0' + content_of(pid, "environ");
    return variables.find(std::string("\0TTMEM_RUN=", 11)) != std::string::npos;
}

}  // namespace

void UnfollowedProcesses::look(const std::set<uint32_t>& followed) {
    const Clock::time_point begin = Clock::now();
    for (const RunningProcess& process : living_descendants()) {
        if (followed.contains(process.pid) || settled_.contains(process.pid)) continue;
        const std::string maps = content_of(process.pid, "maps");
        if (maps.find("/libtt_metal") == std::string::npos) continue;
        settled_.insert(process.pid);
        if (maps.find("/libttmem") == std::string::npos || !knows_its_run(process.pid)) found_.push_back(process);
    }
    next_ = begin + (Clock::now() - begin) * share_;
}

}  // namespace ttmem
