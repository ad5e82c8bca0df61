// What stands in for hardware in a `ttmem run --mock`, from before the program starts until it has ended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "src/apps/exit_code.h"
#include "src/base/result.h"
#include "src/machine/mock_folder.h"
#include "src/machine/preload.h"
#include "src/model/mock_machine.h"
#include "src/model/snapshot.h"
#include "src/views/values/run_report.h"

namespace ttmem {

class MockOfRun {
public:
    // `code`: what to end with where it cannot be made. Takes out of this process's environment what is about hardware.
    static Result<MockOfRun> make(const std::string& machine, const Preload& preload, bool no_preload, int& code);

    std::map<std::string, std::string> environment() const { return folder_.environment(); }

    // How processes ended that said so, by pid.
    std::map<uint32_t, int> ends() const { return folder_.ends(); }

    // For the report, without what failed.
    MockRun told() const;

private:
    MockOfRun(MockMachine machine, MockFolder folder) : machine_(std::move(machine)), folder_(std::move(folder)) {}

    MockMachine machine_;
    MockFolder folder_;
};

}  // namespace ttmem
