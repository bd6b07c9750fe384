# Tests, fuzzers and benchmarks.
# What the tree says, and how it is built and installed; the compiler has no part in it.
tree_tests = tests/check-completions tests/check-demonstration tests/check-documents \
	tests/check-documents-fails tests/check-floors tests/check-floors-fails tests/check-install \
	tests/check-manual tests/check-manual-fails tests/check-manual-lint tests/check-prefix \
	tests/check-versions
# What is compiled. Where the rest is not worth the time: make check TESTS='$(program_tests)'
program_tests = tests/check-headers tests/check-tool tests/replay/run $(unit_tests) $(replayed_fuzzers)
TESTS = $(program_tests) $(tree_tests)
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	CC='$(CC)'; export CC; PACKAGES_CFLAGS='$(SYSTEMD_CFLAGS) $(YAML_CFLAGS) $(PCRE2_CFLAGS) $(TLS_CFLAGS)'; \
	export PACKAGES_CFLAGS;
check_PROGRAMS = $(system_programs)

wrap_journal = $(wrap_clock) \
	-Wl,--wrap=sd_journal_open_namespace,--wrap=sd_journal_close,--wrap=sd_journal_get_fd \
	-Wl,--wrap=sd_journal_process,--wrap=sd_journal_next,--wrap=sd_journal_previous \
	-Wl,--wrap=sd_journal_seek_head,--wrap=sd_journal_seek_tail,--wrap=sd_journal_seek_cursor \
	-Wl,--wrap=sd_journal_seek_realtime_usec,--wrap=sd_journal_get_cursor \
	-Wl,--wrap=sd_journal_test_cursor,--wrap=sd_journal_get_realtime_usec \
	-Wl,--wrap=sd_journal_restart_data,--wrap=sd_journal_enumerate_data \
	-Wl,--wrap=sd_journal_enumerate_available_data \
	-Wl,--wrap=sd_journal_add_match,--wrap=sd_journal_flush_matches \
	-Wl,--wrap=sd_journal_has_persistent_files,--wrap=sd_journal_has_runtime_files
