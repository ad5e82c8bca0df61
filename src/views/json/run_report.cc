#include "src/views/json/run_report.h"

#include <utility>

#include "src/base/text.h"
#include "src/views/json/accumulated.h"
#include "src/views/json/leaks.h"
#include "src/views/json/suppressed.h"

namespace ttmem {
namespace {

Json mock_json(const MockRun& mock) {
    const std::optional<MachineContents>& has = mock.contents;
    Json failed = Json::array();
    for (const FailedProcess& process : mock.failed)
        failed.push_back({{"pid", process.pid},
                          {"comm", valid_utf8(process.comm)},
                          {"status", or_null(process.status)},
                          {"failed_allocations", process.failed_allocations}});
    return {{"machine", valid_utf8(mock.machine)},
            {"architecture", has ? Json(has->architecture) : Json(nullptr)},
            {"chips", has ? Json(has->chips) : Json(nullptr)},
            {"mesh", has ? Json{has->rows, has->columns} : Json(nullptr)},
            {"stand_in_compiler", mock.stand_in_compiler},
            {"unknown", mock.unknown},
            {"opened_device", mock.opened_device},
            {"host_refused_bytes", or_null(mock.host_refused_bytes)},
            {"failed_processes", std::move(failed)}};
}

}  // namespace

ListDocument run_json(const RunValues& values) {
    Json json = document("run", values.snapshot.generated_at, values.snapshot.coverage);
    json["exit_code"] = values.exit_code;
    json["child_exit_code"] = values.child_code;
    json["child_signal"] = values.child_signal != 0 ? Json(values.child_signal) : Json(nullptr);
    json["run_id"] = values.run_id;
    json["command"] = Json::array();
    for (const std::string& word : values.command) json["command"].push_back(valid_utf8(word));
    json["started_at"] = rfc3339(values.started_at);
    json["chips"] = chips_json(values.chips);
    ListDocument list = with_leaks(std::move(json), "leaks", values.snapshot, values.leaks.left);
    Json& after = list.after;
    after["verdicts"] = verdicts_json(values.leaks.verdicts);
    after["accumulated"] = accumulated_json(values.snapshot, values.leaks.accumulated);
    after["suppressed"] = suppressed_json(values.leaks.suppressed);
    after["judgement"] = judgement_json(values.leaks.judgement);
    after["iterations_by"] = text_or_null(values.iterations_by.operation);
    after["iterations"] = {{"begun", values.iterations(&Process::iterations_begun)},
                           {"ended", values.iterations(&Process::iterations_ended)}};
    after["processes"] = Json::array();
    for (const Process& process : values.snapshot.processes) after["processes"].push_back(process_json(process));
    after["failure_file"] = text_or_null(values.failure_file);
    after["still_running"] = Json::array();
    for (const RunningProcess& p : values.still_running) {
        after["still_running"].push_back({{"pid", p.pid}, {"comm", valid_utf8(p.comm)}});
    }
    if (values.capture) {
        const RecordedCapture& capture = *values.capture;
        after["capture"] = {{"file", valid_utf8(capture.path)},
                            {"bytes", capture.bytes},
                            {"events", capture.events},
                            {"events_lost", capture.events_lost},
                            {"ended_early", text_or_null(capture.ended_early)}};
    } else {
        after["capture"] = nullptr;
    }
    after["mock"] = values.mock ? mock_json(*values.mock) : Json(nullptr);
    return list;
}

}  // namespace ttmem
