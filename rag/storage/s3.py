"""Objects in a bucket of an S3-compatible store, each written whole or not at all."""

import hashlib
import io
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.credentials.providers import (
    AWSConfigProvider,
    ChainedProvider,
    EnvAWSProvider,
    StaticProvider,
)
from minio.deleteobjects import DeleteObject
from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3 import PoolManager, Retry, Timeout
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, MaxRetryError, ResponseError, SSLError

from rag.addresses import shown_address
from rag.errors import ConfigurationError, ObjectNotFoundError, StorageError
from rag.keepalive import keepalive_options
from rag.storage.base import NO_CREDENTIALS, TEMPORARY, TIMEOUT, Credentials, StoredObject
from rag.storage.keys import check_key
from rag.workfolder import work_folder

if TYPE_CHECKING:
    from minio.credentials.providers import Provider

# The names that the files of a directory have: any tool that copies a folder moves a store.
_SUFFIX = ".bin"
_PROBE = ".ping"

_PART_BYTES = 5 << 20
"""The least that S3 takes as a part: what an upload holds in memory, and what is sent again."""

_BLOCK = 256 << 10

_CONNECT_SECONDS = 5.0
_CONNECTIONS = 16
"""Connections that are kept; more are opened where more are busy, and closed afterwards."""

_AMAZON = "https://s3.amazonaws.com"
_REGION = "us-east-1"

_ENDPOINT = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?/?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9_.-]+/)*")
_LONGEST_PREFIX = 400
"""With a key of the greatest length, what stays below the 1,024 bytes of S3."""

_FORM = "write s3://bucket or s3://bucket/prefix, then ?endpoint=https://host:port&region=NAME"

