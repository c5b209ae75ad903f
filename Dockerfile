# The smallest image that chaperone can be init of: the binary, its links, the C library and nothing
# else. `deno task build` lays it out in dist/rootfs; then `podman build -t chaperone .`
#
# To add chaperone to an image that has glibc already (Debian, Ubuntu, Fedora), take the one file:
#
#   FROM debian:bookworm-slim
#   COPY --from=chaperone /chaperone /usr/local/bin/chaperone
#   RUN cd /usr/local/bin && for name in telchap envcp sdnotify sdnotify-exec; \
#       do ln -s chaperone "$name"; done
#   COPY chaperone.d /etc/chaperone.d
#   ENTRYPOINT ["/usr/local/bin/chaperone"]
FROM scratch
COPY dist/rootfs/ /
ENTRYPOINT ["/chaperone"]
