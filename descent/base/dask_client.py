"""A Dask cluster to work on: found within seconds, or told in a sentence why not.

A cluster's answers are executed as Python reads them: only use one on a network that you trust, or with TLS.
"""

import asyncio
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from descent.base.errors import DescentError, reason
from descent.base.extras import how_to_install

PATIENCE = 8.0  # seconds to find the scheduler, and then a worker


@dataclass(frozen=True, slots=True)
class Tls:
    """Files that make the connection secure, as Dask's configuration calls them; what is not given comes from there.

    Attributes:
        ca_file: Certificates of those who are trusted.
        client_cert: Our certificate.
        client_key: Its key.
    """

    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None


def connected(address: str, tls: Tls | None = None) -> Any:
    """A Dask client of a cluster that has a worker; close it in the end.

    Args:
        address: The scheduler's, such as ``tcp://10.0.0.5:8786``, or ``tls://…``.
        tls: What ``tls://`` needs, where Dask's own configuration does not say it.

    Raises:
        DescentError: If no scheduler answers there within 8 s, it has no worker, or the package ``distributed`` is
            missing.
    """
    if find_spec("distributed") is None:
        raise DescentError(f"a cluster needs the package distributed: {how_to_install('cluster')}.")
    distributed: Any = import_module("distributed")
    for name in ("distributed", "asyncio", "tornado"):  # what they would log is told in a sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        security = _security(distributed, tls)
        with ThreadPoolExecutor(1) as apart:  # a notebook has a loop of its own in this thread
            apart.submit(lambda: asyncio.run(asyncio.wait_for(_greet(address, security), PATIENCE))).result()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the versions that matter are compared by the workers
            client = distributed.Client(address, timeout=PATIENCE, set_as_default=False, security=security)
    except TimeoutError as error:
        raise DescentError(_unanswered(address, f"nothing came within {PATIENCE:g} s")) from error
    except Exception as error:  # whatever an address of nonsense, or what is said there, leads to
        raise DescentError(_unanswered(address, reason(error))) from None
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        client.close(timeout=5)
        raise DescentError(
            f"the cluster at {address} has no workers; start some with `dask worker {address}`."
        ) from error
    return client


async def _greet(address: str, security: Any) -> None:
    """See that a scheduler answers: what merely accepts a connection would be waited for without end."""
    core: Any = import_module("distributed.comm.core")
    comm = await core.connect(address, timeout=PATIENCE, **security.get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        answer = await comm.read()
    finally:
        comm.abort()
    if not isinstance(answer, dict) or answer.get("type") != "Scheduler":
        raise DescentError("what answers is no scheduler")


def _security(distributed: Any, tls: Tls | None) -> Any:
    given = {} if tls is None else {f"tls_{name}": str(file) for name, file in asdict(tls).items() if file}
    return distributed.Security(**given)


def _unanswered(address: str, why: str) -> str:
    secure = ", with --tls-ca, --tls-cert and --tls-key or Dask's own configuration" if "tls:" in address else ""
    return (
        f"no Dask scheduler answers at {address!r} ({why}); start one with `dask scheduler`, and give its address, "
        f"such as tcp://localhost:8786{secure}."
    )
