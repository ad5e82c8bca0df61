// Test only: with mock/kernels.c, tt-metal 0.67 and 0.69 have to leave the options of a compiler alone, too, which they
// do not start on a mock device.
#define RETURNS(function, symbol, value) \
    int function(void) __asm__(symbol);  \
    int function(void) { return value; }

#define JIT "_ZN2tt8tt_metal15JitBuildOptions"
RETURNS(set_formats, JIT "27set_cb_dataformat_all_coresENS_7CBIndexENS_10DataFormatE", 0)
RETURNS(set_arguments, JIT "22set_hlk_args_all_coresEPvm", 0)
RETURNS(set_tile_dimensions, JIT "26set_cb_tile_dims_all_coresENS_7CBIndexEjjjjjj", 0)
RETURNS(set_tile_size, JIT "26set_cb_tile_size_all_coresENS_7CBIndexEj", 0)
RETURNS(set_fidelity, JIT "31set_hlk_math_fidelity_all_coresE12MathFidelity", 0)
RETURNS(set_approximation, JIT "34set_hlk_math_approx_mode_all_coresEb", 0)
RETURNS(set_name, JIT "8set_nameERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", 0)
