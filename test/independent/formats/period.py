"""Periods of the calendar, such as P1Y6M or P2W (docs/formats.md, 12)."""

import calendar
import re
from datetime import timedelta

from .refusal import require

PERIOD = re.compile(r"P(?:(\d{1,4})W|(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?)", re.ASCII)


def period(value, where):
    fits = isinstance(value, str) and PERIOD.fullmatch(value) and re.search("[1-9]", value)
    require(fits, "SHAPE", f"{where} is not a period")


def after(time, text):
    """A month that lacks the day ends with its last one; days come last"""
    weeks, years, months, days = (int(part or 0) for part in PERIOD.fullmatch(text).groups())
    months += time.year * 12 + time.month - 1 + years * 12
    year, month = months // 12, months % 12 + 1
    day = min(time.day, calendar.monthrange(year, month)[1])
    return time.replace(year=year, month=month, day=day) + timedelta(days=days + 7 * weeks)
