// In mock runs only: what tt-metal writes to a device when a trace is replayed, a sub-device manager is loaded or a
// command queue is to wait for an event of another. A mock device takes no commands; with these functions out of the
// way all of that runs, and allocates as it does on a real one. One name for each form that they have in the versions
// that we test.
#define RETURNS_AT_ONCE(function, symbol) \
    void function(void) __asm__(symbol);  \
    void function(void) {}

#define TRACE "_ZN2tt8tt_metal14trace_dispatch20issue_trace_commandsE"
#define PROGRAM "_ZN2tt8tt_metal16program_dispatch"
#define MESH "PNS0_11distributed10MeshDeviceE"
#define CHIP "PNS0_7IDeviceE"
#define MANAGER "RNS0_19SystemMemoryManagerE"
#define WORDS "St6vectorIjN4ttsl17aligned_allocatorIjLm16EEEE"
#define SPAN_OF_WORDS "St4spanIK" WORDS "Lm18446744073709551615EE"
#define TRACE_DATA "RKNS1_21TraceDispatchMetadataEhRKSt5arrayIjLm8EENS_7xy_pairE"
#define CORES "RKSt6vectorISt4pairINS0_12CoreRangeSetEjESaIS7_EE"

RETURNS_AT_ONCE(issue_trace_of_mesh, TRACE MESH MANAGER TRACE_DATA)
RETURNS_AT_ONCE(issue_trace_of_chip, TRACE CHIP MANAGER TRACE_DATA)

#define RESET PROGRAM "37reset_worker_dispatch_state_on_deviceE"
RETURNS_AT_ONCE(reset_workers_1, RESET CHIP MANAGER "hNS_7xy_pairERKSt5arrayIjLm8EEb")
RETURNS_AT_ONCE(reset_workers_2, RESET MESH MANAGER "hNS_7xy_pairERKSt5arrayIjLm8EEb")
RETURNS_AT_ONCE(reset_workers_3, RESET MESH MANAGER "hNS_7xy_pairERKSt5arrayIjLm8EEb" SPAN_OF_WORDS)

#define SEMAPHORES PROGRAM "31set_num_worker_sems_on_dispatchE"
RETURNS_AT_ONCE(set_semaphores_1, SEMAPHORES CHIP MANAGER "hj")
RETURNS_AT_ONCE(set_semaphores_2, SEMAPHORES MANAGER "hj")
RETURNS_AT_ONCE(set_semaphores_3, SEMAPHORES MANAGER "hjSt4spanIKjLm18446744073709551615EE")

#define SIGNALS PROGRAM "34set_go_signal_noc_data_on_dispatchE"
RETURNS_AT_ONCE(set_go_signals_1, SIGNALS CHIP "RK" WORDS MANAGER "h")
RETURNS_AT_ONCE(set_go_signals_2, SIGNALS "RK" WORDS MANAGER "h")

#define MESSAGES PROGRAM "37set_core_go_message_mapping_on_deviceE"
RETURNS_AT_ONCE(set_go_messages_1, MESSAGES CHIP CORES MANAGER "h")
RETURNS_AT_ONCE(set_go_messages_2, MESSAGES "PNS0_6DeviceE" CORES MANAGER "h")

RETURNS_AT_ONCE(wait_for_event, "_ZN2tt8tt_metal14event_dispatch29issue_wait_for_event_commandsEhh" MANAGER "j")
