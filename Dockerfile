# descent in a container:
#   docker build --tag descent .
#   docker run --rm --volume "$PWD:/work" descent render MomentumEscapes --profile slides
# For the processor alone, which is gigabytes smaller, see "CPU only" in docs/install.md:
#   docker build --tag descent --build-arg TORCH_INDEX=… .
FROM python:3.12-slim
ARG TORCH_INDEX=
COPY . /descent
RUN sh /descent/setup/install.sh python3
WORKDIR /work
ENTRYPOINT ["descent"]
