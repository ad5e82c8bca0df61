#include "sim/workload.h"

#include <gtest/gtest.h>

#include "tests/support/simulation.h"

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;

Json truth_of(const Workload& workload, const std::string& machine, const WorkloadOptions& options) {
    Simulation simulation(machine);
    workload.run(simulation.context, simulation.points, options);
    return simulation.truth.document();
}

TEST(Workload, NumberedPointsEndAtTheLast) {
    EXPECT_TRUE(is_numbered("step1", "step", 8));
    EXPECT_TRUE(is_numbered("step8", "step", 8));
    for (const char* name : {"step9", "step0", "step", "step01", "stepx", "step-1", "end", "step99999999999999999999"})
        EXPECT_FALSE(is_numbered(name, "step", 8)) << name;
}

TEST(Decode, AReplayAllocatesItsInputAndNothingElse) {
    const Json document = truth_of(kDecode, "N300", {.seed = 0, .steps = 5});
    const auto live = [&](const char* name) { return point(document, name).at("live"); };
    EXPECT_EQ(live("step3").size(), live("step2").size());
    EXPECT_EQ(live("step5"), live("step3")) << "no step leaves anything";
    EXPECT_EQ(point(document, "trace_released").at("chips")[0].at("pools").at("trace").at("requested_bytes"), 0);
    EXPECT_EQ(point(document, "closed").at("leaked_and_closed").size(), 0u);
    EXPECT_EQ(point(document, "closed").at("programs").size(), 0u);
}

TEST(Decode, TheLastKernelOfALayerIsWhatIsResident) {
    const Json document = truth_of(kDecode, "N150", {.seed = 0, .steps = 4});
    const Json programs = point(document, "step4").at("programs");
    for (const Json& program : programs) {
        const bool last = program.at("name") == "matmul_mlp";
        EXPECT_EQ(program.at("places")[0].at("resident_bytes_all_chips") != 0, last) << program.dump();
    }
}

TEST(Conv, ProgramsOnTwoSubDevicesAreBothResident) {
    const Json document = truth_of(kConv, "N150", {.seed = 0, .steps = 3});
    std::vector<std::string> resident;
    const Json programs = point(document, "step3").at("programs");
    for (const Json& program : programs)
        if (program.at("places")[0].at("resident_bytes_all_chips") != 0) resident.push_back(program.at("name"));
    EXPECT_EQ(resident, (std::vector<std::string>{"conv2d_conv3", "max_pool2d"}));
}

TEST(Conv, ABatchOfAnotherSizeChangesThePlan) {
    const Json document = truth_of(kConv, "N150", {.seed = 0, .steps = 2});
    const auto reserved = [&](const char* name) {
        return point(document, name).at("programs")[0].at("places")[0].at("reserved_bytes").get<uint64_t>();
    };
    EXPECT_EQ(reserved("step2") - reserved("step1"), 32u * 8192) << "on half of 64 cores";
}

TEST(Random, TheSameSeedIsTheSameRunAndNothingLeaks) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const WorkloadOptions options{.seed = seed, .steps = 300};
        const Json document = truth_of(kRandom, "N300", options);
        EXPECT_EQ(document, truth_of(kRandom, "N300", options)) << seed;
        const Json closed = point(document, "closed");
        EXPECT_EQ(closed.at("live").size(), 0u) << seed;
        EXPECT_EQ(closed.at("leaked_and_closed").size(), 0u) << seed;
        EXPECT_EQ(closed.at("programs").size(), 0u) << seed;
    }
}

TEST(Random, PlantsOnEveryMachine) {
    for (const Machine& machine : built_in_machines()) {
        std::vector<PlantKind> all;
        for (const std::string& name : plant_names()) all.push_back(plant_from_name(name));
        const Json document = truth_of(kRandom, machine.name, {.seed = 3, .steps = 200, .plants = all});
        EXPECT_EQ(document.at("planted").size(), all.size()) << machine.name;
        EXPECT_EQ(point(document, "closed").at("leaked_and_closed").size(), 1u) << machine.name;
        EXPECT_EQ(point(document, "closed").at("programs").size(), 1u) << machine.name;
    }
}

}  // namespace
}  // namespace ttmem::sim
