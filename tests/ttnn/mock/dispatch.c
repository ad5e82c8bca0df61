// Test only: what tt-metal writes to a device when a trace is replayed or a sub-device manager is loaded. A mock device
// takes no commands; with these functions out of the way both run, and allocate as they do on a real one. One name for
// each of the versions that we test.
#define RETURNS_AT_ONCE(function, symbol) \
    void function(void) __asm__(symbol);  \
    void function(void) {}

RETURNS_AT_ONCE(issue_trace_of_mesh,
                "_ZN2tt8tt_metal14trace_dispatch20issue_trace_commandsEPNS0_11distributed10MeshDeviceERNS0_"
                "19SystemMemoryManagerERKNS1_21TraceDispatchMetadataEhRKSt5arrayIjLm8EENS_7xy_pairE")
RETURNS_AT_ONCE(issue_trace_of_chip,
                "_ZN2tt8tt_metal14trace_dispatch20issue_trace_commandsEPNS0_7IDeviceERNS0_"
                "19SystemMemoryManagerERKNS1_21TraceDispatchMetadataEhRKSt5arrayIjLm8EENS_7xy_pairE")
RETURNS_AT_ONCE(
    reset_workers_of_mesh,
    "_ZN2tt8tt_metal16program_dispatch37reset_worker_dispatch_state_on_deviceEPNS0_11distributed10MeshDeviceERNS0_"
    "19SystemMemoryManagerEhNS_7xy_pairERKSt5arrayIjLm8EEb")
RETURNS_AT_ONCE(
    reset_workers_of_mesh_and_cores,
    "_ZN2tt8tt_metal16program_dispatch37reset_worker_dispatch_state_on_deviceEPNS0_11distributed10MeshDeviceERNS0_"
    "19SystemMemoryManagerEhNS_7xy_pairERKSt5arrayIjLm8EEbSt4spanIKSt6vectorIjN4ttsl17aligned_allocatorIjLm16EEEELm"
    "18446744073709551615EE")
RETURNS_AT_ONCE(reset_workers_of_chip,
                "_ZN2tt8tt_metal16program_dispatch37reset_worker_dispatch_state_on_deviceEPNS0_7IDeviceERNS0_"
                "19SystemMemoryManagerEhNS_7xy_pairERKSt5arrayIjLm8EEb")
RETURNS_AT_ONCE(
    set_semaphores_of_chip,
    "_ZN2tt8tt_metal16program_dispatch31set_num_worker_sems_on_dispatchEPNS0_7IDeviceERNS0_19SystemMemoryManagerEhj")
RETURNS_AT_ONCE(
    set_go_signals_of_chip,
    "_ZN2tt8tt_metal16program_dispatch34set_go_signal_noc_data_on_dispatchEPNS0_7IDeviceERKSt6vectorIjN4ttsl17aligned_"
    "allocatorIjLm16EEEERNS0_19SystemMemoryManagerEh")
RETURNS_AT_ONCE(
    set_go_messages_of_chip,
    "_ZN2tt8tt_metal16program_dispatch37set_core_go_message_mapping_on_deviceEPNS0_7IDeviceERKSt6vectorISt4pairINS0_"
    "12CoreRangeSetEjESaIS7_EERNS0_19SystemMemoryManagerEh")
