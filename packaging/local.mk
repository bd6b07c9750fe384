# What is installed besides the programs.
becausedconfdir = $(sysconfdir)/becaused
catalogsdir = $(datadir)/becaused/catalogs
dist_catalogs_DATA = \
	etc/catalogs/amazon-connect.yaml \
	etc/catalogs/asterisk-dialstatus.yaml \
	etc/catalogs/asterisk-queue.yaml \
	etc/catalogs/audiocodes.yaml \
	etc/catalogs/cisco-cucm.yaml \
	etc/catalogs/cisco-gateway.yaml \
	etc/catalogs/cisco-ucce.yaml \
	etc/catalogs/freeswitch.yaml \
	etc/catalogs/genesys-cloud.yaml \
	etc/catalogs/genesys-tserver.yaml \
	etc/catalogs/huawei-cec-outbound.yaml \
	etc/catalogs/huawei-cec.yaml \
	etc/catalogs/ims-release-cause.yaml \
	etc/catalogs/nas-5gmm.yaml \
	etc/catalogs/nas-emm.yaml \
	etc/catalogs/ngap-misc.yaml \
	etc/catalogs/ngap-nas.yaml \
	etc/catalogs/ngap-protocol.yaml \
	etc/catalogs/ngap-radio.yaml \
	etc/catalogs/ngap-transport.yaml \
	etc/catalogs/q850.yaml \
	etc/catalogs/radius-terminate.yaml \
	etc/catalogs/s1ap-misc.yaml \
	etc/catalogs/s1ap-nas.yaml \
	etc/catalogs/s1ap-protocol.yaml \
	etc/catalogs/s1ap-radio.yaml \
	etc/catalogs/s1ap-transport.yaml \
	etc/catalogs/sip.yaml \
	etc/catalogs/smpp.yaml \
	etc/catalogs/teams-direct-routing.yaml \
	etc/catalogs/twilio-voice.yaml \
	etc/catalogs/webex-calling.yaml
profilesdir = $(datadir)/becaused/profiles
dist_profiles_DATA = \
	etc/profiles/amazon-connect.yaml \
	etc/profiles/asterisk.yaml \
	etc/profiles/audiocodes-radius.yaml \
	etc/profiles/audiocodes.yaml \
	etc/profiles/cisco-cucm.yaml \
	etc/profiles/cisco-ios.yaml \
	etc/profiles/cisco-ucce.yaml \
	etc/profiles/free5gc.yaml \
	etc/profiles/freeswitch.yaml \
	etc/profiles/genesys-cloud.yaml \
	etc/profiles/genesys-tserver.yaml \
	etc/profiles/huawei-cec-outbound.yaml \
	etc/profiles/huawei-cec.yaml \
	etc/profiles/jasmin.yaml \
	etc/profiles/kamailio.yaml \
	etc/profiles/kannel.yaml \
	etc/profiles/open5gs.yaml \
	etc/profiles/radius.yaml \
	etc/profiles/sip-trace.yaml \
	etc/profiles/sip.yaml \
	etc/profiles/teams-direct-routing.yaml \
	etc/profiles/twilio.yaml \
	etc/profiles/webex-calling.yaml
dist_systemdcatalog_DATA = systemd/becaused.catalog
systemdsystemunit_DATA = systemd/becaused.service systemd/becaused@.service
dist_systemdsystemunit_DATA = systemd/becaused-syslog.socket
dist_man_MANS = \
	man/because.1 \
	man/becaused-catalog.5 \
	man/becaused-platforms.7 \
	man/becaused-profile.5 \
	man/becaused-recipes.7 \
	man/becaused.yaml.5 \
	man/becaused.8
bashcompletionsdir = $(datadir)/bash-completion/completions
dist_bashcompletions_DATA = completions/bash/because completions/bash/becaused
dist_zshcompletions_DATA = completions/zsh/_because completions/zsh/_becaused
fishcompletionsdir = $(datadir)/fish/vendor_completions.d
dist_fishcompletions_DATA = completions/fish/because.fish completions/fish/becaused.fish
# Drop-ins that administrators copy.
dist_doc_DATA = systemd/network.conf systemd/origin.conf
# For programs that people have beside becaused; see becaused-recipes(7).
contribgrafanadir = $(docdir)/contrib/grafana
dist_contribgrafana_DATA = contrib/grafana/becaused.json
contriblnavdir = $(docdir)/contrib/lnav
dist_contriblnav_DATA = contrib/lnav/becaused.json
contribprometheusdir = $(docdir)/contrib/prometheus
dist_contribprometheus_DATA = contrib/prometheus/becaused-alerts-test.yaml \
	contrib/prometheus/becaused-alerts.yaml