_REFUSED = frozenset(
    {
        "AccessDenied",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "XAdminUserNotFound",  # of the Versity gateway: an access key that it does not know
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is: `prefix` is empty or ends in a slash."""

    bucket: str
    prefix: str
    endpoint: str
    region: str


class S3ObjectStore:
    """Files by key below a prefix of one bucket; nothing is connected to before the first call.

    S3 shows an object when its last byte has come and its parts are put together, in one step. What
    a killed process has sent by then is seen by nobody; a rule of the bucket removes it.
    """

    cooperative = True

    def __init__(
        self, place: Place, credentials: Credentials, folder: Path, timeout: float = TIMEOUT
    ) -> None:
        """Initialize with the bucket of the objects; it may be silent for `timeout` seconds."""
        self._place = place
        self._folder = folder
        self._bucket = place.bucket
        endpoint = urlsplit(place.endpoint)
        self._pool = _pool(timeout)
        self._client = Minio(
            endpoint.netloc,
            secure=endpoint.scheme == "https",
            region=place.region,
            credentials=_provider(credentials),
            http_client=self._pool,
        )

    def put(self, key: str, content: Iterable[bytes]) -> StoredObject:
        """Send an object part by part, holding one part in memory."""
        name = self._name(key)
        pieces = _Pieces(content)
        with self._errors(f"The object {key} could not be written"):
            self._client.put_object(
                self._bucket,
                name,
                cast("BinaryIO", io.BufferedReader(pieces, _BLOCK)),
                length=-1,
                part_size=_PART_BYTES,
                num_parallel_uploads=1,  # more would be threads, and as many parts in memory
            )
        return StoredObject(key, pieces.size, pieces.digest.hexdigest())

    def open(self, key: str, offset: int = 0, length: int = 0) -> BinaryIO:
        """Begin to receive an object; what comes is read from the connection as it is asked for."""
        name = self._name(key)
        failure = f"The object {key} could not be read"
        with self._errors(failure, key):
            answer = self._client.get_object(self._bucket, name, offset, length)
        received = _Received(answer, lambda: self._errors(failure))
        return cast("BinaryIO", io.BufferedReader(received, _BLOCK))

    @contextmanager
    def local_path(self, key: str) -> Iterator[Path]:
        """Yield a temporary file with the object's content."""
        with self.open(key) as content, work_folder(self._folder, "object") as folder:
            path = Path(folder) / "object"
            with path.open("wb") as file:
                shutil.copyfileobj(content, file, _BLOCK)
            yield path

    def delete(self, key: str) -> None:
        """Remove an object."""
        name = self._name(key)
        with self._errors(f"The object {key} could not be deleted"):
            self._client.remove_object(self._bucket, name)

    def delete_tree(self, prefix: str) -> None:
        """Remove every object below `prefix`, a thousand with one request."""
        failure = f"The objects below {prefix} could not be deleted"
        names = (DeleteObject(self._name(key)) for key in self.keys(prefix))
        with self._errors(failure):
            for error in self._client.remove_objects(self._bucket, names):
                raise StorageError(f"{failure}: {error.message} ({error.code}).")

    def keys(self, prefix: str) -> Iterator[str]:
        """List the keys below `prefix`, a thousand with one request."""
        check_key(prefix)
        return self._listed(prefix)

    def ping(self) -> None:
        """Write and remove a small object."""
        name = self._place.prefix + _PROBE
        with self._errors("The object store cannot be written to"):
            self._client.put_object(self._bucket, name, io.BytesIO(b"ping"), 4)
            self._client.remove_object(self._bucket, name)

    def _name(self, key: str) -> str:
        return self._place.prefix + check_key(key) + _SUFFIX

    def _listed(self, prefix: str) -> Iterator[str]:
        below = f"{self._place.prefix}{prefix}/"
        with self._errors(f"The objects below {prefix} could not be listed"):
            for item in self._client.list_objects(self._bucket, prefix=below, recursive=True):
                name = str(item.object_name)
                yield name.removeprefix(self._place.prefix).removesuffix(_SUFFIX)

    @contextmanager
    def _errors(self, what: str, key: str = "") -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            if key and error.code == "NoSuchKey":
                raise ObjectNotFoundError(key) from error
            raise StorageError(f"{what}: {self._reason(error)}") from error
        except HTTPError as error:
            self._pool.clear()  # where one connection is dead, those that rest may be
            raise StorageError(f"{what}: {self._trouble(error)}") from error
        except (InvalidResponseError, ServerError, ParseError) as error:
            raise StorageError(
                f"{what}: {self._place.endpoint} does not answer as an object store does:"
                " correct the endpoint."
            ) from error

    def _reason(self, error: S3Error) -> str:
        if error.code == "NoSuchBucket":
            return (
                f"{self._place.endpoint} has no bucket {self._bucket}:"
                " create it, or correct its name."
            )
        if error.code in _REFUSED:
            return (
                f"{self._place.endpoint} refuses this access key, or its rights in the bucket"
                f" {self._bucket} ({error.code}): correct the access key, the secret key, or what"
                " they may do: read, write, delete and list."
            )
        return f"{self._place.endpoint} says {error.message} ({error.code})."

    def _trouble(self, error: HTTPError) -> str:
        reason = error.reason if isinstance(error, MaxRetryError) else error
        if isinstance(reason, ResponseError):
            return f"{self._place.endpoint} keeps answering with an error: try again later."
        if isinstance(reason, SSLError):
            return (
                f"{self._place.endpoint} does not speak TLS, or shows a certificate that this"
                " machine does not trust: correct the endpoint, or name the certificate's"
                " authority in SSL_CERT_FILE."
            )
        return (
            f"{self._place.endpoint} cannot be reached, or stopped answering"
            f" ({type(reason).__name__}): see whether it runs, and correct the endpoint."
        )


class _Pieces(io.RawIOBase):
    """An upload's pieces as a file, counted and hashed as they are read."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._content = iter(content)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._content, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self.digest.update(self._rest[:count])
        self._rest = self._rest[count:]
        self.size += count
        return count


class _Received(io.RawIOBase):
    """The body of an answer as a file; closing it gives its connection back, or gives it up."""

    def __init__(self, answer: Any, errors: Any) -> None:
        self._answer = answer
        self._errors = errors

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._errors():
            piece: bytes = self._answer.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            # Of one that was read to its end the connection is back already.
            self._answer.close()
        super().close()


def open_s3(
    url: str,
    credentials: Credentials = NO_CREDENTIALS,
    folder: Path = TEMPORARY,
    timeout: float = TIMEOUT,
) -> S3ObjectStore:
    """Return the store that `s3://bucket/prefix?endpoint=...&region=...` names."""
    place = place_of(url)
    if bool(credentials.access_key) != bool(credentials.secret_key):
        raise ConfigurationError("An access key needs its secret key, and the other way round.")
    return S3ObjectStore(place, credentials, folder, timeout)


def place_of(url: str) -> Place:
    """Return what an address names; raises ConfigurationError."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ConfigurationError(
            "The object store's address holds no credentials: they have settings of their own."
        )
    options = parse_qs(parts.query, keep_blank_values=True)
    endpoint = options.pop("endpoint", [_AMAZON])[-1]
    region = options.pop("region", [_REGION])[-1]
    prefix = unquote(parts.path).strip("/")
    prefix += "/" if prefix else ""
    if "@" in endpoint:
        raise ConfigurationError(
            "The endpoint in the object store's address holds no credentials: they have settings"
            " of their own."
        )
    sound = (
        _BUCKET.fullmatch(parts.netloc)
        and _PREFIX.fullmatch(prefix)
        and len(prefix) <= _LONGEST_PREFIX
        and _ENDPOINT.fullmatch(endpoint)
        and region
    )
    if options or parts.fragment or not sound:
        raise ConfigurationError(
            f"The object store's address {shown_address(url)} names no bucket: {_FORM}."
        )
    return Place(parts.netloc, prefix, endpoint.rstrip("/"), region)


class _AmazonsPlaces(ChainedProvider):
    """Keys from where Amazon's own tools look: the environment, then a file."""

    def __init__(self) -> None:
        super().__init__([EnvAWSProvider(), AWSConfigProvider()])

    def retrieve(self) -> Any:
        try:
            return super().retrieve()
        except ValueError as error:
            raise StorageError(
                "The object store's access key and secret key are not set, and neither are"
                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            ) from error


def _provider(credentials: Credentials) -> "Provider":
    """Return who knows the keys: those given, or else Amazon's variables and file."""
    if credentials.access_key:
        return StaticProvider(credentials.access_key, credentials.secret_key)
    return _AmazonsPlaces()


def _pool(timeout: float) -> PoolManager:
    """Return connections that wait for nobody for ever and ask again, later each time.

    One that is silent for `timeout` seconds is followed by one other: more would be waited for
    as long, one after the other.
    """
    return PoolManager(
        maxsize=_CONNECTIONS,
        timeout=Timeout(connect=min(_CONNECT_SECONDS, timeout), read=timeout),
        retries=Retry(total=3, read=1, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        socket_options=[*HTTPConnection.default_socket_options, *keepalive_options(timeout)],
    )
