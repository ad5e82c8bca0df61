#include "src/model/call_stack.h"

#include <algorithm>

namespace ttmem {
namespace {

constexpr size_t kMostFrames = 64;

// The line, and the one that called it.
std::array<StackFrame, 2> user_frames(const Snapshot& snapshot, uint32_t stack) {
    const std::vector<StackFrame> frames = frames_of(snapshot, stack);
    std::array<StackFrame, 2> found{};
    size_t count = 0;
    for (const StackFrame& frame : frames) {
        if (count == found.size()) break;
        if (!is_library_file(snapshot.texts[frame.file])) found[count++] = frame;
    }
    if (count == 0 && !frames.empty()) found[0] = frames.front();
    for (StackFrame& frame : found) frame.caller = 0;
    return found;
}

}  // namespace

size_t StackIndex::Hash::operator()(const StackFrame& frame) const {
    const uint64_t where = static_cast<uint64_t>(frame.caller) << 32 | frame.line;
    const uint64_t what = static_cast<uint64_t>(frame.file) << 32 | frame.function;
    return (where * 0x9E3779B97F4A7C15u ^ what) * 0xD6E8FEB86659FD93u >> 7;
}

uint32_t StackIndex::find_or_add(std::vector<StackFrame>& stacks, const StackFrame& frame) {
    const auto [at, fresh] = numbers_.try_emplace(frame, static_cast<uint32_t>(stacks.size()));
    if (fresh) stacks.push_back(frame);
    return at->second;
}

std::vector<StackFrame> frames_of(const Snapshot& snapshot, uint32_t stack) {
    std::vector<StackFrame> frames;
    while (stack != 0 && stack < snapshot.stacks.size() && frames.size() < kMostFrames) {
        frames.push_back(snapshot.stacks[stack]);
        stack = std::min(stack - 1, frames.back().caller);  // smaller, whatever it says
    }
    return frames;
}

bool is_library_file(std::string_view file) {
    constexpr std::string_view kLauncher = "/ttmem_ttnn.py";
    for (const std::string_view folder : {"/site-packages/ttnn/", "/dist-packages/ttnn/", "/ttnn/ttnn/",
                                          "/site-packages/ttmem/", "/dist-packages/ttmem/"}) {
        if (file.find(folder) != std::string_view::npos) return true;
    }
    return file.ends_with(kLauncher);
}

std::string frame_words(const Snapshot& snapshot, const StackFrame& frame, bool whole_path) {
    if (frame.file == 0) return "";
    const std::string& file = snapshot.texts[frame.file];
    std::string words = whole_path ? file : file.substr(file.rfind('/') + 1);
    if (frame.line != 0) words += ":" + std::to_string(frame.line);
    if (frame.function != 0) words += " " + snapshot.texts[frame.function];
    return words;
}

StackFrame user_frame(const Snapshot& snapshot, uint32_t stack) { return user_frames(snapshot, stack)[0]; }

uint32_t UserLines::of(uint32_t stack) {
    const auto [at, fresh] = known_.try_emplace(stack, 0);
    if (!fresh) return at->second;
    std::array<StackFrame, 2> lines = user_frames(snapshot_, stack);
    if (!callers_) lines[1] = {};
    return at->second = lines[0].file != 0 ? first_.try_emplace(lines, stack).first->second : 0;
}

std::string line_of(const Snapshot& snapshot, uint32_t stack) {
    return frame_words(snapshot, user_frame(snapshot, stack));
}

std::string caller_of(const Snapshot& snapshot, uint32_t stack) {
    return frame_words(snapshot, user_frames(snapshot, stack)[1]);
}

}  // namespace ttmem
