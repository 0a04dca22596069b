from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Money(_message.Message):
    __slots__ = ("currency", "micros")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    MICROS_FIELD_NUMBER: _ClassVar[int]
    currency: str
    micros: int
    def __init__(self, currency: _Optional[str] = ..., micros: _Optional[int] = ...) -> None: ...

class Subscriber(_message.Message):
    __slots__ = ("msisdn", "imsi")
    MSISDN_FIELD_NUMBER: _ClassVar[int]
    IMSI_FIELD_NUMBER: _ClassVar[int]
    msisdn: str
    imsi: str
    def __init__(self, msisdn: _Optional[str] = ..., imsi: _Optional[str] = ...) -> None: ...

class Quantity(_message.Message):
    __slots__ = ("units", "amount")
    UNITS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    units: int
    amount: Money
    def __init__(self, units: _Optional[int] = ..., amount: _Optional[_Union[Money, _Mapping]] = ...) -> None: ...

class ReserveRequest(_message.Message):
    __slots__ = ("session_id", "request_number", "subscriber", "service", "requested", "used", "destination", "rating_group", "correlation")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    RATING_GROUP_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    requested: Quantity
    used: Quantity
    destination: str
    rating_group: int
    correlation: str
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ..., requested: _Optional[_Union[Quantity, _Mapping]] = ..., used: _Optional[_Union[Quantity, _Mapping]] = ..., destination: _Optional[str] = ..., rating_group: _Optional[int] = ..., correlation: _Optional[str] = ...) -> None: ...

class CommitRequest(_message.Message):
    __slots__ = ("session_id", "request_number", "subscriber", "service", "used", "rating_group")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    RATING_GROUP_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    used: Quantity
    rating_group: int
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ..., used: _Optional[_Union[Quantity, _Mapping]] = ..., rating_group: _Optional[int] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("session_id", "request_number", "subscriber", "service")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ...) -> None: ...

class DebitRequest(_message.Message):
    __slots__ = ("session_id", "request_number", "subscriber", "service", "requested", "destination", "rating_group", "correlation")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    RATING_GROUP_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    requested: Quantity
    destination: str
    rating_group: int
    correlation: str
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ..., requested: _Optional[_Union[Quantity, _Mapping]] = ..., destination: _Optional[str] = ..., rating_group: _Optional[int] = ..., correlation: _Optional[str] = ...) -> None: ...

class RefundRequest(_message.Message):
    __slots__ = ("session_id", "request_number", "subscriber", "service", "debit_cdr_id", "requested", "correlation")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    DEBIT_CDR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    debit_cdr_id: str
    requested: Quantity
    correlation: str
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ..., debit_cdr_id: _Optional[str] = ..., requested: _Optional[_Union[Quantity, _Mapping]] = ..., correlation: _Optional[str] = ...) -> None: ...

class ChargingResponse(_message.Message):
    __slots__ = ("granted", "charged", "balance", "cdr_id", "final")
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    CHARGED_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    CDR_ID_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    granted: int
    charged: Money
    balance: Money
    cdr_id: str
    final: bool
    def __init__(self, granted: _Optional[int] = ..., charged: _Optional[_Union[Money, _Mapping]] = ..., balance: _Optional[_Union[Money, _Mapping]] = ..., cdr_id: _Optional[str] = ..., final: _Optional[bool] = ...) -> None: ...

class BalanceRequest(_message.Message):
    __slots__ = ("subscriber",)
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    subscriber: Subscriber
    def __init__(self, subscriber: _Optional[_Union[Subscriber, _Mapping]] = ...) -> None: ...

class BalanceResponse(_message.Message):
    __slots__ = ("balance", "reserved", "available")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    balance: Money
    reserved: Money
    available: Money
    def __init__(self, balance: _Optional[_Union[Money, _Mapping]] = ..., reserved: _Optional[_Union[Money, _Mapping]] = ..., available: _Optional[_Union[Money, _Mapping]] = ...) -> None: ...
