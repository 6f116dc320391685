# Tests with real client processes that are killed, frozen and told to leave. Each starts servers on ports of its own.
rollcall_python_test(e2e_crowd e2e test_crowd.py)
rollcall_python_test(e2e_kill_latency e2e test_kill_latency.py)
rollcall_python_test(e2e_frozen e2e test_frozen.py)
rollcall_python_test(e2e_churn e2e test_churn.py)
rollcall_python_test(e2e_order e2e test_order.py)
rollcall_python_test(e2e_slow_handler e2e test_slow_handler.py)
rollcall_python_test(e2e_handler_timeout e2e test_handler_timeout.py)
rollcall_python_test(e2e_drain e2e test_drain.py)
# Those that measure, or that load the machine so that others could not.
set_tests_properties(e2e_crowd e2e_kill_latency e2e_churn e2e_slow_handler PROPERTIES RUN_SERIAL TRUE)
