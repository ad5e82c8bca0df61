// What a program does with the stand-in: it is the stand-in's caller, in a library of its own as ttnn is. Prints what
// is live, and at each "look" waits for a line on its input, so that the test can ask ttmem meanwhile.
#include <unistd.h>

#include <sys/wait.h>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "tests/preload/stand_in.h"

using namespace tt::tt_metal;
using namespace tt::tt_metal::distributed;

static void look(const char* what) {
    std::cout << what << std::endl;
    std::string line;
    std::getline(std::cin, line);
}

static MeshCoordinate coordinate(const uint32_t* where) { return {{where, 2, {}}}; }

// A program on the mesh's second chip, and a twin that dies at once.
static void launch(MeshDevice* mesh, MeshWorkloadImpl& workload) {
    static const uint32_t second[] = {0, 1};
    auto impl = std::make_shared<detail::ProgramImpl>();
    auto twin = std::make_shared<detail::ProgramImpl>();
    impl->id = 4;
    Inspector::program_created(impl.get());
    Inspector::program_created(twin.get());
    Inspector::program_destroyed(twin.get());
    impl->allocate_circular_buffers(mesh);
    workload.add_program({coordinate(second), coordinate(second)}, Program{impl});
    MeshCommandQueue queue;
    queue.mesh = mesh;
#ifdef SCRATCHPADS
    PersistentL1Arena().allocate({}, 64, 16);
#endif
    workload.load_binaries(queue);
}

extern "C" int run_workload(const char* how) {
    const std::shared_ptr<MeshDevice> mesh = MeshDevice::create({}, 0, 0, 1, {}, {}, 0);
    if (std::strcmp(how, "opens") == 0) _exit(4);
    AllocatorImpl* allocator = mesh->allocator.get();
    Buffer weights(mesh.get(), allocator, 16384, BufferType::DRAM);
    auto activations = std::make_unique<Buffer>(mesh.get(), allocator, 8192, BufferType::L1);
    try {
        Buffer large(mesh.get(), allocator, 1 << 24, BufferType::DRAM);
    } catch (const std::exception& error) {
        std::cout << "caught " << error.what() << std::endl;
    }
    try {
        Buffer refused(mesh.get(), allocator, 2048, BufferType::L1_SMALL);
    } catch (const std::exception& error) {
        std::cout << "caught " << error.what() << std::endl;
    }
    if (std::strcmp(how, "forks") == 0) {
        if (const pid_t child = fork(); child == 0) {
            activations.reset();  // the parent's
            Buffer own(mesh.get(), allocator, 2048, BufferType::DRAM);
            look("child");
            _exit(0);
        } else {
            waitpid(child, nullptr, 0);
        }
    }
    MeshWorkloadImpl workload;
    const MeshTraceId trace{9};
    mesh->impl.begin_mesh_trace(0, trace);
    launch(mesh.get(), workload);
    mesh->impl.end_mesh_trace(0, trace);
    mesh->impl.replay_mesh_trace(0, trace, true);
    look("live");
    activations.reset();
    mesh->impl.release_mesh_trace(trace);
    look("freed");
    if (std::strcmp(how, "exits") == 0) _exit(3);
    mesh->impl.close_impl(mesh.get());
    look("closed");
    Inspector::program_destroyed(workload.programs[0].impl.get());
    return 0;
}
