# Patrol in one image; docker-compose.yml runs it as web, worker, beat and sweeper.
FROM python:3.12.12-slim-bookworm AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/base.txt /requirements.txt
RUN python -m venv /opt/patrol && /opt/patrol/bin/pip install --quiet --require-hashes -r /requirements.txt

# The simulated GitHub is for the demo and the tests; a production image does not hold it.
FROM python:3.12.12-slim-bookworm AS program
WORKDIR /srv/patrol
COPY manage.py ./
COPY config config
COPY apps apps
COPY static static
COPY templates templates
RUN rm -r apps/simulator && python -m compileall -q apps config

FROM python:3.12.12-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/patrol patrol \
    && install --directory --owner patrol --mode 700 /var/lib/patrol/data
COPY --from=environment /opt/patrol /opt/patrol
COPY --from=program /srv/patrol /srv/patrol
WORKDIR /srv/patrol
ENV PATH=/opt/patrol/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 \
    PATROL_DATA_DIR=/var/lib/patrol/data
USER 10001
VOLUME /var/lib/patrol/data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["granian", "config.wsgi:application", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "8", "--backpressure", "64", "--no-ws", "--respawn-failed-workers"]
