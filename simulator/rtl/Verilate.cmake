# softdpu_verilate(<target> ARCH <arch> TOP <module> PREFIX <class> [SYSTEMC] [ASSERTIONS] [PARTS <n>]): a static library of the Verilated
# <module> of rtl/ for architecture <arch>, a C++ class, or with SYSTEMC an sc_module whose waves can be recorded. ASSERTIONS binds those of
# rtl/sva; one that fails aborts the process. Verilator runs at build time; its warnings are errors.
include(ArchPackage)

find_package(verilator REQUIRED HINTS /usr/share/verilator)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SystemC REQUIRED IMPORTED_TARGET systemc)
file(GLOB RTL_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/*.sv ${PROJECT_SOURCE_DIR}/rtl/generated/*.sv)
file(GLOB SVA_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/sva/*)
set(RTL_FLAGS -march=native -fno-strict-aliasing -w)

# Verilator's run-time library.
if(NOT TARGET softdpu_verilated)
  add_library(softdpu_verilated STATIC ${VERILATOR_ROOT}/include/verilated.cpp ${VERILATOR_ROOT}/include/verilated_threads.cpp
    ${VERILATOR_ROOT}/include/verilated_fst_c.cpp)
  target_include_directories(softdpu_verilated SYSTEM PUBLIC ${VERILATOR_ROOT}/include ${VERILATOR_ROOT}/include/vltstd)
  target_compile_options(softdpu_verilated PRIVATE ${RTL_FLAGS})
  target_link_libraries(softdpu_verilated PUBLIC Threads::Threads ZLIB::ZLIB)
endif()

function(softdpu_verilate target)
  cmake_parse_arguments(V "SYSTEMC;ASSERTIONS" "ARCH;TOP;PREFIX;PARTS" "" ${ARGN})
  if(NOT V_PARTS)
    set(V_PARTS 1)
  endif()
  softdpu_arch_package(${V_ARCH} package)
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${target}.verilated)
  set(kind --cc)
  if(V_SYSTEMC)
    set(kind --sc --trace-fst --no-trace-params)
  endif()
  set(assertions)
  set(inputs ${package} ${RTL_SOURCES})
  if(V_ASSERTIONS)
    list(APPEND inputs ${SVA_SOURCES})
    set(assertions --assert -F ${PROJECT_SOURCE_DIR}/rtl/sva/sva.f)
  endif()
  set(sources ${directory}/slow.cpp ${directory}/waves.cpp)
  math(EXPR last "${V_PARTS} - 1")
  foreach(part RANGE ${last})
    list(APPEND sources ${directory}/part_${part}.cpp)
  endforeach()

  add_custom_command(OUTPUT ${sources}
    COMMAND ${PROJECT_SOURCE_DIR}/rtl/verilate ${directory} ${V_PARTS} ${kind} --prefix ${V_PREFIX} --top-module ${V_TOP} -O3
      -Wall --x-assign fast --x-initial fast --output-split 20000 --quiet-exit ${package} -F ${PROJECT_SOURCE_DIR}/rtl/dpu.f ${assertions}
    DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/rtl/dpu.f ${PROJECT_SOURCE_DIR}/rtl/dpu.vlt
      ${PROJECT_SOURCE_DIR}/rtl/share.vlt ${PROJECT_SOURCE_DIR}/rtl/waves.vlt
      ${PROJECT_SOURCE_DIR}/rtl/verilate
    COMMENT "Verilating ${V_TOP} for ${V_ARCH}" VERBATIM)
  set_source_files_properties(${directory}/slow.cpp PROPERTIES COMPILE_OPTIONS -O0)
  set_source_files_properties(${directory}/waves.cpp PROPERTIES COMPILE_OPTIONS -O1)
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} SYSTEM PUBLIC ${directory})
  target_compile_options(${target} PRIVATE ${RTL_FLAGS} -O3)
  target_link_libraries(${target} PUBLIC softdpu_verilated)
  if(V_SYSTEMC)
    target_link_libraries(${target} PUBLIC PkgConfig::SystemC)
    target_compile_definitions(${target} PUBLIC SC_CPLUSPLUS=201703L VM_SC=1)
  endif()
endfunction()
