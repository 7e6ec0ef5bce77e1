# commit.cmake - writes SIDLE_COMMIT of the tree SOURCE into HEADER at every
# build: at configuration would be too early, since a commit configures nothing.
# The header is touched only when it changes, lest all be compiled again.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE failed ERROR_QUIET)
if(failed OR NOT commit) # sources of an archive, or a machine without git
  set(commit unknown)
endif()
set(text "#define SIDLE_COMMIT \"${commit}\"\n")
if(EXISTS ${HEADER})
  file(READ ${HEADER} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${HEADER} ${text})
endif()
