# Without a target this is Salus alone. `--target validator` adds the engine: compose.network.yaml.
FROM golang:1.26 AS go

FROM python:3.11 AS engine
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH
WORKDIR /build
COPY src/salus/kernel/errors.py src/salus/kernel/
COPY src/salus/surfaces/network/engine.py src/salus/surfaces/network/errors.py src/salus/surfaces/network/
COPY tools/engine.py tools/
RUN PYTHONPATH=src python -m tools.engine

FROM python:3.11-slim AS salus
WORKDIR /build
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY src src
RUN pip install --no-cache-dir --no-deps . && rm -rf /build
WORKDIR /
ENV SALUS_HOME=/salus SALUS_LANGUAGE=en
ENTRYPOINT ["salus"]
CMD ["--help"]

FROM salus AS validator
COPY --from=engine /build/build/engine /opt/engine
ENV SALUS_NETWORK_ENGINE=/opt/engine

FROM salus
