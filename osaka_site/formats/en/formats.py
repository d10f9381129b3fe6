DATE_FORMAT = "j F Y"
YEAR_MONTH_FORMAT = "F Y"
MONTH_FORMAT = "M"
YEAR_FORMAT = "Y"
MONTH_DAY_FORMAT = "j F"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"

# Between two dates that are each printed in full.
PERIOD_SIGN = " – "
# Where two dates share something: the start, the sign between, the end.
PERIOD_OF_DAYS_IN_MONTH = ("j", "–", "j F Y")
PERIOD_OF_DAYS_IN_YEAR = ("j F", " – ", "j F Y")
PERIOD_OF_MONTHS_IN_YEAR = ("F", " – ", "F Y")
PERIOD_OF_YEARS = ("Y", "–", "Y")
