// The subcommands of `ttmem`, each in its own file of src/apps/commands.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

// What is in use, and whose it is.
Command status_command();
Command top_command();
Command ps_command();
Command buffers_command();
Command programs_command();
Command map_command();
Command explain_command();

// What happened: out of captures, and of the history of processes.
Command peak_command();
Command timeline_command();
Command stats_command();
Command tree_command();
Command growth_command();
Command headroom_command();
Command replay_command();
Command traces_command();
Command diff_command();
Command check_command();
Command page_command();
Command open_command();

// What other sources say.
Command show_command();
Command allocation_server_command();

// What was left, and following a program until it ends.
Command leaks_command();
Command run_command();
Command preload_path_command();
Command machines_command();
Command fit_command();

// Captures: recorded, kept, looked into.
Command record_command();
Command snapshot_command();
Command info_command();
Command export_command();
Command metrics_command();

// The machine, the files, the command itself.
Command doctor_command();
Command gc_command();
Command completion_command();
Command version_command();

}  // namespace ttmem
