# One program a file tests/<room>/test_<noun>.c, registered as <room>.<noun>;
# that of tests/<room>/<folder>/test_<noun>.c is <room>.<folder>_<noun>.
# The first lines of a test may say what it needs:
#   /* np: 1 2 4 */      run under mpirun with so many ranks: <room>.<noun>.np4
#   /* real: double */   link the double-precision build of src/ instead
#   /* with: twin.c */   more sources, relative to tests/
#   /* timeout: 120 */   seconds, instead of 60
#   /* label: slow */    one more label; slow, drill, fuzz, slurm only --all;
#                        once: not with sanitizers, but for --all, since it
#                        mostly waits or repeats what other tests run there
# One that cannot be made here answers 77 on all ranks, and says why.
set(SIDLE_MPI_ENV OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
    OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_pml=ob1
    OMPI_MCA_btl=self,vader,tcp BLIS_NUM_THREADS=1
    ASAN_OPTIONS=detect_leaks=0)

# Above a hundred programs: where there is gold, it links those of a sanitizer
# build in a quarter of the time.
include(CheckLinkerFlag)
check_linker_flag(C -fuse-ld=gold SIDLE_HAS_GOLD)
set(SIDLE_TEST_LINKER $<$<BOOL:${SIDLE_HAS_GOLD}>:-fuse-ld=gold>)

# src/ once more, in double: a layer against finite differences of itself.
file(GLOB f64_sources CONFIGURE_DEPENDS src/base/*.c src/math/*.c src/layer/*.c
     src/model/*.c src/optim/*.c src/data/*.c)
list(REMOVE_ITEM f64_sources ${CMAKE_SOURCE_DIR}/src/base/version.c)
add_library(sidle_f64 STATIC EXCLUDE_FROM_ALL ${f64_sources})
target_compile_definitions(sidle_f64 PUBLIC SIDLE_REAL_DOUBLE)
target_include_directories(sidle_f64 PUBLIC src)
target_include_directories(sidle_f64 SYSTEM PRIVATE ${RANDOM123_INCLUDE}
                           ${BLIS_INCLUDE})
target_link_libraries(sidle_f64 PUBLIC ${BLIS_LIBRARY} PkgConfig::SLEEF
                      PRIVATE sidle_flags)

function(sidle_test_property out file key default)
  file(STRINGS ${file} found LIMIT_COUNT 1 REGEX "^/\\* ${key}:")
  if(found)
    string(REGEX REPLACE "^/\\* ${key}: *(.*) \\*/$" "\\1" found "${found}")
    separate_arguments(found)
    set(${out} "${found}" PARENT_SCOPE)
  else()
    set(${out} "${default}" PARENT_SCOPE)
  endif()
endfunction()

# The program of a test once more, with one more source.
function(sidle_again test target source)
  get_target_property(sources ${test} SOURCES)
  get_target_property(folders ${test} INCLUDE_DIRECTORIES)
  get_target_property(libraries ${test} LINK_LIBRARIES)
  add_executable(${target} ${sources} ${source})
  target_include_directories(${target} PRIVATE ${folders})
  target_include_directories(${target} SYSTEM PRIVATE ${CMOCKA_INCLUDE})
  target_link_libraries(${target} PRIVATE ${libraries})
  target_link_options(${target} PRIVATE ${SIDLE_TEST_LINKER})
endfunction()

function(sidle_add_test file)
  get_filename_component(noun ${file} NAME_WE)
  string(REGEX REPLACE "^test_" "" noun ${noun})
  get_filename_component(folder ${file} DIRECTORY)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/tests ${folder})
  string(REGEX REPLACE "/.*" "" room ${folder})
  if(folder MATCHES "/")
    string(REGEX REPLACE "^[^/]*/" "" folder ${folder})
    set(noun ${folder}_${noun})
  endif()
  sidle_test_property(np ${file} np "")
  sidle_test_property(real ${file} real "float")
  sidle_test_property(with ${file} with "")
  sidle_test_property(timeout ${file} timeout 60)
  sidle_test_property(label ${file} label "")
  list(TRANSFORM with PREPEND ${CMAKE_SOURCE_DIR}/tests/)
  set(target test_${room}_${noun})
  add_executable(${target} ${file} ${with})
  target_include_directories(${target} PRIVATE tests src ${CMAKE_SOURCE_DIR})
  target_include_directories(${target} SYSTEM PRIVATE ${CMOCKA_INCLUDE})
  if(real STREQUAL "double")
    target_link_libraries(${target} PRIVATE sidle_f64)
  elseif(room STREQUAL "cli")
    target_link_libraries(${target} PRIVATE sidle_cli)
  elseif(room STREQUAL "run")
    target_link_libraries(${target} PRIVATE sidle_run)
  elseif(room MATCHES "^(mpi|io|train|faults)$")
    target_link_libraries(${target} PRIVATE sidle_io sidle_sample)
  else()
    foreach(lower base math layer model optim schedule data sample)
      if(TARGET sidle_${lower})
        target_link_libraries(${target} PRIVATE sidle_${lower})
      endif()
    endforeach()
  endif()
  target_link_libraries(${target} PRIVATE sidle_flags ${CMOCKA_LIBRARY})
  target_link_options(${target} PRIVATE ${SIDLE_TEST_LINKER})
  set(name ${room}.${noun})
  if(NOT np)
    add_test(NAME ${name} COMMAND ${target})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout}
      SKIP_RETURN_CODE 77 LABELS "${room};${label}"
      ENVIRONMENT "${SIDLE_MPI_ENV}")
    return()
  endif()
  foreach(n ${np})
    add_test(NAME ${name}.np${n} COMMAND ${MPIEXEC_EXECUTABLE}
             ${MPIEXEC_NUMPROC_FLAG} ${n} $<TARGET_FILE:${target}>)
    set_tests_properties(${name}.np${n} PROPERTIES TIMEOUT ${timeout}
      PROCESSORS ${n} LABELS "${room};mpi;${label}" SKIP_RETURN_CODE 77
      ENVIRONMENT "${SIDLE_MPI_ENV}")
  endforeach()
