#include "src/client/plans/program_tables.h"

#include "src/client/file/ledger_file.h"
#include "src/client/plans/holdings.h"
#include "src/client/plans/plans.h"
#include "src/client/plans/trace_records.h"

namespace ttmem::client {
namespace {

// Not before somebody needs them, for many processes never do.
enum class Tables : uint8_t { kNone, kReady, kRefused };
constinit Tables tables = Tables::kNone;

}  // namespace

bool prepare_program_tables() {
    if (tables != Tables::kNone) return tables == Tables::kReady;
    const bool room = !process.events_are_lazy || populate(process.map.plans, process.map.geometry.program_bytes());
    tables = room && plans.prepare() && holdings.prepare() ? Tables::kReady : Tables::kRefused;
    return tables == Tables::kReady;
}

void reset_program_tables() {
    tables = Tables::kNone;
    holdings.reset();
}

void forget_plans(SessionMarks& marks) {
    LockGuard guard(process.page->plans);
    if (tables != Tables::kReady) return;
    ledger::LiveHeader& live = live_header();
    const Holdings::Forgotten forgotten = holdings.forget(marks);
    count(live.plans_forgotten, forgotten.living + trace_records.forget(marks));
    count(live.leaks_forgotten, forgotten.left_behind);
    plans.forget(marks);
}

void mark_planned_sessions(SessionMarks& marks) {
    LockGuard guard(process.page->plans);
    if (tables != Tables::kReady) return;
    holdings.mark_sessions(marks);
    trace_records.mark_sessions(marks);
}

}  // namespace ttmem::client