wrap_clock = -Wl,--wrap=io_now_usec
if HAVE_CMOCKA
# A test program is its one file of the same name, automake's default.
unit_tests = \
	tests/unit/test-address \
	tests/unit/test-advice \
	tests/unit/test-arena \
	tests/unit/test-bracket-cache \
	tests/unit/test-array \
	tests/unit/test-backoff \
	tests/unit/test-buckets \
	tests/unit/test-buffer \
	tests/unit/test-calendar \
	tests/unit/test-catalog \
	tests/unit/test-catalog-huawei \
	tests/unit/test-catalog-override \
	tests/unit/test-cause-counts \
	tests/unit/test-claims \
	tests/unit/test-columns \
	tests/unit/test-complaints \
	tests/unit/test-config \
	tests/unit/test-config-kinds \
	tests/unit/test-confirm \
	tests/unit/test-container-lines \
	tests/unit/test-content \
	tests/unit/test-context \
	tests/unit/test-copies \
	tests/unit/test-counts \
	tests/unit/test-csv \
	tests/unit/test-cursor \
	tests/unit/test-datagram-sink \
	tests/unit/test-datagrams \
	tests/unit/test-descriptors \
	tests/unit/test-diag \
	tests/unit/test-diag-screen \
	tests/unit/test-discover \
	tests/unit/test-enrich \
	tests/unit/test-excerpt \
	tests/unit/test-examples \
	tests/unit/test-files \
	tests/unit/test-files-equal \
	tests/unit/test-files-hostile \
	tests/unit/test-files-real \
	tests/unit/test-files-restart \
	tests/unit/test-files-rotation \
	tests/unit/test-files-trouble \
	tests/unit/test-first-reads \
	tests/unit/test-followed \
	tests/unit/test-format \
	tests/unit/test-framing \
	tests/unit/test-glob \
	tests/unit/test-glob-search \
	tests/unit/test-glob-syntax \
	tests/unit/test-headers \
	tests/unit/test-held-files \
	tests/unit/test-import \
	tests/unit/test-in-flight \
	tests/unit/test-io \
	tests/unit/test-journal-parts \
	tests/unit/test-journal-sink \
	tests/unit/test-journal-source \
	tests/unit/test-json \
	tests/unit/test-key-value \
	tests/unit/test-key-value-names \
	tests/unit/test-key-value-refused \
	tests/unit/test-key-value-written \
	tests/unit/test-known-brackets \
	tests/unit/test-library \
	tests/unit/test-line-filter \
	tests/unit/test-line-time \
	tests/unit/test-listener \
	tests/unit/test-log \
	tests/unit/test-loops \
	tests/unit/test-memory \
	tests/unit/test-memory-files \
	tests/unit/test-memory-flow \
	tests/unit/test-memory-setup \
	tests/unit/test-memory-state \
	tests/unit/test-memory-tail \
	tests/unit/test-memory-wire \
	tests/unit/test-message-ids \
	tests/unit/test-native \
	tests/unit/test-notify-status \
	tests/unit/test-old-positions \
	tests/unit/test-old-profiles \
	tests/unit/test-output \
	tests/unit/test-own-address \
	tests/unit/test-own-elements \
	tests/unit/test-own-entries \
	tests/unit/test-own-unit \
	tests/unit/test-path-warnings \
	tests/unit/test-paths \
	tests/unit/test-pattern \
	tests/unit/test-pattern-excerpt \
	tests/unit/test-pending \
	tests/unit/test-position \
	tests/unit/test-positions \
	tests/unit/test-prefilter \
	tests/unit/test-profile \
	tests/unit/test-profile-choice \
	tests/unit/test-profile-entries \
	tests/unit/test-publisher \
	tests/unit/test-puller \
	tests/unit/test-recognizer \
	tests/unit/test-recognizer-columns \
	tests/unit/test-recognizer-cuts \
	tests/unit/test-recognizer-lines \
	tests/unit/test-recognizer-work \
	tests/unit/test-record \
	tests/unit/test-recovery \
	tests/unit/test-reload \
	tests/unit/test-reload-sinks \
	tests/unit/test-remote \
	tests/unit/test-report \
	tests/unit/test-reports \
	tests/unit/test-reread \
	tests/unit/test-resolve \
	tests/unit/test-rotation-names \
	tests/unit/test-saved \
	tests/unit/test-scan \
	tests/unit/test-schema \
	tests/unit/test-sessions \
	tests/unit/test-setup \
	tests/unit/test-setup-tool \
	tests/unit/test-shadows \
	tests/unit/test-shapes \
	tests/unit/test-side \
	tests/unit/test-slow-lines \
	tests/unit/test-socket-sink \
	tests/unit/test-state \
	tests/unit/test-status \
	tests/unit/test-stream \
	tests/unit/test-suggestion \
	tests/unit/test-symlink \
	tests/unit/test-syslog-decode \
	tests/unit/test-syslog-ends \
	tests/unit/test-syslog-probe \
	tests/unit/test-syslog-source \
	tests/unit/test-syslog-trouble \
	tests/unit/test-tail \
	tests/unit/test-tail-lines \
	tests/unit/test-tail-text \
	tests/unit/test-text \
	tests/unit/test-timestamp \
	tests/unit/test-tls-files \
	tests/unit/test-tls-sink \
	tests/unit/test-unknown-codes \
	tests/unit/test-utf16 \
	tests/unit/test-watch \
	tests/unit/test-watchdog \
	tests/unit/test-window \
	tests/unit/test-windows \
	tests/unit/test-yaml