endfunction()

file(GLOB test_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/test_*.c
     ${CMAKE_SOURCE_DIR}/tests/*/*/test_*.c)
foreach(file ${test_files})
  sidle_add_test(${file})
endforeach()

# A film for the test of films is made by the libraries themselves.
if(SIDLE_HAS_FILM)
  target_link_libraries(test_io_film PRIVATE ${FILM_LINK_LIBRARIES})
endif()

# Shell tests: tests/<room>/test_<noun>.sh PROGRAM, run in a fresh folder; 77 is
# a test that cannot be made here, and says why. Before one with a line
# "# needs: X" tests/with_need.sh looks for X, and answers 77 where it lacks.
# One with a line "# alone: WHY" runs while no other does.
file(GLOB test_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/test_*.sh)
foreach(file ${test_scripts})
  get_filename_component(noun ${file} NAME_WE)
  string(REGEX REPLACE "^test_" "" noun ${noun})
  get_filename_component(room ${file} DIRECTORY)
  get_filename_component(room ${room} NAME)
  file(STRINGS ${file} found LIMIT_COUNT 1 REGEX "^# timeout:")
  string(REGEX MATCH "[0-9]+" timeout "${found}")
  if(NOT timeout)
    set(timeout 60)
  endif()
  file(STRINGS ${file} found LIMIT_COUNT 1 REGEX "^# label:")
  string(REGEX REPLACE "^# label: *" "" label "${found}")
  file(STRINGS ${file} alone LIMIT_COUNT 1 REGEX "^# alone:")
  file(STRINGS ${file} found LIMIT_COUNT 1 REGEX "^# needs:")
  string(REGEX REPLACE "^# needs: *" "" needs "${found}")
  set(command bash ${file})
  if(needs)
    set(command bash ${CMAKE_SOURCE_DIR}/tests/with_need.sh ${needs} ${file})
  endif()
  set(folder ${CMAKE_BINARY_DIR}/tests/${room}.${noun})
  file(MAKE_DIRECTORY ${folder})
  if(TARGET sidle)
    add_test(NAME ${room}.${noun} WORKING_DIRECTORY ${folder}
             COMMAND ${command} $<TARGET_FILE:sidle> ${CMAKE_SOURCE_DIR})
    set_tests_properties(${room}.${noun} PROPERTIES TIMEOUT ${timeout}
      PROCESSORS 2 LABELS "${room};${label}" ENVIRONMENT "${SIDLE_MPI_ENV}"
      SKIP_RETURN_CODE 77 COST ${timeout}) # the longest begin first
    if(alone)
      set_tests_properties(${room}.${noun} PROPERTIES RUN_SERIAL ON)
    endif()
  endif()
