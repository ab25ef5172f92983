# Barn's image: Node, one file, and the page that it serves. Nothing is installed, neither when it is built nor when it runs.
#
#   npm ci && npm run build
#   docker build --build-arg NODE_IMAGE=<repository> --build-arg NODE_DIGEST=sha256:<...> \
#                --build-arg BASE_IMAGE=<repository> --build-arg BASE_DIGEST=sha256:<...> -t <your repository>/cachefarm:<version> .
#
# `npm run try-image` builds and tries it without an engine and a registry (docs/kubernetes.md).
# NODE_IMAGE: the official image of Node 20.19 or newer, of which only /usr/local/bin/node is taken.
# BASE_IMAGE: glibc and libstdc++ of the same Debian and no more; a "distroless" one will do: there is no need for a shell.
# Both only by digest: a tag can be another image tomorrow.
ARG NODE_IMAGE
ARG NODE_DIGEST
ARG BASE_IMAGE
ARG BASE_DIGEST

FROM ${NODE_IMAGE}@${NODE_DIGEST} AS node

FROM ${BASE_IMAGE}@${BASE_DIGEST}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
# With modes of its own: those of a clone made under a strict umask would keep the image's user from what it serves. 0555, as folders have it too.
COPY --chmod=0555 LICENSE lib/cachefarm.licenses.txt /usr/share/doc/cachefarm/
COPY --chmod=0555 lib/cachefarm.cjs /usr/local/bin/cachefarm
# The page that Barn serves, with the licences of what is in it; the program looks for it here (src/cli/page-folder.ts).
COPY --chmod=0555 lib/web /usr/local/share/cachefarm/web
ENV PATH="/usr/local/bin:/usr/bin:/bin"
# No /etc/passwd knows the user below: where a runtime sets no HOME, Node cannot say what it is.
ENV HOME="/"
# Else the young generation of V8 grows to 3 x 16 MB, nearly all of it garbage: 20 to 40 MB more for the same work (npm run bench:start).
# The old generation is not limited here: Node takes half of the container's memory limit.
ENV NODE_OPTIONS="--max-semi-space-size=2"
# As the manifests have it (constructs/hardened-pod.ts): a number, so that runAsNonRoot can be checked. Its root file system may be read-only.
USER 10999:10999
WORKDIR /
STOPSIGNAL SIGTERM
ENTRYPOINT ["cachefarm"]
CMD ["--help"]
