# The fuzzers, each with clang's libFuzzer, and the program that writes what
# they begin with. tests/faults/fuzz.sh builds and runs them.
function(sidle_add_fuzzer name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE tests)
  target_link_libraries(${name} PRIVATE sidle_cli sidle_flags)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()

set_source_files_properties(tests/faults/fuzz_counters.c PROPERTIES
                            COMPILE_OPTIONS -fno-sanitize=all)
sidle_add_fuzzer(fuzz_config tests/faults/fuzz_config.c)
sidle_add_fuzzer(fuzz_checkpoint tests/faults/fuzz_checkpoint.c
                 tests/faults/fuzz_counters.c)
target_compile_definitions(fuzz_checkpoint PRIVATE SIDLE_FUZZ_HOW=0)
# The same without the fence, where HDF5 crashes the fuzzer.
sidle_add_fuzzer(fuzz_scan tests/faults/fuzz_checkpoint.c
                 tests/faults/fuzz_counters.c)
target_compile_definitions(fuzz_scan PRIVATE SIDLE_FUZZ_HOW=SIDLE_CKPT_OWN)
add_executable(fuzz_seeds tests/faults/fuzz_seeds.c)
target_link_libraries(fuzz_seeds PRIVATE sidle_io sidle_flags)