check_PROGRAMS += $(unit_tests)
LDADD += $(CMOCKA_LIBS)
# These refuse memory at every allocation in turn.
tests_unit_test_memory_LDFLAGS = $(AM_LDFLAGS) $(wrap_memory)
tests_unit_test_memory_flow_LDFLAGS = $(AM_LDFLAGS) $(wrap_memory) $(wrap_flow) \
	-Wl,--wrap=opendir \
	-Wl,--wrap=inotify_init1,--wrap=inotify_add_watch,--wrap=inotify_rm_watch \
	-Wl,--wrap=sd_event_add_io,--wrap=sd_event_add_defer,--wrap=sd_event_source_set_enabled
tests_unit_test_memory_setup_LDFLAGS = $(AM_LDFLAGS) $(wrap_memory)
tests_unit_test_memory_state_LDFLAGS = $(AM_LDFLAGS) $(wrap_memory)
tests_unit_test_syslog_trouble_LDFLAGS = $(AM_LDFLAGS) $(wrap_memory)
# These see what is said and sent.
tests_unit_test_message_ids_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=log_entry
tests_unit_test_log_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=sendto
tests_unit_test_report_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock) \
	-Wl,--wrap=log_entry,--wrap=pipeline_cause_counts,--wrap=pipeline_count,--wrap=pipeline_unknown_codes,--wrap=pipeline_wiring
tests_unit_test_unknown_codes_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=message_log
# These stand in for the kernel and for the resolver.
tests_unit_test_datagram_sink_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=send,--wrap=sendmmsg
tests_unit_test_socket_sink_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=getsockopt
tests_unit_test_resolve_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=getaddrinfo,--wrap=freeaddrinfo
tests_unit_test_own_address_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=gethostname,--wrap=io_read_regular,--wrap=connect,--wrap=getsockname
tests_unit_test_tls_files_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=dlopen
tests_unit_test_setup_tool_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=io_read_file
tests_unit_test_journal_source_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock) \
	-Wl,--wrap=roots_has_watches,--wrap=sd_journal_next,--wrap=sd_journal_test_cursor \
	-Wl,--wrap=sd_journal_restart_data,--wrap=sd_journal_get_data
# In this one, journald is a model.
tests_unit_test_confirm_LDFLAGS = $(AM_LDFLAGS) $(wrap_journal)
tests_unit_test_copies_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=pread,--wrap=fstat,--wrap=status_of_fd
tests_unit_test_memory_files_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock) $(wrap_memory)
tests_unit_test_memory_tail_LDFLAGS = $(AM_LDFLAGS) $(wrap_memory)
tests_unit_test_memory_wire_LDFLAGS = $(AM_LDFLAGS) $(wrap_memory)
# In these, time passes fast.
tests_unit_test_descriptors_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow)
tests_unit_test_loops_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow)
tests_unit_test_publisher_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow) \
	-Wl,--wrap=io_replace_file,--wrap=sd_notifyf,--wrap=report_entry
tests_unit_test_reload_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow)
tests_unit_test_reload_sinks_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow)
tests_unit_test_reread_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow)
tests_unit_test_state_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow) -Wl,--wrap=writev
tests_unit_test_watch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=inotify_add_watch,--wrap=inotify_rm_watch
tests_unit_test_watchdog_LDFLAGS = $(AM_LDFLAGS) $(wrap_flow) -Wl,--wrap=sd_notify
# In these, time passes when they say so.
tests_unit_test_files_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock) -Wl,--wrap=inotify_add_watch
tests_unit_test_files_equal_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock)
tests_unit_test_files_hostile_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock) -Wl,--wrap=opendir
tests_unit_test_files_real_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock)
tests_unit_test_files_restart_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock)
tests_unit_test_files_rotation_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock)
tests_unit_test_files_trouble_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock)
tests_unit_test_old_positions_LDFLAGS = $(AM_LDFLAGS) $(wrap_clock)
wrap_flow = $(wrap_clock) -Wl,--wrap=sd_event_source_set_time,--wrap=sd_event_add_time \
	-Wl,--wrap=sd_event_source_disable_unref,--wrap=fsync
