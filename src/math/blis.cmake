# blis.cmake - a serial BLIS: its BLIS_LIBRARY and BLIS_INCLUDE.
#
# In this order: BLIS_ROOT, a variable of CMake or of the environment (the folder
# that holds lib and include); Debian's folder; blis.pc of pkg-config. Debian's
# before pkg-config, since the generic name there is an alternative that may be
# another library at run time.
set(SIDLE_MULTIARCH ${CMAKE_LIBRARY_ARCHITECTURE})
if(NOT BLIS_ROOT)
  set(BLIS_ROOT $ENV{BLIS_ROOT})
endif()
# What was found for another root is not for this one.
if(DEFINED SIDLE_BLIS_ROOT AND NOT SIDLE_BLIS_ROOT STREQUAL "${BLIS_ROOT}")
  unset(BLIS_LIBRARY CACHE)
  unset(BLIS_INCLUDE CACHE)
endif()
set(SIDLE_BLIS_ROOT "${BLIS_ROOT}" CACHE INTERNAL "the root that was searched")

if(BLIS_ROOT)
  set(searched "BLIS_ROOT \"${BLIS_ROOT}\"")
  find_library(BLIS_LIBRARY blis NO_DEFAULT_PATH PATHS ${BLIS_ROOT}
               PATH_SUFFIXES lib lib64 lib/${SIDLE_MULTIARCH})
  find_path(BLIS_INCLUDE blis.h NO_DEFAULT_PATH PATHS ${BLIS_ROOT}
            PATH_SUFFIXES include/blis include)
else()
  set(searched "/usr/lib/${SIDLE_MULTIARCH}/blis-serial and blis.pc of pkg-config")
  find_library(BLIS_LIBRARY blis NO_DEFAULT_PATH
               PATHS /usr/lib/${SIDLE_MULTIARCH}/blis-serial)
  find_path(BLIS_INCLUDE blis.h NO_DEFAULT_PATH
            PATHS /usr/include/${SIDLE_MULTIARCH}/blis-serial)
  if(NOT BLIS_LIBRARY OR NOT BLIS_INCLUDE)
    unset(BLIS_LIBRARY CACHE)
    unset(BLIS_INCLUDE CACHE)
    pkg_check_modules(BLIS_PC QUIET blis)
    find_library(BLIS_LIBRARY blis HINTS ${BLIS_PC_LIBRARY_DIRS})
    find_path(BLIS_INCLUDE blis.h HINTS ${BLIS_PC_INCLUDE_DIRS}
              PATH_SUFFIXES blis)
  endif()
endif()
if(NOT BLIS_LIBRARY OR NOT BLIS_INCLUDE)
  message(FATAL_ERROR "No BLIS in ${searched}: install libblis-serial-dev, or "
    "set BLIS_ROOT to the folder of a serial BLIS")
endif()

# One that starts threads makes cores of ranks fight: its header tells.
file(READ ${BLIS_INCLUDE}/blis.h sidle_blis_h LIMIT 20000)
if(sidle_blis_h MATCHES "#if 1[\r\n]+#define BLIS_ENABLE_(OPENMP|PTHREADS)")
  if(NOT BLIS_ROOT)
    message(FATAL_ERROR "${BLIS_LIBRARY} is a BLIS with threads: install a "
      "serial one, or set BLIS_ROOT to take one with threads all the same")
  endif()
  message(WARNING "${BLIS_LIBRARY} is a BLIS with threads: run with "
    "BLIS_NUM_THREADS=1")
endif()
message(STATUS "Found BLIS: ${BLIS_LIBRARY}")
