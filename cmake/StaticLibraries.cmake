# The libraries of which Debian has no .a that could be linked alone, from Debian's source packages as
# release/debian unpacks them: part of our own build, with our flags.
set(SECURE_EXEC_SOURCES ${PROJECT_SOURCE_DIR}/build/static/source)

# libcurl: HTTP, proxies and TLS, no more. c-ares looks names up, for glibc's own look-up loads
# plug-ins. What the host's openssl.cnf says is for the host's OpenSSL.
foreach(on HTTP_ONLY CURL_USE_OPENSSL ENABLE_ARES CURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG CURL_DISABLE_ALTSVC
           CURL_DISABLE_COOKIES CURL_DISABLE_DOH CURL_DISABLE_GETOPTIONS CURL_DISABLE_HSTS CURL_DISABLE_LIBCURL_OPTION
           CURL_DISABLE_MIME CURL_DISABLE_NETRC CURL_DISABLE_NTLM)
  set(${on} ON CACHE BOOL "" FORCE)
endforeach()
foreach(off BUILD_CURL_EXE BUILD_TESTING ENABLE_MANUAL CURL_ENABLE_EXPORT_TARGET USE_LIBIDN2 USE_NGHTTP2 CURL_USE_LIBPSL
            CURL_USE_LIBSSH2 CURL_BROTLI CURL_ZSTD PICKY_COMPILER)
  set(${off} OFF CACHE BOOL "" FORCE)
endforeach()
set(CURL_CA_BUNDLE none CACHE STRING "" FORCE)
set(CURL_CA_PATH none CACHE STRING "" FORCE)
add_subdirectory(${SECURE_EXEC_SOURCES}/curl curl EXCLUDE_FROM_ALL)

add_subdirectory(${SECURE_EXEC_SOURCES}/fmtlib fmt EXCLUDE_FROM_ALL)

add_library(simdjson STATIC ${SECURE_EXEC_SOURCES}/simdjson/singleheader/simdjson.cpp)
target_compile_features(simdjson PUBLIC cxx_std_17)
target_compile_options(simdjson PRIVATE -O2)
target_include_directories(simdjson SYSTEM PUBLIC ${SECURE_EXEC_SOURCES}/simdjson/singleheader)
add_library(simdjson::simdjson ALIAS simdjson)

set(wslay ${SECURE_EXEC_SOURCES}/aria2/deps/wslay/lib)
file(WRITE ${PROJECT_BINARY_DIR}/wslay/config.h "#define HAVE_ARPA_INET_H 1\n#define HAVE_NETINET_IN_H 1\n")
add_library(wslay STATIC ${wslay}/wslay_event.c ${wslay}/wslay_frame.c ${wslay}/wslay_net.c ${wslay}/wslay_queue.c)
target_compile_definitions(wslay PRIVATE HAVE_CONFIG_H)
target_include_directories(wslay PRIVATE ${PROJECT_BINARY_DIR}/wslay SYSTEM PUBLIC ${wslay}/includes)
add_library(wslay::wslay ALIAS wslay)

# The package has the .a, and a CMake file that names the .so alone.
find_library(YAML_CPP_LIBRARY yaml-cpp REQUIRED)
add_library(yaml-cpp UNKNOWN IMPORTED)
set_target_properties(yaml-cpp PROPERTIES IMPORTED_LOCATION ${YAML_CPP_LIBRARY})

# Reading these again and again is half of the time that a build from nothing takes. A precompiled header goes with
# one level of optimisation.
file(WRITE ${PROJECT_BINARY_DIR}/big_headers.cc "")
foreach(headers big_headers big_headers_fast)
  add_library(${headers} STATIC ${PROJECT_BINARY_DIR}/big_headers.cc)
  target_link_libraries(${headers} PRIVATE secure_exec_settings fmt::fmt nlohmann_json::nlohmann_json tl::expected)
  target_precompile_headers(${headers} PRIVATE <algorithm> <functional> <map> <memory> <optional> <string>
    <string_view> <vector> <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp>)
endforeach()
target_compile_options(big_headers_fast PRIVATE -O2)
