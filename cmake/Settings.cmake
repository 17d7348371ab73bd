# Compiler settings that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_library(secure_exec_settings INTERFACE)
target_compile_options(secure_exec_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wvla -fstack-protector-strong)
target_include_directories(secure_exec_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(secure_exec_settings INTERFACE
  SECURE_EXEC_VERSION="${PROJECT_VERSION}")
target_link_options(secure_exec_settings INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(secure_exec_settings INTERFACE _FORTIFY_SOURCE=2)
endif()
if(SECURE_EXEC_STATIC)
  # release/pack.py reads in it which libraries went into a program.
  target_link_options(secure_exec_settings INTERFACE -Wl,--wrap=dlopen
    -Wl,-Map=${PROJECT_BINARY_DIR}/bin/$<TARGET_PROPERTY:NAME>.map)
endif()
if(SECURE_EXEC_SANITIZE)
  target_compile_options(secure_exec_settings INTERFACE
    -fsanitize=${SECURE_EXEC_SANITIZE} -fno-omit-frame-pointer -U_FORTIFY_SOURCE)
  target_link_options(secure_exec_settings INTERFACE -fsanitize=${SECURE_EXEC_SANITIZE})
endif()

# A portable program is optimised for size (cmake/toolchains/static.cmake), but for what every byte of a
# session goes through.
set(SECURE_EXEC_FAST age age_reader base cast cast_reader container container_reader encrypted_files recorder recording
    remote screen search vt)

# secure_exec_library(NAME SOURCES... ): a room, or a part of one, as a static library.
function(secure_exec_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC secure_exec_settings)
  if(SECURE_EXEC_STATIC)
    set(headers big_headers)
    if(name IN_LIST SECURE_EXEC_FAST)
      set(headers big_headers_fast)
      target_compile_options(${name} PRIVATE -O2)
    endif()
    target_precompile_headers(${name} REUSE_FROM ${headers})
  endif()
endfunction()

# secure_exec_test(NAME SOURCES a_test.cc... LIBRARIES ...): a GoogleTest program, one ctest entry
# per program. Labels: unit (default) or what LABELS says.
function(secure_exec_test name)
  if(NOT SECURE_EXEC_TESTS)
    return()
  endif()
  cmake_parse_arguments(T "" "LABELS" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LIBRARIES} secure_exec_settings GTest::gmock GTest::gtest_main)
  # Half the time to compile. What they test is optimised as ever.
  target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  add_test(NAME ${name} COMMAND ${name})
  # The longest takes 20 s on an idle machine.
  set(seconds 240)
  if(SECURE_EXEC_SANITIZE)
    math(EXPR seconds "${seconds} * 6")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${seconds})
endfunction()
