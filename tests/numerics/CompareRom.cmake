# Regenerates activation_pkg.sv and compares it with the committed file.
execute_process(COMMAND ${ROMGEN} --sv ${REGENERATED} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${REGENERATED} ${COMMITTED} RESULT_VARIABLE different)
if(different)
  message(FATAL_ERROR "rtl/generated/activation_pkg.sv is stale; run: softdpu-romgen --sv rtl/generated/activation_pkg.sv")
endif()
