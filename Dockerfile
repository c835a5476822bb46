# actionmatchd on Debian. `docker build -t actionmatch .`
FROM docker.io/library/debian:bookworm AS build
WORKDIR /source
COPY deploy/packages.txt deploy/install.sh deploy/
RUN deploy/install.sh build
COPY CMakeLists.txt CMakePresets.json ./
COPY proto proto
COPY core core
COPY server server
COPY client client
RUN cmake --preset release -DACTIONMATCH_TESTS=OFF \
    && cmake --build --preset release --parallel "$(nproc)" \
    && strip build/release/bin/actionmatchd build/release/bin/actionmatch

FROM docker.io/library/debian:bookworm
COPY deploy/packages.txt deploy/install.sh /tmp/deploy/
RUN /tmp/deploy/install.sh run && rm -rf /tmp/deploy /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin actionmatch \
    && install -d -o actionmatch -g actionmatch /data
COPY deploy/health.sh /usr/local/bin/actionmatch-health
COPY --from=build /source/build/release/bin/actionmatchd /source/build/release/bin/actionmatch /usr/local/bin/
USER 10001
VOLUME /data
EXPOSE 7447 7448
ENV ACTIONMATCH_DATA_DIR=/data \
    ACTIONMATCH_LISTEN=0.0.0.0:7447 \
    ACTIONMATCH_METRICS_LISTEN=0.0.0.0:7448
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["actionmatch-health"]
ENTRYPOINT ["actionmatchd"]
CMD ["serve"]