endforeach()

add_test(NAME lint.layers COMMAND bash ${CMAKE_SOURCE_DIR}/tests/check_layers.sh
         ${CMAKE_SOURCE_DIR})
add_test(NAME lint.format COMMAND bash ${CMAKE_SOURCE_DIR}/tests/check_format.sh
         ${CMAKE_SOURCE_DIR})
add_test(NAME lint.docs COMMAND bash ${CMAKE_SOURCE_DIR}/tests/check_docs.sh
         ${CMAKE_SOURCE_DIR})
add_test(NAME lint.public COMMAND bash ${CMAKE_SOURCE_DIR}/tests/check_public.sh
         ${CMAKE_SOURCE_DIR})
set_tests_properties(lint.layers lint.format lint.docs lint.public PROPERTIES
                     LABELS lint)
file(GLOB lints CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/lint/*.py)
list(REMOVE_ITEM lints ${CMAKE_SOURCE_DIR}/tests/lint/sources.py)
foreach(file ${lints})
  get_filename_component(noun ${file} NAME_WE)
  add_test(NAME lint.${noun} COMMAND python3 -B ${file} ${CMAKE_SOURCE_DIR})
  set_tests_properties(lint.${noun} PROPERTIES LABELS lint)
endforeach()
add_test(NAME lint.tidy COMMAND bash ${CMAKE_SOURCE_DIR}/tests/check_tidy.sh
         ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
set_tests_properties(lint.tidy PROPERTIES LABELS "lint;once" PROCESSORS 2
  TIMEOUT 600 SKIP_RETURN_CODE 77)

# Messages that wait for their receiver, and sockets. 64 bytes are the least limit
# that Open MPI takes, its own header included; through shared memory it sends up
# to 256 eagerly all the same. So in the tests called issend no send at all is.
# Once: what differs is the way of a message, of which a sanitizer sees nothing.
set(sockets "OMPI_MCA_btl=self,tcp;OMPI_MCA_btl_tcp_if_include=lo")
foreach(way "issend" "rendezvous;OMPI_MCA_btl_vader_eager_limit=64" "sockets;${sockets}"
            "sockets_rendezvous;${sockets};OMPI_MCA_btl_tcp_eager_limit=64")
  list(POP_FRONT way name)
  foreach(noun_n "ranks 5" "replicas 6" "skips 5")
    separate_arguments(noun_n)
    list(POP_FRONT noun_n noun n)
    set(target test_mpi_${noun})
    if(name STREQUAL "issend")
      set(target test_mpi_${noun}_issend)
      sidle_again(test_mpi_${noun} ${target} tests/mpi/issend.c)
    endif()
    add_test(NAME mpi.${noun}.${name} COMMAND ${MPIEXEC_EXECUTABLE}
             ${MPIEXEC_NUMPROC_FLAG} ${n} $<TARGET_FILE:${target}>)
    set_tests_properties(mpi.${noun}.${name} PROPERTIES TIMEOUT 180
      PROCESSORS ${n} LABELS "mpi;once" ENVIRONMENT "${SIDLE_MPI_ENV};${way}")
  endforeach()
endforeach()

# Programs that damage things, for the scripts in tests/faults/.
add_executable(damage tests/faults/damage.c)
target_link_libraries(damage PRIVATE sidle_io sidle_flags)

# A terminal for tests/cli/test_live_line.sh.
add_executable(terminal tests/cli/terminal.c)
target_link_libraries(terminal PRIVATE sidle_flags)
