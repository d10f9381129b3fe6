DATE_FORMAT = "Y년 n월 j일"
YEAR_MONTH_FORMAT = "Y년 n월"
MONTH_FORMAT = "n월"
YEAR_FORMAT = "Y년"
MONTH_DAY_FORMAT = "n월 j일"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y년 n월 j일 H:i"

# Between two dates that are each printed in full.
PERIOD_SIGN = "~"
# Where two dates share something: the start, the sign between, the end.
PERIOD_OF_DAYS_IN_MONTH = ("Y년 n월 j일", "~", "j일")
PERIOD_OF_DAYS_IN_YEAR = ("Y년 n월 j일", "~", "n월 j일")
PERIOD_OF_MONTHS_IN_YEAR = ("Y년 n월", "~", "n월")
PERIOD_OF_YEARS = ("Y년", "~", "Y년")