wrap_memory = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup
AM_CFLAGS += $(CMOCKA_CFLAGS)
endif

# A fuzz target links libFuzzer, or replay.c to run its corpus.
fuzzers = \
	tests/fuzz/fuzz-catalog \
	tests/fuzz/fuzz-columns \
	tests/fuzz/fuzz-confirm \
	tests/fuzz/fuzz-container \
	tests/fuzz/fuzz-context \
	tests/fuzz/fuzz-csv \
	tests/fuzz/fuzz-files \
	tests/fuzz/fuzz-format \
	tests/fuzz/fuzz-framing \
	tests/fuzz/fuzz-glob \
	tests/fuzz/fuzz-import \
	tests/fuzz/fuzz-key-value \
	tests/fuzz/fuzz-line-time \
	tests/fuzz/fuzz-native \
	tests/fuzz/fuzz-positions \
	tests/fuzz/fuzz-profile \
	tests/fuzz/fuzz-recognizer \
	tests/fuzz/fuzz-scan \
	tests/fuzz/fuzz-syslog \
	tests/fuzz/fuzz-utf16 \
	tests/fuzz/fuzz-yaml
check_PROGRAMS += $(fuzzers)
tests_fuzz_fuzz_catalog_SOURCES = tests/fuzz/fuzz-catalog.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_catalog_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_columns_SOURCES = tests/fuzz/fuzz-columns.c $(fuzz_main)
tests_fuzz_fuzz_columns_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_confirm_SOURCES = tests/fuzz/fuzz-confirm.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_confirm_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link) $(wrap_journal)
tests_fuzz_fuzz_container_SOURCES = tests/fuzz/fuzz-container.c $(fuzz_main)
tests_fuzz_fuzz_container_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_context_SOURCES = tests/fuzz/fuzz-context.c $(fuzz_main)
tests_fuzz_fuzz_context_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz-csv.c $(fuzz_main)
tests_fuzz_fuzz_csv_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_files_SOURCES = tests/fuzz/fuzz-files.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_files_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link) -Wl,--wrap=io_now_usec
tests_fuzz_fuzz_format_SOURCES = tests/fuzz/fuzz-format.c $(fuzz_main)
tests_fuzz_fuzz_format_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_framing_SOURCES = tests/fuzz/fuzz-framing.c $(fuzz_main)
tests_fuzz_fuzz_framing_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_glob_SOURCES = tests/fuzz/fuzz-glob.c $(fuzz_main)
tests_fuzz_fuzz_glob_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_import_SOURCES = tests/fuzz/fuzz-import.c $(fuzz_main)
tests_fuzz_fuzz_import_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_key_value_SOURCES = tests/fuzz/fuzz-key-value.c $(fuzz_main)
tests_fuzz_fuzz_key_value_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_line_time_SOURCES = tests/fuzz/fuzz-line-time.c $(fuzz_main)
tests_fuzz_fuzz_line_time_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_native_SOURCES = tests/fuzz/fuzz-native.c $(fuzz_main)
tests_fuzz_fuzz_native_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_positions_SOURCES = tests/fuzz/fuzz-positions.c $(fuzz_main)
tests_fuzz_fuzz_positions_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_profile_SOURCES = tests/fuzz/fuzz-profile.c $(fuzz_main)
tests_fuzz_fuzz_profile_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_recognizer_SOURCES = tests/fuzz/fuzz-recognizer.c $(fuzz_main)
tests_fuzz_fuzz_recognizer_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_scan_SOURCES = tests/fuzz/fuzz-scan.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_scan_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_syslog_SOURCES = tests/fuzz/fuzz-syslog.c $(fuzz_main)
tests_fuzz_fuzz_syslog_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_utf16_SOURCES = tests/fuzz/fuzz-utf16.c $(fuzz_main)
tests_fuzz_fuzz_utf16_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz-yaml.c $(fuzz_main)
tests_fuzz_fuzz_yaml_LDFLAGS = $(AM_LDFLAGS) $(fuzz_link)
if FUZZERS
AM_CFLAGS += -fsanitize=fuzzer-no-link
fuzz_link = -fsanitize=fuzzer
fuzz_main =
else
fuzz_link =
fuzz_main = tests/fuzz/replay.c
replayed_fuzzers = $(fuzzers)
endif

