rollcall_python_test(install e2e ${CMAKE_CURRENT_LIST_DIR}/test_install.py)
