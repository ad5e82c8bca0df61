// The named moments of a workload: at each the truth is noted, and the process can be stopped for somebody to compare.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "sim/truth.h"

namespace ttmem::sim {

struct PointOptions {
    std::string truth_file;  // "" none
    std::set<std::string> pause_at;
};

class Points {
public:
    Points(Truth& truth, PointOptions options);

    // Notes the truth. When the point is one to pause at: writes the truth file, prints "paused NAME" and stops the
    // process until SIGCONT. Throws Refused when the file cannot be written.
    void reach(const std::string& name);

    // Called at the end of each reach(), with its name.
    void set_after_reach(std::function<void(const std::string&)> after) { after_reach_ = std::move(after); }

    bool pauses_at(const std::string& name) const { return options_.pause_at.contains(name); }

    // Writes the points that were reached so far; the file is a whole document at any time.
    void write() const;

    // The end of --kill-after: notes the truth as point `killed`, writes it, and kills this process with SIGKILL.
    [[noreturn]] void kill();

private:
    Truth& truth_;
    PointOptions options_;
    std::function<void(const std::string&)> after_reach_;
};

}  // namespace ttmem::sim
