# cpack runs this on the staged files: what Debian wants beside what is installed. With
# SECURE_EXEC_PROGRAMS in the environment, the programs of that directory take the place of the built ones.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${root}/share/doc/kubectl-secure-exec)
if(DEFINED ENV{SECURE_EXEC_PROGRAMS})
  foreach(program kubectl-secure_exec kubectl-secure_replay)
    execute_process(COMMAND install -s -m 755 $ENV{SECURE_EXEC_PROGRAMS}/${program} ${root}/bin/${program}
                    COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endif()

file(MAKE_DIRECTORY ${doc})
file(READ ${CPACK_SECURE_EXEC_SOURCE}/cmake/copyright copyright)
file(WRITE ${doc}/copyright "${copyright}")
execute_process(COMMAND date -u -R -d ${CPACK_SECURE_EXEC_DATE} OUTPUT_VARIABLE date
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${doc}/changelog "kubectl-secure-exec (${CPACK_PACKAGE_VERSION}) stable; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(GLOB pages ${root}/share/man/man1/*.1)
execute_process(COMMAND gzip -9nf ${doc}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE files ${root}/share/*)
execute_process(COMMAND chmod 644 ${files} COMMAND_ERROR_IS_FATAL ANY)
