// The built `ttmem` as its users have it: run by a shell in a folder of the test.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/temporary_directory.h"

namespace ttmem {

using Json = nlohmann::json;

struct Outcome {
    int code = -1;
    std::string out, err;
    Json json() const { return Json::parse(out); }
};

inline std::string content(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

class ShellCommand : public testing::Test {
protected:
    std::string file(const std::string& name) const { return folder_.file(name); }

    // `before ttmem words`.
    Outcome ttmem(const std::string& words, const std::string& before = "") const {
        const std::string line = "cd " + folder_.path().string() + "; " + before + " " TTMEM_BIN_DIR "/ttmem " + words;
        const std::string script = "(" + line + ") > " + file("out") + " 2> " + file("err");
        const int status = std::system(script.c_str());
        return {WEXITSTATUS(status), content(file("out")), content(file("err"))};
    }

    TemporaryDirectory folder_;
};

}  // namespace ttmem
