# chaperone as an image of its own, without a configuration: to mount one, as config/kubernetes does, or
# to copy from. `deno task build` lays out dist/rootfs: the binary, its links, the C library and nothing
# else. Then `podman build -t chaperone .`
#
# Images to begin one's own with, for scratch, Debian and Alpine, are in config/images. They have a
# configuration, and so a HEALTHCHECK: it asks where the setting `http` says.
FROM scratch
ARG ROOTFS=dist/rootfs
COPY ${ROOTFS}/ /
LABEL org.opencontainers.image.title="chaperone" \
      org.opencontainers.image.description="An init for containers: supervisor, syslog, cron and sd_notify in one binary" \
      org.opencontainers.image.version="0.5.0" \
      org.opencontainers.image.licenses="Apache-2.0"
STOPSIGNAL SIGTERM
ENTRYPOINT ["/chaperone"]
