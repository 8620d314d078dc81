# syntax=docker/dockerfile:1
# Two images of one source: `web` knows no PyTorch, `worker` carries it and the pretrained weights.
ARG PYTHON=3.11-slim-bookworm
ARG NODE=22-bookworm-slim

FROM node:${NODE} AS node

FROM node AS frontend
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

# The source of what runs, as the AGPL asks: the build context, packed before anything is added to it.
FROM python:${PYTHON} AS source
COPY . /frameloop
RUN tar -C / -czf /source.tar.gz frameloop

FROM python:${PYTHON} AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DJANGO_SETTINGS_MODULE=config.settings FRAMELOOP_FOLDER=/data FRAMELOOP_WEIGHTS=/weights BEAT_SCHEDULE=/data/beat-schedule
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin frameloop \
    && install -d -o frameloop -g frameloop /data /weights
WORKDIR /app

FROM base AS web
COPY requirements-web.lock ./
RUN pip install -r requirements-web.lock
COPY . .
COPY --from=frontend /app/frontend/dist frontend/dist
COPY --from=source /source.tar.gz ./
USER frameloop
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--backpressure", "64", "--respawn-failed-workers", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "config.wsgi:application"]

FROM base AS worker
COPY pyproject.toml requirements.lock ./
# What pyproject.toml names for a worker, in the versions that the lock names. Both OpenCV packages bring cv2, and
# the last one keeps it: it has to be the one that needs no libGL.
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*p['dependencies'], *p['optional-dependencies']['worker'], sep='\n')" > wanted.txt \
    && pip install -c requirements.lock -r wanted.txt \
    && pip install --no-deps --force-reinstall "$(grep -o '^opencv-python-headless==[^ ;]*' requirements.lock)"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
# Blender, for rendered scenes, in an environment of its own: it pins an older NumPy.
COPY requirements-blender.lock ./
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libegl1 libgl1 libsm6 libxfixes3 libxi6 libxkbcommon0 libxrender1 libxxf86vm1 \
    && rm -rf /var/lib/apt/lists/* \
    && python -m venv .venv-blender && .venv-blender/bin/pip install -r requirements-blender.lock
COPY . .
RUN python -m vision.weights fetch --to /weights && python -m vision.weights fetch segmenter --to /weights
USER frameloop
CMD ["celery", "-A", "config", "worker", "-Q", "default", "-n", "default@%h", "-P", "prefork", "-c", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
