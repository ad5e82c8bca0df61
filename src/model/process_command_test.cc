#include "src/model/process_command.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

std::string of(const std::string& comm, const std::string& line) {
    Process process;
    process.comm = comm, process.command_line = line;
    return command_of(process);
}

TEST(ProcessCommand, IsTheScriptOfAPython) {
    EXPECT_EQ(of("python3", "/usr/bin/python3 -u /home/me/model.py --batch 32"), "python3 model.py");
    EXPECT_EQ(of("python", "python -X dev -W error model.py "), "python model.py");
    EXPECT_EQ(of("python3.11", "python3.11 -m pytest tests"), "python3.11 -m pytest");
    EXPECT_EQ(of("python", "python -c import ttnn"), "python -c");
}

TEST(ProcessCommand, IsTheCommOfAnythingElse) {
    EXPECT_EQ(of("decode", "./decode model.py"), "decode");
    EXPECT_EQ(of("python", ""), "python");
    EXPECT_EQ(of("python", "python -i"), "python");
    EXPECT_EQ(of("model.py", "/usr/bin/python3 model.py"), "model.py") << "it was started by its name";
}

}  // namespace
}  // namespace ttmem
