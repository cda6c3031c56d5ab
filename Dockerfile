# One image for every service of docker-compose.yml and of deploy/ecs: what differs is the command.
FROM python:3.13-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
# Dependencies first: this layer is made anew only when the lock file changes.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project
COPY steampulse_dagster ./steampulse_dagster
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.13-slim-bookworm
# The id is fixed, so that a volume keeps its owner from one release to the next.
RUN groupadd --system --gid 10001 steampulse \
    && useradd --system --uid 10001 --gid steampulse --home-dir /var/lib/steampulse --shell /usr/sbin/nologin steampulse \
    && install --directory --owner=steampulse --group=steampulse /var/lib/steampulse
WORKDIR /app
COPY --from=build /app/.venv ./.venv
COPY dagster.yaml workspace.yaml ./
COPY deploy/ecs/dagster.yaml ./deploy/ecs/dagster.yaml
# Dagster makes these in its home, which is read-only later; nothing is written to them, its telemetry being off.
RUN mkdir logs .logs_queue deploy/ecs/logs deploy/ecs/.logs_queue
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/app \
    STEAMPULSE_DATA_DIR=/var/lib/steampulse \
    STEAMPULSE_LOG_FORMAT=json \
    LOG_LEVEL=INFO
# Declared, so that a volume mounted here belongs to the user below on every engine.
VOLUME ["/var/lib/steampulse", "/tmp"]
USER 10001
# Works out Dagster's database from DATABASE_URL, wherever that comes from, and becomes the command.
ENTRYPOINT ["steampulse", "exec"]
CMD ["steampulse", "--help"]
