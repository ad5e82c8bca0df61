// Any bytes as a capture.
//
// The first byte says what they are: the bytes of a file after its head, or one block's payload, which is packed with
// the check that belongs to it, behind the blocks of a small valid capture. Bytes alone would seldom get past a check.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "src/capture/blocks.h"
#include "src/capture/capture_reader.h"
#include "src/capture/event_columns.h"

using namespace ttmem;
using namespace ttmem::capture;

namespace {

const std::string& path() {
    static const int file = ::memfd_create("capture", 0);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    return path;
}

void append(Bytes& to, const void* bytes, size_t size) {
    const auto* begin = static_cast<const uint8_t*>(bytes);
    to.insert(to.end(), begin, begin + size);
}

void append_block(Bytes& file, uint32_t type, uint64_t number, uint32_t items, const Bytes& raw) {
    BlockHead head{};
    head.type = type;
    head.number = number;
    head.items = items;
    const Bytes block = pack_block(head, raw);
    append(file, block.data(), block.size());
}

// What events can name: a text, a process, a place.
uint64_t append_valid(Bytes& file) {
    append_block(file, static_cast<uint32_t>(BlockType::kTexts), 0, 2, {0, 0, 2, 'o', 'p'});
    Bytes process(64, 0);
    process[0] = 0;
    process[1] = 62;
    append_block(file, static_cast<uint32_t>(BlockType::kProcesses), 1, 1, process);
    Bytes place(16, 0);
    place[1] = 14;
    append_block(file, static_cast<uint32_t>(BlockType::kPlaces), 2, 1, place);
    return 3;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 4) return 0;
    FileHead head{{}, kMajor, kMinor, 0, 0, 0};
    std::memcpy(head.magic, kFileMagic, sizeof head.magic);
    head.check = check_of(head);
    Bytes file;
    append(file, &head, sizeof head);
    if (data[0] % 2 == 0) {
        append(file, data + 1, size - 1);
    } else {
        const uint64_t number = append_valid(file);
        const uint32_t items = data[2] | static_cast<uint32_t>(data[3]) << 8;
        append_block(file, data[1] % 16, number, items, Bytes(data + 4, data + size));
    }
    const int out = ::open(path().c_str(), O_WRONLY | O_TRUNC);
    if (out < 0 || ::write(out, file.data(), file.size()) != static_cast<ssize_t>(file.size())) std::abort();
    ::close(out);
    const Result<Capture> capture = open_capture(path());
    if (!capture) std::abort();  // its head is right
    const Recording& recording = capture->recording;
    if (capture->facts.finished && capture->facts.trouble.empty() != recording.end.coverage.complete) {
        // A finished capture without trouble is as complete as it says.
        if (!capture->facts.trouble.empty()) std::abort();
    }
    if (!capture->facts.finished && recording.end.coverage.complete) std::abort();
    std::vector<Event> block;
    uint64_t events = 0;
    while (recording.source->next(block)) {
        for (const Event& event : block) {
            if (event.process >= recording.end.processes.size() || event.op >= recording.end.texts.size()) std::abort();
        }
        events += block.size();
    }
    if (!recording.source->failed() && events != recording.events) std::abort();
    for (const Allocation& a : recording.end.allocations) {
        if (a.place.value >= recording.end.places.size() || a.program > recording.end.programs.size()) std::abort();
    }
    return 0;
}