# The input of the benchmarks in tests/bench, which nobody runs by accident.
bench_programs = tests/bench/generate tests/bench/hard-lines tests/bench/journal \
	tests/bench/native tests/bench/positions tests/bench/receive tests/bench/syslog-load tests/bench/yaml-events
check_PROGRAMS += $(bench_programs)
tests_bench_generate_LDADD =
tests_bench_hard_lines_SOURCES = tests/bench/hard-lines.c tests/bench/hard.h
tests_bench_journal_SOURCES = tests/bench/journal.c tests/system/program.h
tests_bench_journal_LDADD = $(SYSTEMD_LIBS)
tests_bench_receive_LDADD =
tests_bench_syslog_load_LDADD =
tests_bench_yaml_events_LDADD = $(YAML_LIBS)

# Beside the rivals that are installed. It takes long.
.PHONY: bench
bench: all $(bench_programs)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' $(srcdir)/tests/bench/run $(BENCH)

# Instructions of each stage, compared with those of an earlier commit.
.PHONY: check-perf
check-perf: all tests/bench/generate tests/bench/native tests/bench/syslog-load tests/system/receiver
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(srcdir)/tests/bench/check-perf $(PERF_BASE)

# What the system tests write and receive with; they run in a booted container and need root. None
# links the code under test.
system_programs = tests/system/crowd tests/system/flood tests/system/probe tests/system/receiver \
	tests/system/writer
tests_system_crowd_SOURCES = tests/system/crowd.c tests/system/program.h
tests_system_crowd_LDADD = $(SYSTEMD_LIBS)
tests_system_flood_SOURCES = tests/system/flood.c tests/system/program.h
tests_system_flood_LDADD = $(SYSTEMD_LIBS)
tests_system_probe_SOURCES = tests/system/probe.c
tests_system_probe_LDADD =
tests_system_receiver_SOURCES = tests/system/receiver.c
tests_system_receiver_LDADD =
tests_system_writer_SOURCES = tests/system/writer.c tests/system/program.h
tests_system_writer_LDADD =
.PHONY: check-system
check-system: all $(system_programs)
	@sysconfdir='$(sysconfdir)' top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(srcdir)/tests/system/run $(SYSTEM_TESTS)

# The fault tests: becaused, journald and the machine die at random moments; nothing may be lost or
# come twice. BECAUSE_FAULTS_SCALE=4 is a short run.
faults_programs = tests/faults/equal-files tests/faults/judge tests/faults/load tests/faults/stdio
check_PROGRAMS += $(faults_programs)
tests_faults_equal_files_SOURCES = tests/faults/equal-files.c tests/system/program.h
tests_faults_equal_files_LDADD =
tests_faults_judge_SOURCES = tests/faults/judge.c tests/system/program.h
tests_faults_judge_LDADD = $(SYSTEMD_LIBS)
tests_faults_load_SOURCES = tests/faults/load.c tests/system/program.h
tests_faults_load_LDADD = $(SYSTEMD_LIBS)
tests_faults_stdio_SOURCES = tests/faults/stdio.c tests/system/program.h
tests_faults_stdio_LDADD =
.PHONY: check-faults
check-faults: all $(system_programs) $(faults_programs)
	@BECAUSE_FAULTS_SCALE='$(BECAUSE_FAULTS_SCALE)' BECAUSE_FAULTS_SEED='$(BECAUSE_FAULTS_SEED)' \
		sysconfdir='$(sysconfdir)' top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(srcdir)/tests/faults/run $(FAULT_TESTS)

