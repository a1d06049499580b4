FROM python:3.11-slim
WORKDIR /build
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY src src
RUN pip install --no-cache-dir --no-deps . && rm -rf /build
WORKDIR /
ENV SALUS_HOME=/salus SALUS_LANGUAGE=en
ENTRYPOINT ["salus"]
CMD ["--help"]