# The service and its template have one source, and differ in nothing but these words. Lines with #@
# are for readers of the template.
CLEANFILES = $(systemdsystemunit_DATA)
unit_source = systemd/becaused.service.in
make_unit = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) \
	-e 's|[@]sbindir[@]|$(sbindir)|g' -e 's|[@]becausedconfdir[@]|$(becausedconfdir)|g'
systemd/becaused.service: $(unit_source) Makefile
	$(make_unit) -e '/^#@/,/^$$/d' -e 's|[@]of_instance[@]||' -e 's|[@]options[@]||' \
		$(srcdir)/$(unit_source) > $@
systemd/becaused@.service: $(unit_source) Makefile
	$(make_unit) -e 's|^#@|#|' -e 's|[@]of_instance[@]| (%i)|' \
		-e 's|[@]options[@]| --config "$(becausedconfdir)/%i.yaml"|' \
		$(srcdir)/$(unit_source) > $@

# A configuration that was changed is neither overwritten nor removed.
configuration = $(DESTDIR)$(becausedconfdir)/becaused.yaml
install-data-local: public-directories
	@if ! test -e '$(configuration)'; then \
		echo "$(INSTALL_DATA) etc/becaused.yaml '$(configuration)'"; \
		$(INSTALL_DATA) '$(srcdir)/etc/becaused.yaml' '$(configuration)'; \
	elif ! cmp -s '$(srcdir)/etc/becaused.yaml' '$(configuration)'; then \
		echo "'$(configuration)' differs from etc/becaused.yaml, keeping it"; \
	fi
# The service runs and reads it all as a user of its own, whatever the umask of root is.
.PHONY: public-directories
public-directories:
	@umask 022 && $(MAKE) $(AM_MAKEFLAGS) installdirs >/dev/null
install-binPROGRAMS install-sbinPROGRAMS install-man1 install-man5 install-man7 install-man8 \
install-dist_catalogsDATA install-dist_profilesDATA install-dist_systemdcatalogDATA \
install-systemdsystemunitDATA install-dist_systemdsystemunitDATA install-dist_docDATA \
install-dist_contribgrafanaDATA install-dist_contriblnavDATA install-dist_contribprometheusDATA \
install-dist_bashcompletionsDATA install-dist_zshcompletionsDATA install-dist_fishcompletionsDATA: public-directories
# Where administrators put catalogs and profiles of their own.
installdirs-local:
	@$(MKDIR_P) '$(DESTDIR)$(becausedconfdir)/catalogs' '$(DESTDIR)$(becausedconfdir)/profiles'
uninstall-local:
	@if cmp -s '$(srcdir)/etc/becaused.yaml' '$(configuration)'; then \
		rm -f '$(configuration)'; \
	elif test -e '$(configuration)'; then \
		echo "'$(configuration)' differs from etc/becaused.yaml, keeping it"; \
	fi
# With DESTDIR, files are copied and nothing else is done. Programs and data are installed in any order,
# so only the later of the two hooks finds everything there.
activate = test -n '$(DESTDIR)' || $(SHELL) '$(srcdir)/packaging/activate'
activate_args = '$(systemdsystemunitdir)' '$(sbindir)'
install-exec-hook:
	@$(activate) install $(activate_args)
install-data-hook:
	@$(activate) install $(activate_args)
# The directories that are ours alone, if they are empty.
uninstall-hook:
	@$(activate) uninstall $(activate_args)
	@for dir in '$(catalogsdir)' '$(profilesdir)' '$(datadir)/becaused' '$(becausedconfdir)/catalogs' \
		'$(becausedconfdir)/profiles' '$(becausedconfdir)' '$(docdir)/contrib/grafana' \
		'$(docdir)/contrib/lnav' '$(docdir)/contrib/prometheus' '$(docdir)/contrib' '$(docdir)'; do \
		rmdir "$(DESTDIR)$$dir" 2>/dev/null || :; \
	done

EXTRA_DIST += \
	debian/becaused.docs debian/becaused.postinst debian/becaused.postrm \
	debian/becaused.prerm debian/changelog debian/control debian/copyright debian/rules \
	debian/source/format debian/source/lintian-overrides etc/becaused.yaml packaging/activate \
	packaging/becaused.spec systemd/becaused.service.in