# The tests of the packages: they are built, judged, and installed where nothing of the project is yet.
.PHONY: check-packages
check-packages: all $(system_programs)
	@$(MAKE) $(AM_MAKEFLAGS) dist >/dev/null
	@sysconfdir='$(sysconfdir)' top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(srcdir)/tests/packages/run '$(abs_builddir)/$(distdir).tar.xz' $(PACKAGE_TESTS)

EXTRA_DIST += \
	tests/bench/catalog-size tests/bench/filter tests/bench/many-files \
	tests/bench/all-profiles tests/bench/check-perf tests/bench/journal-latency tests/bench/memory \
	tests/bench/journal-read tests/bench/journal-to-journal tests/bench/many-keys tests/bench/plot.awk \
	tests/bench/rivals/rsyslog.conf \
	tests/bench/rivals/syslog-ng.conf tests/bench/run tests/bench/state-size tests/bench/udp-rate \
	tests/bench/write-keys \
	tests/check-completions tests/check-demonstration \
	tests/check-documents tests/check-documents-fails tests/check-floors \
	tests/check-floors-fails tests/check-headers tests/check-install tests/check-manual \
	tests/check-manual-fails tests/check-manual-lint tests/check-prefix tests/check-tool \
	tests/check-versions tests/faults/10-kill.sh tests/faults/20-kill-files.sh \
	tests/faults/22-equal-files.sh tests/faults/24-stdio-writer.sh \
	tests/faults/30-journald-restart.sh tests/faults/32-journald-stop.sh \
	tests/faults/34-journald-hang.sh tests/faults/36-journald-kill.sh \
	tests/faults/40-vacuum.sh tests/faults/45-receiver.sh tests/faults/50-reboot.sh \
	tests/faults/60-rate-limit.sh tests/faults/70-idle.sh tests/faults/80-day.sh \
	tests/faults/85-loops.sh tests/faults/90-reload.sh tests/faults/lib.sh \
	tests/faults/run tests/fuzz/corpus tests/packages/10-debian.sh \
	tests/packages/20-make-install.sh tests/packages/lib.sh tests/packages/run tests/replay \
	tests/system/10-main-path.sh tests/system/12-platforms.sh tests/system/20-load.sh \
	tests/system/30-broken-configuration.sh tests/system/40-restart.sh tests/system/42-parts.sh \
	tests/system/50-sandbox.sh tests/system/60-neighbors.sh tests/system/70-files.sh \
	tests/system/71-real-files.sh tests/system/72-logrotate.sh tests/system/74-syslog-in.sh \
	tests/system/76-syslog-out.sh \
	tests/system/78-sinks.sh tests/system/80-reader.sh tests/system/82-resources.sh \
	tests/system/84-service.sh tests/system/86-instances.sh tests/system/88-hostile.sh tests/system/90-fleet.sh \
	tests/system/94-context.sh tests/system/96-recipes.sh \
	tests/system/debian.sh tests/system/lib.sh tests/system/run tests/unit/container-reader.h tests/unit/journald-life.h \
	tests/unit/journald-model.h tests/unit/native-decode.h tests/unit/test-catalog.h \
	tests/unit/test-files.h tests/unit/test-tail.h tests/unit/test-finding.h tests/unit/test-flow.h \
	tests/unit/test-reload.h \
	tests/unit/test-identity.h tests/unit/test-journal.h tests/unit/test-memory.h \
	tests/unit/test-profile.h tests/unit/test-setup.h tests/unit/test-socket.h \
	tests/unit/test-syslog-source.h \
	tests/unit/test-bind.h tests/unit/test-key-value.h tests/unit/test-wiring.h tests/unit/test.h tests/valgrind.supp

# Of a directory, automake also takes what a build has put there: the result of tests/replay/run, with which
# make check in the release would not run it.
dist-hook:
	find '$(distdir)' '(' -name '*.log' -o -name '*.trs' ')' -exec rm -f {} +
