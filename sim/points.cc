#include "sim/points.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <utility>

#include "sim/error.h"

namespace ttmem::sim {

Points::Points(Truth& truth, PointOptions options) : truth_(truth), options_(std::move(options)) {}

void Points::reach(const std::string& name) {
    truth_.add_point(name);
    if (pauses_at(name)) {
        write();
        std::printf("paused %s\n", name.c_str());
        std::fflush(stdout);
        raise(SIGSTOP);
    }
    if (after_reach_) after_reach_(name);
}

void Points::write() const {
    if (options_.truth_file.empty()) return;
    const std::string temporary = options_.truth_file + ".tmp." + std::to_string(getpid());
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << truth_.document().dump(1) << '\n';
    file.close();
    if (!file || std::rename(temporary.c_str(), options_.truth_file.c_str()) != 0) {
        const std::string why = std::strerror(errno);
        std::remove(temporary.c_str());
        throw Refused(options_.truth_file + ": the truth cannot be written: " + why);
    }
}

void Points::kill() {
    truth_.add_point("killed");
    try {
        write();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ttmem-sim: %s\n", error.what());
    }
    ::kill(getpid(), SIGKILL);
    for (;;) pause();
}

}  // namespace ttmem::sim
