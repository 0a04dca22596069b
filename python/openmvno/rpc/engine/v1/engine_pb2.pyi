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

class BalanceQuestions(_message.Message):
    __slots__ = ("questions",)
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    questions: _containers.RepeatedCompositeFieldContainer[BalanceQuestion]
    def __init__(self, questions: _Optional[_Iterable[_Union[BalanceQuestion, _Mapping]]] = ...) -> None: ...

class BalanceQuestion(_message.Message):
    __slots__ = ("number", "of")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    number: int
    of: BalanceRequest
    def __init__(self, number: _Optional[int] = ..., of: _Optional[_Union[BalanceRequest, _Mapping]] = ...) -> None: ...

class BalanceAnswers(_message.Message):
    __slots__ = ("answers",)
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[BalanceAnswer]
    def __init__(self, answers: _Optional[_Iterable[_Union[BalanceAnswer, _Mapping]]] = ...) -> None: ...

class BalanceAnswer(_message.Message):
    __slots__ = ("number", "balance", "status", "message")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    number: int
    balance: bytes
    status: int
    message: str
    def __init__(self, number: _Optional[int] = ..., balance: _Optional[bytes] = ..., status: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

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

class SessionsRequest(_message.Message):
    __slots__ = ("tenant", "account", "line")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    tenant: bytes
    account: bytes
    line: bytes
    def __init__(self, tenant: _Optional[bytes] = ..., account: _Optional[bytes] = ..., line: _Optional[bytes] = ...) -> None: ...

class SessionsResponse(_message.Message):
    __slots__ = ("json",)
    JSON_FIELD_NUMBER: _ClassVar[int]
    json: bytes
    def __init__(self, json: _Optional[bytes] = ...) -> None: ...

class TraceRequest(_message.Message):
    __slots__ = ("subject", "seconds")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    subject: bytes
    seconds: int
    def __init__(self, subject: _Optional[bytes] = ..., seconds: _Optional[int] = ...) -> None: ...

class TraceMessage(_message.Message):
    __slots__ = ("door", "peer", "session", "shard", "at", "answered", "request", "answer", "journal", "before", "after", "not_shown")
    DOOR_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    SHARD_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    NOT_SHOWN_FIELD_NUMBER: _ClassVar[int]
    door: str
    peer: str
    session: str
    shard: int
    at: int
    answered: int
    request: bytes
    answer: bytes
    journal: bytes
    before: str
    after: str
    not_shown: int
    def __init__(self, door: _Optional[str] = ..., peer: _Optional[str] = ..., session: _Optional[str] = ..., shard: _Optional[int] = ..., at: _Optional[int] = ..., answered: _Optional[int] = ..., request: _Optional[bytes] = ..., answer: _Optional[bytes] = ..., journal: _Optional[bytes] = ..., before: _Optional[str] = ..., after: _Optional[str] = ..., not_shown: _Optional[int] = ...) -> None: ...
