"""Files sent to the API: as the body itself (text/csv) or as one part of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from openmvno.actor import Actor
from openmvno.rest.errors import MediaTypeUnsupported, RequestMalformed


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent."""

    name: str
    content: bytes


async def read_upload(request: Request[Actor, Any, Any]) -> Upload:
    """The file of a request: text/csv with an optional ``?name=``, or multipart ``file``.

    Raises:
        MediaTypeUnsupported, RequestMalformed.
    """
    media_type = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if media_type in ("text/csv", "text/plain", "application/octet-stream"):
        return Upload(_name(request.query_params.get("name")), await request.body())
    if media_type == "multipart/form-data":
        form = await request.form()
        part = form.get("file")
        if isinstance(part, str):
            return Upload(_name(None), part.encode())
        if not isinstance(part, UploadFile):
            raise RequestMalformed(
                "The form has no part named file.",
                field="file",
                accepted="a file in the part named file",
            )
        return Upload(_name(part.filename), await part.read())
    raise MediaTypeUnsupported(
        f"A file is not read from {media_type[:60]!r}.",
        field="Content-Type",
        accepted="text/csv, or multipart/form-data with a part named file",
    )


def _name(given: object) -> str:
    return str(given or "unnamed.csv")[:200]
