#include "src/machine/preload.h"
#include "tests/support/temporary_directory.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ttmem {
namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

// A prefix with a program, and with what is installed beside it.
class PreloadPaths : public testing::Test {
protected:
    PreloadPaths() {
        prefix_ = temporary_.path();
        fs::create_directory(prefix_ / "bin");
        ::unsetenv("LD_PRELOAD");
        ::unsetenv("PYTHONPATH");
    }

    std::string install(const std::string& path) {
        fs::create_directories((prefix_ / path).parent_path());
        std::ofstream(prefix_ / path) << "x";
        return prefix_ / path;
    }
    // Another library that can be loaded stands for it.
    std::string install_library(const std::string& path) {
        Dl_info found{};
        ::dladdr(reinterpret_cast<const void*>(static_cast<double (*)(double)>(&std::cbrt)), &found);
        fs::create_directories((prefix_ / path).parent_path());
        fs::copy_file(found.dli_fname, prefix_ / path);
        return prefix_ / path;
    }
    Preload find() const { return find_preload(prefix_ / "bin"); }

    TemporaryDirectory temporary_;
    fs::path prefix_;
};

TEST_F(PreloadPaths, AreFoundInAnInstalledPrefix) {
    const std::string library = install_library("lib/ttmem/libttmem_preload.so");
    for (const char* name : {"sitecustomize", "ttmem_ttnn", "ttmem_mock"})
        install(std::string("share/ttmem/python/") + name + ".py");
    EXPECT_EQ(find().library, library);
    EXPECT_EQ(find().launcher, prefix_ / "share/ttmem/python");
    EXPECT_EQ(find().launcher_problem, "");
}

TEST_F(PreloadPaths, ALauncherThatIsNotWholeIsNoneAndSaysWhatIsMissing) {
    EXPECT_EQ(find().launcher_problem,
              (prefix_ / "share/ttmem/python/sitecustomize.py").string() + " is not installed");
    install("share/ttmem/python/sitecustomize.py");
    EXPECT_EQ(find().launcher, "");
    EXPECT_EQ(find().launcher_problem, (prefix_ / "share/ttmem/python/ttmem_ttnn.py").string() + " is not installed");
}

TEST_F(PreloadPaths, AreFoundInATreeThatWasBuilt) {
    const std::string library = install_library("lib/libttmem_preload.so");
    EXPECT_EQ(find().library, library);
    EXPECT_EQ(find().launcher, "");
}

TEST_F(PreloadPaths, WhatTheLinkerCannotLoadIsLeftOutAndNamed) {
    const std::string library = install("lib/ttmem/libttmem_preload.so");
    EXPECT_EQ(find().library, "");
    EXPECT_EQ(find().problem.find(library + " cannot be loaded: "), 0U) << find().problem;
    EXPECT_EQ(preload_environment(find()), Environment());
}

TEST_F(PreloadPaths, NothingInstalledAddsNothing) { EXPECT_EQ(preload_environment(find()), Environment()); }

TEST_F(PreloadPaths, StandInFrontOfWhatTheUserHas) {
    ::setenv("LD_PRELOAD", "/usr/lib/libjemalloc.so", 1);
    ::setenv("PYTHONPATH", "/home/me/lib", 1);
    const Environment expected = {{"LD_PRELOAD", "/l/p.so:/usr/lib/libjemalloc.so"},
                                  {"PYTHONPATH", "/py:/home/me/lib"}};
    EXPECT_EQ(preload_environment({"/l/p.so", "/py", ""}), expected);
}

TEST_F(PreloadPaths, OnAMockItsLibraryComesAfterOurs) {
    ::setenv("LD_PRELOAD", "/a.so", 1);
    const Preload preload{.library = "/l/p.so", .launcher = "", .problem = "", .mock = "/l/m.so"};
    const Environment expected = {{"LD_PRELOAD", "/l/p.so:/l/m.so:/a.so"}};
    EXPECT_EQ(preload_environment(preload, true), expected);
    EXPECT_EQ(preload_environment(preload)["LD_PRELOAD"], "/l/p.so:/a.so");
}

TEST_F(PreloadPaths, AreNotAddedTwice) {
    ::setenv("LD_PRELOAD", "/a.so /l/p.so", 1);
    ::setenv("PYTHONPATH", "/py", 1);
    const Environment expected = {{"LD_PRELOAD", "/a.so /l/p.so"}, {"PYTHONPATH", "/py"}};
    EXPECT_EQ(preload_environment({"/l/p.so", "/py", ""}), expected);
}

TEST_F(PreloadPaths, AnEmptyVariableIsNoFolder) {  // an empty part of PYTHONPATH would be the working directory
    ::setenv("PYTHONPATH", "", 1);
    const Environment expected = {{"LD_PRELOAD", "/l/p.so"}, {"PYTHONPATH", "/py"}};
    EXPECT_EQ(preload_environment({"/l/p.so", "/py", ""}), expected);
}

TEST_F(PreloadPaths, APathThatTheLinkerCannotReadIsNone) {
    const fs::path odd = prefix_ / "with space";
    fs::create_directories(odd / "bin");
    install("with space/lib/libttmem_preload.so");
    EXPECT_EQ(find_preload(odd / "bin").library, "");
}

}  // namespace
}  // namespace ttmem
