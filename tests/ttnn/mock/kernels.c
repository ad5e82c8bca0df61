// Test only: tt-metal 0.67 to 0.73 configures kernels on a mock device as on a real one, although they have no binaries
// there, and crashes by itself. With these functions out of the way fast dispatch runs on it.
#define RETURNS(function, symbol, value) \
    int function(void) __asm__(symbol);  \
    int function(void) { return value; }

RETURNS(configure_data_movement, "_ZNK2tt8tt_metal18DataMovementKernel9configureEPNS0_7IDeviceERKNS_7xy_pairEjPKj", 1)
RETURNS(configure_ethernet, "_ZNK2tt8tt_metal14EthernetKernel9configureEPNS0_7IDeviceERKNS_7xy_pairEjPKj", 1)
RETURNS(configure_compute, "_ZNK2tt8tt_metal13ComputeKernel9configureEPNS0_7IDeviceERKNS_7xy_pairEjPKj", 1)

#define JIT "_ZN2tt8tt_metal15JitBuildOptions"
RETURNS(set_formats, JIT "27set_cb_dataformat_all_coresENS_7CBIndexENS_10DataFormatE", 0)
RETURNS(set_arguments, JIT "22set_hlk_args_all_coresEPvm", 0)
RETURNS(set_tile_dimensions, JIT "26set_cb_tile_dims_all_coresENS_7CBIndexEjjjjjj", 0)
RETURNS(set_tile_size, JIT "26set_cb_tile_size_all_coresENS_7CBIndexEj", 0)
RETURNS(set_fidelity, JIT "31set_hlk_math_fidelity_all_coresE12MathFidelity", 0)
RETURNS(set_approximation, JIT "34set_hlk_math_approx_mode_all_coresEb", 0)
RETURNS(set_name, JIT "8set_nameERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", 0)
