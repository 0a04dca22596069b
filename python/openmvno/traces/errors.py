"""What can go wrong with live traces."""

from openmvno.errors import Conflict, Invalid


class TracesFull(Conflict):
    """As many traces run as an engine has room for."""

    code = "traces_full"
    title = "Too many traces run already"
    accepted = "the same once another trace is over"


class TraceInvalid(Invalid):
    """Nobody is named, or the time is none a trace may run."""

    code = "trace_invalid"
    title = "This cannot be traced"
    accepted = "an MSISDN, an IMSI, an ICCID, an NAI or a Session-Id"
