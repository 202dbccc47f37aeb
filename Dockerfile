# Tocsin in one image, from the pinned versions; `tocsin` is the entry point.
FROM python:3.12-slim AS build
WORKDIR /src
# Some architectures have no ready wheel of faust-streaming; the compiler stays in this stage.
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
RUN python -m venv /opt/tocsin
COPY constraints.txt ./
ENV PIP_CONSTRAINT=/src/constraints.txt PIP_BUILD_CONSTRAINT=/src/constraints.txt \
    PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml README.md LICENSE ./
COPY detectors detectors
COPY routing routing
COPY config config
COPY streams streams
COPY console console
RUN /opt/tocsin/bin/pip install '.[charts,apprise,pagerduty]'
# Kernels for any machine, not for the one that builds.
ENV NUMBA_CPU_NAME=generic
RUN cd / && /opt/tocsin/bin/python -m detectors.kernels streams.kernels

FROM python:3.12-slim
RUN useradd --system --no-create-home --home-dir /nonexistent tocsin
COPY --from=build /opt/tocsin /opt/tocsin
ENV PATH=/opt/tocsin/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=/tmp \
    NUMBA_CPU_NAME=generic
USER tocsin
WORKDIR /tmp
EXPOSE 8080
ENTRYPOINT ["tocsin"]
CMD ["--help"]
