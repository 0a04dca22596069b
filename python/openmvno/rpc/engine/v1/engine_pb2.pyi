from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ApplyRequest(_message.Message):
    __slots__ = ("shard", "seq")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    shard: int
    seq: int
    def __init__(self, shard: _Optional[int] = ..., seq: _Optional[int] = ...) -> None: ...

class ApplyResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: bytes
    def __init__(self, outcome: _Optional[bytes] = ...) -> None: ...

class SubmitRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, requests: _Optional[_Iterable[bytes]] = ...) -> None: ...

class SubmitResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, outcomes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class BalanceRequest(_message.Message):
    __slots__ = ("tenant", "account")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    tenant: bytes
    account: bytes
    def __init__(self, tenant: _Optional[bytes] = ..., account: _Optional[bytes] = ...) -> None: ...

class BalanceResponse(_message.Message):
    __slots__ = ("balance",)
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    balance: bytes
    def __init__(self, balance: _Optional[bytes] = ...) -> None: ...

class StatisticsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StatisticsResponse(_message.Message):
    __slots__ = ("json",)
    JSON_FIELD_NUMBER: _ClassVar[int]
    json: bytes
    def __init__(self, json: _Optional[bytes] = ...) -> None: ...

class HealthRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HealthResponse(_message.Message):
    __slots__ = ("charging", "reason")
    CHARGING_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    charging: bool
    reason: str
    def __init__(self, charging: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class ReloadPeersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReloadPeersResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PeerConnectionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PeerConnectionsResponse(_message.Message):
    __slots__ = ("json",)
    JSON_FIELD_NUMBER: _ClassVar[int]
    json: bytes
    def __init__(self, json: _Optional[bytes] = ...) -> None: ...

class ForwardBatch(_message.Message):
    __slots__ = ("greeting", "entries")
    GREETING_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    greeting: Greeting
    entries: bytes
    def __init__(self, greeting: _Optional[_Union[Greeting, _Mapping]] = ..., entries: _Optional[bytes] = ...) -> None: ...

class Greeting(_message.Message):
    __slots__ = ("owner", "origin_host", "origin_realm")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_HOST_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_REALM_FIELD_NUMBER: _ClassVar[int]
    owner: int
    origin_host: str
    origin_realm: str
    def __init__(self, owner: _Optional[int] = ..., origin_host: _Optional[str] = ..., origin_realm: _Optional[str] = ...) -> None: ...
