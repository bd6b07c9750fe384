# Everything but the two mains, bottom floor first. Tests and fuzzers link this and nothing else.
noinst_LIBRARIES = libbecause.a
libbecause_a_SOURCES = \
	src/base/address.c src/base/address.h \
	src/base/arena.c src/base/arena.h \
	src/base/array.c src/base/array.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/byte-queue.c src/base/byte-queue.h \
	src/base/cleanup.h \
	src/base/diag.c src/base/diag.h \
	src/base/io.c src/base/io.h \
	src/base/log.c src/base/log.h \
	src/base/rate-limit.c src/base/rate-limit.h \
	src/base/suggestion.c src/base/suggestion.h \
	src/base/text.c src/base/text.h \
	src/base/csv/csv.c src/base/csv/csv.h \
	src/base/terminal/color.c src/base/terminal/color.h \
	src/base/terminal/option-errors.c src/base/terminal/option-errors.h \
	src/base/yaml/schema.c src/base/yaml/schema.h \
	src/base/yaml/yaml.c src/base/yaml/yaml.h \
	src/record/finding.c src/record/finding.h \
	src/record/message-ids.c src/record/message-ids.h \
	src/record/own-elements.c src/record/own-elements.h \
	src/record/record.c src/record/record.h \
	src/record/severity.c src/record/severity.h \
	src/cause/catalog.c src/cause/catalog.h \
	src/cause/enrich.c src/cause/enrich.h \
	src/cause/examples.c src/cause/examples.h \
	src/cause/ignored.c src/cause/ignored.h \
	src/cause/known-brackets.c src/cause/known-brackets.h \
	src/cause/profile.c src/cause/profile.h \
	src/cause/recognizer.c src/cause/recognizer.h \
	src/cause/search/characters/color.c src/cause/search/characters/color.h \
	src/cause/search/characters/double-byte.c src/cause/search/characters/double-byte.h \
	src/cause/search/characters/written.c src/cause/search/characters/written.h \
	src/cause/search/key-value.c src/cause/search/key-value.h \
	src/cause/search/pattern-excerpt.c src/cause/search/pattern-excerpt.h \
	src/cause/search/pattern.c src/cause/search/pattern.h \
	src/cause/search/scan.c src/cause/search/scan.h \
	src/cause/slow-lines.c src/cause/slow-lines.h \
	src/wire/container-lines.c src/wire/container-lines.h \
	src/wire/encode-options.h \
	src/wire/format.c src/wire/format.h \
	src/wire/framing.c src/wire/framing.h \
	src/wire/json.c src/wire/json.h \
	src/wire/native.c src/wire/native.h \
	src/wire/rfc3164-encode.c src/wire/rfc3164-encode.h \
	src/wire/rfc5424-encode.c src/wire/rfc5424-encode.h \
	src/wire/syslog-decode.c src/wire/syslog-decode.h \
	src/wire/timestamp.c src/wire/timestamp.h \
	src/wire/utf16.c src/wire/utf16.h \
	src/journal/cursor.c src/journal/cursor.h \
	src/journal/fields.c src/journal/fields.h \
	src/journal/handle.c src/journal/handle.h \
	src/journal/own-entries.c src/journal/own-entries.h \
	src/source/source.h \
	src/source/stream-source.c src/source/stream-source.h \
	src/source/files/copies.c src/source/files/copies.h \
	src/source/files/discover.c src/source/files/discover.h \
	src/source/files/files-options.c src/source/files/files-options.h \
	src/source/files/files-source.c src/source/files/files-source.h \
	src/source/files/files-state.c src/source/files/files-state.h \
	src/source/files/followed.c src/source/files/followed.h \
	src/source/files/held-files.c src/source/files/held-files.h \
	src/source/files/position.c src/source/files/position.h \
	src/source/files/reports.c src/source/files/reports.h \
	src/source/files/rotated.c src/source/files/rotated.h \
	src/source/files/saved.c src/source/files/saved.h \
	src/source/files/tail.c src/source/files/tail.h \
	src/source/files/disk/complaints.c src/source/files/disk/complaints.h \
	src/source/files/disk/content.c src/source/files/disk/content.h \
	src/source/files/disk/glob-search.c src/source/files/disk/glob-search.h \
	src/source/files/disk/glob-syntax.c src/source/files/disk/glob-syntax.h \
	src/source/files/disk/glob.c src/source/files/disk/glob.h \
	src/source/files/disk/path-warnings.c src/source/files/disk/path-warnings.h \
	src/source/files/disk/paths.c src/source/files/disk/paths.h \
	src/source/files/disk/remote.c src/source/files/disk/remote.h \
	src/source/files/disk/rotation-names.c src/source/files/disk/rotation-names.h \
	src/source/files/disk/status.c src/source/files/disk/status.h \
	src/source/files/disk/symlink.c src/source/files/disk/symlink.h \
	src/source/files/disk/watch.c src/source/files/disk/watch.h \
	src/source/journal/boot.c src/source/journal/boot.h \
	src/source/journal/journal-directories.c src/source/journal/journal-directories.h \
	src/source/journal/journal-options.c src/source/journal/journal-options.h \
	src/source/journal/journal-source.c src/source/journal/journal-source.h \
	src/source/journal/matches.c src/source/journal/matches.h \
	src/source/journal/parts.c src/source/journal/parts.h \
	src/source/journal/parts-history.c src/source/journal/parts-history.h \
	src/source/journal/position-order.c src/source/journal/position-order.h \
	src/source/journal/reader.c src/source/journal/reader.h \
	src/source/journal/reposition.c src/source/journal/reposition.h \
	src/source/journal/sequence.c src/source/journal/sequence.h \
	src/source/syslog/frame-reader.c src/source/syslog/frame-reader.h \
	src/source/syslog/listener.c src/source/syslog/listener.h \
	src/source/syslog/sessions.c src/source/syslog/sessions.h \
	src/source/syslog/syslog-options.c src/source/syslog/syslog-options.h \
	src/source/syslog/syslog-source.c src/source/syslog/syslog-source.h \
	src/source/syslog/troubles.c src/source/syslog/troubles.h \
	src/sink/sink.h \
	src/sink/stream-sink.c src/sink/stream-sink.h \
	src/sink/journal/barrier.c src/sink/journal/barrier.h \
	src/sink/journal/confirm.c src/sink/journal/confirm.h \
	src/sink/journal/in-flight.c src/sink/journal/in-flight.h \
	src/sink/journal/journal-sink-options.c src/sink/journal/journal-sink-options.h \
	src/sink/journal/journal-sink.c src/sink/journal/journal-sink.h \
	src/sink/journal/native-socket.c src/sink/journal/native-socket.h \
	src/sink/journal/readback.c src/sink/journal/readback.h \
	src/sink/socket/connection.c src/sink/socket/connection.h \
	src/sink/socket/reconnect.c src/sink/socket/reconnect.h \
	src/sink/socket/resolve.c src/sink/socket/resolve.h \
	src/sink/socket/socket-options.c src/sink/socket/socket-options.h \
	src/sink/socket/socket-sink.c src/sink/socket/socket-sink.h \
	src/sink/socket/tls.c src/sink/socket/tls.h \
	src/sink/socket/window.c src/sink/socket/window.h \
	src/flow/counts.c src/flow/counts.h \
	src/flow/event-rules.c src/flow/event-rules.h \
	src/flow/input.c src/flow/input.h \
	src/flow/line-filter.c src/flow/line-filter.h \
	src/flow/output.c src/flow/output.h \
	src/flow/pending.c src/flow/pending.h \
	src/flow/pipeline.c src/flow/pipeline.h \
	src/flow/puller.c src/flow/puller.h \
	src/flow/recovery.c src/flow/recovery.h \
	src/flow/rewiring.c src/flow/rewiring.h \
	src/flow/unknown-codes.c src/flow/unknown-codes.h \
	src/flow/wiring.c src/flow/wiring.h \
	src/flow/setup/check-setup.c src/flow/setup/check-setup.h \
	src/flow/setup/configuration.c src/flow/setup/configuration.h \
	src/flow/setup/kinds.c src/flow/setup/kinds.h \
	src/flow/setup/library.c src/flow/setup/library.h \
	src/flow/setup/own-address.c src/flow/setup/own-address.h \
	src/flow/setup/service-access.c src/flow/setup/service-access.h \
	src/flow/setup/setup.c src/flow/setup/setup.h \
	src/flow/setup/tls-files.c src/flow/setup/tls-files.h \
	src/flow/state/positions.c src/flow/state/positions.h \
	src/flow/state/state-directory.c src/flow/state/state-directory.h \
	src/daemon/metrics.c src/daemon/metrics.h \
	src/daemon/notify-status.c src/daemon/notify-status.h \
	src/daemon/own-unit.c src/daemon/own-unit.h \
	src/daemon/publisher.c src/daemon/publisher.h \
	src/daemon/reload.c src/daemon/reload.h \
	src/daemon/report.c src/daemon/report.h \
	src/daemon/watchdog.c src/daemon/watchdog.h \
	src/tool/import/catalog-text.c src/tool/import/catalog-text.h \
	src/tool/import/names.c src/tool/import/names.h \
	src/tool/import/rows.h \
	src/tool/import/slug.c src/tool/import/slug.h \
	src/tool/import/table.c src/tool/import/table.h

sbin_PROGRAMS = becaused
becaused_SOURCES = src/daemon/main.c
becaused_LDADD = $(program_libs)

bin_PROGRAMS = because
because_SOURCES = \
	src/tool/cause-json.c src/tool/cause-json.h \
	src/tool/check.c \
	src/tool/explain.c \
	src/tool/filter.c \
	src/tool/import.c \
	src/tool/list.c \
	src/tool/main.c \
	src/tool/pager.c src/tool/pager.h \
	src/tool/progress.c src/tool/progress.h \
	src/tool/screen.c src/tool/screen.h \
	src/tool/tool.c src/tool/tool.h
because_LDADD = $(program_libs)
