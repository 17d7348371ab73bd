# The Debian package: what `cmake --install` installs, below /usr (docs/packaging.md).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kubectl-secure-exec)
set(CPACK_PACKAGE_CONTACT "The kubectl secure-exec authors <maintainers@kubectl-secure-exec.invalid>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # of static programs there are none
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)  # for servers whose kubeconfig names no authority
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "age, asciinema")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "kubectl exec that leaves a recording that can be trusted")
set(CPACK_PACKAGE_DESCRIPTION
    "kubectl secure-exec runs a command in a container of a Kubernetes pod as
kubectl exec does, ends when it should, and records the session in one
signed file. kubectl secure-replay lists, plays, searches and verifies
such recordings.")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/PackageFiles.cmake)
set(CPACK_SECURE_EXEC_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_SECURE_EXEC_DATE ${SECURE_EXEC_RELEASE_DATE})
include(CPack)
