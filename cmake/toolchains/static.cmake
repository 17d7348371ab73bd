# A fully static, hardened program for STATIC_TRIPLET, out of the sysroot that release/debian
# unpacked in STATIC_FOLDER. Debian's g++ 12, native or cross.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${STATIC_TRIPLET}-gcc-12)
set(CMAKE_CXX_COMPILER ${STATIC_TRIPLET}-g++-12)
set(CMAKE_AR ${STATIC_TRIPLET}-gcc-ar-12)
set(CMAKE_RANLIB ${STATIC_TRIPLET}-gcc-ranlib-12)
set(CMAKE_SYSROOT ${STATIC_FOLDER}/sysroot)
set(CMAKE_LIBRARY_ARCHITECTURE ${STATIC_TRIPLET})
set(CMAKE_FIND_ROOT_PATH ${STATIC_FOLDER}/sysroot)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/${STATIC_TRIPLET}/pkgconfig)
set(OPENSSL_USE_STATIC_LIBS ON)
# release/openssl made it.
get_filename_component(openssl ${STATIC_FOLDER} NAME)
get_filename_component(openssl ${STATIC_FOLDER}/../../static-${openssl}/openssl ABSOLUTE)
set(OPENSSL_INCLUDE_DIR ${openssl}/include CACHE PATH "")
set(OPENSSL_CRYPTO_LIBRARY ${openssl}/libcrypto.a CACHE FILEPATH "")
set(OPENSSL_SSL_LIBRARY ${openssl}/libssl.a CACHE FILEPATH "")
set(Boost_USE_STATIC_LIBS ON)
set(BUILD_SHARED_LIBS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES STATIC_TRIPLET STATIC_FOLDER STATIC_PROTECTION)

# No folder's name gets into an object: two builds in two folders are the same bytes.
get_filename_component(source ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
set(flags "-ffile-prefix-map=${STATIC_FOLDER}=/static -ffile-prefix-map=${source}=/source")
string(APPEND flags " -ffile-prefix-map=${CMAKE_BINARY_DIR}=/build -ffile-prefix-map=${CMAKE_SOURCE_DIR}=/source")
string(APPEND flags " -fstack-protector-strong -fstack-clash-protection ${STATIC_PROTECTION}")
string(APPEND flags " -ffunction-sections -fdata-sections -fPIE")
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_CXX_FLAGS_INIT "${flags}")
# For size, and for the libraries, too; what has to be fast says so itself (SECURE_EXEC_FAST).
set(CMAKE_C_FLAGS_RELEASE "-Os -DNDEBUG -D_FORTIFY_SOURCE=2" CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-Os -DNDEBUG -D_FORTIFY_SOURCE=2" CACHE STRING "")
# -B: the sysroot's crt files and libc.a before the compiler's own, which may be older.
string(CONCAT CMAKE_EXE_LINKER_FLAGS_INIT "-static-pie -B${CMAKE_SYSROOT}/usr/lib/${STATIC_TRIPLET}/ "
  "-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,pack-relative-relocs")
