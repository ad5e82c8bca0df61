#include "src/importers/captured_graph/operations.h"

#include <algorithm>

namespace ttmem {
namespace {

bool is_helper(std::string_view name) {
    return name.ends_with("create_device_tensor") || name.starts_with("Tensor::") || name.starts_with("tt::tt_metal::");
}

}  // namespace

uint32_t GraphOperations::intern(std::string_view name) {
    std::string key(name.substr(0, kMostNameBytes));
    if (names_.size() >= kMostNames && !numbers_.contains(key)) key = "(other)";
    const auto [at, added] = numbers_.try_emplace(std::move(key), static_cast<uint32_t>(names_.size()));
    if (added) names_.push_back(&at->first);
    return at->second;
}

void GraphOperations::start(std::string_view name, bool cache_hit) {
    if (depth() == 0) ++top_level_;
    ++count_;
    if (frames_.size() >= kMostDepth) {
        ++too_deep_;
    } else {
        frames_.push_back({count_, intern(name), cache_hit, false});
    }
}

bool GraphOperations::end() {
    if (too_deep_ > 0) {
        --too_deep_;
        return true;
    }
    if (frames_.empty()) return false;
    const Frame& frame = frames_.back();
    if (frame.cache_hit && !frame.circular_buffers) ++bare_hits_;
    const bool circular_buffers = frame.circular_buffers;
    frames_.pop_back();
    if (circular_buffers) saw_circular_buffer();
    return true;
}

void GraphOperations::saw_circular_buffer() {
    if (!frames_.empty()) frames_.back().circular_buffers = true;
}

GraphOperations::Path GraphOperations::path() const {
    Path path;
    const size_t most = path.names.size();
    path.cut = frames_.size() > most;
    path.size = static_cast<uint32_t>(std::min(frames_.size(), most));
    for (size_t i = 0; i < path.size; ++i) {
        const bool from_the_end = path.cut && i >= most / 2;
        path.names[i] = frames_[from_the_end ? frames_.size() - most + i : i].name;
    }
    return path;
}

std::string GraphOperations::text(const Path& path) const {
    std::string text;
    for (size_t i = 0; i < path.size; ++i) {
        if (i > 0) text += " > ";
        if (path.cut && i == path.names.size() / 2) text += "... > ";
        text += *names_[path.names[i]];
    }
    return text;
}

std::string_view GraphOperations::operation() const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
        if (!is_helper(*names_[frame->name])) return *names_[frame->name];
    }
    return frames_.empty() ? std::string_view() : std::string_view(*names_[frames_.back().name]);
}

}  // namespace ttmem
