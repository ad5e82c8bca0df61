// Test only: tt-metal 0.67 to 0.73 configures kernels on a mock device as on a real one, although they have no binaries
// there, and crashes by itself. With these functions out of the way fast dispatch runs on it.
#define RETURNS(function, symbol, value) \
    int function(void) __asm__(symbol);  \
    int function(void) { return value; }

RETURNS(configure_data_movement, "_ZNK2tt8tt_metal18DataMovementKernel9configureEPNS0_7IDeviceERKNS_7xy_pairEjPKj", 1)
RETURNS(configure_ethernet, "_ZNK2tt8tt_metal14EthernetKernel9configureEPNS0_7IDeviceERKNS_7xy_pairEjPKj", 1)
RETURNS(configure_compute, "_ZNK2tt8tt_metal13ComputeKernel9configureEPNS0_7IDeviceERKNS_7xy_pairEjPKj", 1)
