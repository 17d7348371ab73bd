# The shells' scripts are templates in base/completion: filled in here for the files that are
# installed, and by the programs for those that they print and install themselves.
set(MARK "Part of kubectl secure-exec: its own, replaced and removed by its install commands.")

# secure_exec_install_completion(kubectl-secure_exec): beside a program that is installed, its other
# names, and what the shells look for.
function(secure_exec_install_completion NAME)
  string(REPLACE _ - DASH ${NAME})
  string(REPLACE - _ FUNCTION ${NAME})
  string(REPLACE kubectl- kubectl_complete- COMPLETE ${NAME})
  foreach(shell bash zsh fish)
    configure_file(${PROJECT_SOURCE_DIR}/base/completion/${shell}.in ${NAME}.${shell} @ONLY)
  endforeach()
  # Two names for a shell that looks for a file of the command's name.
  foreach(name ${NAME} ${DASH})
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.bash
            DESTINATION share/bash-completion/completions RENAME ${name})
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.fish
            DESTINATION share/fish/vendor_completions.d RENAME ${name}.fish)
  endforeach()
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.zsh
          DESTINATION share/zsh/vendor-completions RENAME _${NAME})
  # What kubectl's own completion runs; and kubectl runs only the underscore name (for `kubectl
  # secure-exec`): the dash is for people.
  foreach(link ${COMPLETE} ${DASH})
    install(CODE "file(CREATE_LINK ${NAME}
      \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/${link}\" SYMBOLIC)")
  endforeach()
endfunction()
