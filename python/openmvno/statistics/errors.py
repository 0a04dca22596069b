"""What can go wrong when statistics are asked for."""

from openmvno.errors import Invalid


class PeriodInvalid(Invalid):
    """It ends before it begins, has too many steps, or begins before what is kept."""

    code = "statistics_period_invalid"
    title = "The period cannot be shown"
    accepted = "a shorter period, or a longer step"
