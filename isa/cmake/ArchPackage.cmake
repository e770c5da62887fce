# softdpu_arch_package(<arch> <variable>): writes <build>/arch/<arch>/dpu_arch_pkg.sv and stores its path in <variable>. <arch> is the name of a
# file in configs/, or a path.
#
# verilate() reads its sources when CMake configures, so the package must exist by then: softdpu-archgen is built here, once, with
# try_compile. Changes of the configuration or of the generator configure again.

set(ARCHGEN_DIR ${PROJECT_SOURCE_DIR}/isa/arch)
set(ARCHGEN_SOURCES ${ARCHGEN_DIR}/softdpu-archgen.cpp ${ARCHGEN_DIR}/ArchPackage.cpp ${ARCHGEN_DIR}/Arch.cpp ${ARCHGEN_DIR}/ArchFiles.cpp
  ${ARCHGEN_DIR}/Timing.cpp)
set(ARCHGEN_TOOL ${CMAKE_BINARY_DIR}/arch/softdpu-archgen)

function(softdpu_arch_package arch variable)
  set(inputs ${ARCHGEN_SOURCES} ${ARCHGEN_DIR}/ArchPackage.h ${PROJECT_SOURCE_DIR}/isa/include/softdpu/isa/Arch.h
    ${PROJECT_SOURCE_DIR}/isa/include/softdpu/isa/Timing.h)
  set(config ${PROJECT_SOURCE_DIR}/configs/${arch}.toml)
  if(IS_ABSOLUTE ${arch})
    set(config ${arch})
    cmake_path(GET config STEM arch)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs} ${config})

  set(stale FALSE)
  foreach(input ${inputs})
    if(NOT EXISTS ${ARCHGEN_TOOL} OR ${input} IS_NEWER_THAN ${ARCHGEN_TOOL})
      set(stale TRUE)
    endif()
  endforeach()
  if(stale)
    message(STATUS "Building softdpu-archgen")
    unset(ARCHGEN_COMPILED CACHE)
    try_compile(ARCHGEN_COMPILED ${CMAKE_BINARY_DIR}/arch/bootstrap SOURCES ${ARCHGEN_SOURCES}
      CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${PROJECT_SOURCE_DIR}/isa/include -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
      COMPILE_DEFINITIONS -DSOFTDPU_SOURCE_CONFIGS="${PROJECT_SOURCE_DIR}/configs" -DSOFTDPU_INSTALLED_CONFIGS=""
      LINK_LIBRARIES fmt::fmt tl::expected
      CXX_STANDARD 20 CXX_STANDARD_REQUIRED TRUE
      OUTPUT_VARIABLE output COPY_FILE ${ARCHGEN_TOOL})
    if(NOT ARCHGEN_COMPILED)
      message(FATAL_ERROR "softdpu-archgen does not build:\n${output}")
    endif()
  endif()

  set(package ${CMAKE_BINARY_DIR}/arch/${arch}/dpu_arch_pkg.sv)
  execute_process(COMMAND ${ARCHGEN_TOOL} ${config} ${package} RESULT_VARIABLE result ERROR_VARIABLE errors)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${errors}")
  endif()
  set(${variable} ${package} PARENT_SCOPE)
endfunction()
