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

class Location(_message.Message):
    __slots__ = ("plmn", "msc", "cell")
    PLMN_FIELD_NUMBER: _ClassVar[int]
    MSC_FIELD_NUMBER: _ClassVar[int]
    CELL_FIELD_NUMBER: _ClassVar[int]
    plmn: str
    msc: str
    cell: str
    def __init__(self, plmn: _Optional[str] = ..., msc: _Optional[str] = ..., cell: _Optional[str] = ...) -> None: ...

class Network(_message.Message):
    __slots__ = ("apn", "slice", "access_network", "rat_type", "qos_class")
    APN_FIELD_NUMBER: _ClassVar[int]
    SLICE_FIELD_NUMBER: _ClassVar[int]
    ACCESS_NETWORK_FIELD_NUMBER: _ClassVar[int]
    RAT_TYPE_FIELD_NUMBER: _ClassVar[int]
    QOS_CLASS_FIELD_NUMBER: _ClassVar[int]
    apn: str
    slice: str
    access_network: str
    rat_type: int
    qos_class: int
    def __init__(self, apn: _Optional[str] = ..., slice: _Optional[str] = ..., access_network: _Optional[str] = ..., rat_type: _Optional[int] = ..., qos_class: _Optional[int] = ...) -> None: ...

class ReserveRequest(_message.Message):
    __slots__ = ("session_id", "request_number", "subscriber", "service", "requested", "used", "destination", "rating_group", "correlation", "location", "network", "service_identifier", "used_after_change")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    RATING_GROUP_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SERVICE_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    USED_AFTER_CHANGE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    requested: Quantity
    used: Quantity
    destination: str
    rating_group: int
    correlation: str
    location: Location
    network: Network
    service_identifier: int
    used_after_change: Quantity
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ..., requested: _Optional[_Union[Quantity, _Mapping]] = ..., used: _Optional[_Union[Quantity, _Mapping]] = ..., destination: _Optional[str] = ..., rating_group: _Optional[int] = ..., correlation: _Optional[str] = ..., location: _Optional[_Union[Location, _Mapping]] = ..., network: _Optional[_Union[Network, _Mapping]] = ..., service_identifier: _Optional[int] = ..., used_after_change: _Optional[_Union[Quantity, _Mapping]] = ...) -> None: ...

class CommitRequest(_message.Message):
    __slots__ = ("session_id", "request_number", "subscriber", "service", "used", "rating_group", "service_identifier", "used_after_change")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    RATING_GROUP_FIELD_NUMBER: _ClassVar[int]
    SERVICE_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    USED_AFTER_CHANGE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    used: Quantity
    rating_group: int
    service_identifier: int
    used_after_change: Quantity
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ..., used: _Optional[_Union[Quantity, _Mapping]] = ..., rating_group: _Optional[int] = ..., service_identifier: _Optional[int] = ..., used_after_change: _Optional[_Union[Quantity, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("session_id", "request_number", "subscriber", "service", "requested", "destination", "rating_group", "correlation", "location", "network", "service_identifier")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    RATING_GROUP_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SERVICE_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_number: int
    subscriber: Subscriber
    service: str
    requested: Quantity
    destination: str
    rating_group: int
    correlation: str
    location: Location
    network: Network
    service_identifier: int
    def __init__(self, session_id: _Optional[str] = ..., request_number: _Optional[int] = ..., subscriber: _Optional[_Union[Subscriber, _Mapping]] = ..., service: _Optional[str] = ..., requested: _Optional[_Union[Quantity, _Mapping]] = ..., destination: _Optional[str] = ..., rating_group: _Optional[int] = ..., correlation: _Optional[str] = ..., location: _Optional[_Union[Location, _Mapping]] = ..., network: _Optional[_Union[Network, _Mapping]] = ..., service_identifier: _Optional[int] = ...) -> None: ...

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
    __slots__ = ("granted", "charged", "balance", "cdr_id", "final", "tariff_change")
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    CHARGED_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    CDR_ID_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    TARIFF_CHANGE_FIELD_NUMBER: _ClassVar[int]
    granted: int
    charged: Money
    balance: Money
    cdr_id: str
    final: bool
    tariff_change: int
    def __init__(self, granted: _Optional[int] = ..., charged: _Optional[_Union[Money, _Mapping]] = ..., balance: _Optional[_Union[Money, _Mapping]] = ..., cdr_id: _Optional[str] = ..., final: _Optional[bool] = ..., tariff_change: _Optional[int] = ...) -> None: ...

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
