// Who is acting, of the calling thread: operations, tags and iterations, announced to ttmem and known to the truth.
#pragma once

#include <string>

namespace ttmem::sim {

class MetalContext;

// The operation in whose scope the thread is, "" outside of all.
const std::string& current_op();
const std::string& current_tag();
// Number of the innermost iteration; 0 none.
uint64_t current_iteration();

class OpScope {
public:
    OpScope(MetalContext& context, std::string op);
    ~OpScope();
    OpScope(const OpScope&) = delete;

private:
    MetalContext& context_;
    std::string outer_;
};

// Labels what the thread allocates until the scope ends.
class TagScope {
public:
    TagScope(MetalContext& context, std::string tag);
    ~TagScope();
    TagScope(const TagScope&) = delete;

private:
    MetalContext& context_;
    std::string outer_;
};

// A run, a test, a step.
class Iteration {
public:
    Iteration(MetalContext& context, const std::string& name);
    ~Iteration();
    Iteration(const Iteration&) = delete;

private:
    MetalContext& context_;
    uint64_t outer_;
};

}  // namespace ttmem::sim
