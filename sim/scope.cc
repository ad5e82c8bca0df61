#include "sim/scope.h"

#include <utility>

#include "sim/metal_context.h"

namespace ttmem::sim {
namespace {

thread_local std::string thread_op;
thread_local std::string thread_tag;
thread_local uint64_t thread_iteration = 0;

}  // namespace

const std::string& current_op() { return thread_op; }
const std::string& current_tag() { return thread_tag; }
uint64_t current_iteration() { return thread_iteration; }

OpScope::OpScope(MetalContext& context, std::string op)
    : context_(context), outer_(std::exchange(thread_op, std::move(op))) {
    context_.tracker().track_function_start(thread_op);
}

OpScope::~OpScope() {
    context_.tracker().track_function_end();
    thread_op = std::move(outer_);
}

TagScope::TagScope(MetalContext& context, std::string tag)
    : context_(context), outer_(std::exchange(thread_tag, std::move(tag))) {
    context_.tracker().track_tag(thread_tag);
}

TagScope::~TagScope() {
    context_.tracker().track_tag(outer_);
    thread_tag = std::move(outer_);
}

Iteration::Iteration(MetalContext& context, const std::string& name)
    : context_(context), outer_(std::exchange(thread_iteration, context.next_iteration())) {
    context_.tracker().track_iteration_start(name);
}

Iteration::~Iteration() {
    context_.tracker().track_iteration_end([this] { context_.truth().iteration_ended(thread_iteration); });
    thread_iteration = outer_;
}

}  // namespace ttmem::sim
