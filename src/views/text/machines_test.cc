#include "src/views/text/machines.h"

#include <gtest/gtest.h>

#include "tests/support/sample_machines.h"

namespace ttmem {
namespace {

TEST(MachinesText, ARowForEachWithWhatItHolds) {
    EXPECT_EQ(machines_text(sample_machines(), {}),
              R"(MACHINE  CHIPS  MESH  DRAM PER CHIP  BANKS  CORES PER CHIP  L1 PER CORE  ARCHITECTURE  ALSO CALLED
N150         1   1x1       12.0 GiB     12              72     1.43 MiB  wormhole_b0
T3000        8   2x4       12.0 GiB     12              64     1.43 MiB  wormhole_b0   t3k
These are the chips' own sizes; what the runtime keeps for itself differs between its versions.
)");
}

TEST(MachinesText, AMachineOfWhichNothingIsKnownHasNoRow) {
    std::vector<MockMachine> machines = sample_machines();
    machines[0].contents.reset();
    EXPECT_EQ(machines_text(machines, {}).find("N150"), std::string::npos);
}

}  // namespace
}  // namespace ttmem
