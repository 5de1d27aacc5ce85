# syntax=docker/dockerfile:1
FROM python:3.14-slim AS build
RUN python -m venv /opt/abi
COPY requirements.txt .
RUN /opt/abi/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.14-slim
RUN useradd --uid 1000 --create-home abi && install --directory --owner=abi --group=abi --mode=0700 /data
COPY --from=build /opt/abi /opt/abi
WORKDIR /app
COPY pyproject.toml ./
COPY connectors connectors
COPY bot bot
COPY cogs cogs
ENV PATH=/opt/abi/bin:$PATH PYTHONUNBUFFERED=1 ABI_DATA_DIR=/data PORT=8080
RUN python -m compileall -q bot cogs connectors
USER abi
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-m", "bot.process.ask_health"]
CMD ["python", "-m", "bot"]
