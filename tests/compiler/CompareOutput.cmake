# Fails unless `TOOL --supported-ops` prints exactly FILE.
execute_process(COMMAND ${TOOL} --supported-ops OUTPUT_VARIABLE actual COMMAND_ERROR_IS_FATAL ANY)
file(READ ${FILE} expected)
if(NOT actual STREQUAL expected)
  message(FATAL_ERROR "${FILE} is out of date; renew it: softdpu-opt --supported-ops > docs/supported_ops.md")
endif()
